// SPDX-License-Identifier: Apache-2.0
#include "node/cli/node_directory.h"

#include <filesystem>

#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/codec/json.h"
#include "node/cli/files.h"

namespace causeway::cli {
namespace {

bool Exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// The node's directory, also where its store was named.
std::filesystem::path NodeDirectoryOf(const std::string& data) {
  const std::filesystem::path path = std::filesystem::path(data + "/").parent_path();
  return path.filename() == "db" ? path.parent_path() : path;
}

}  // namespace

std::string StoreDirectoryOf(const std::string& data) {
  const std::filesystem::path inside = std::filesystem::path(data) / "db";
  return Exists(inside) ? inside.string() : data;
}

absl::StatusOr<v1::Genesis> GenesisFor(Session& session, const std::string& data, const std::string& named) {
  if (!named.empty()) return ReadGenesis(session, named);
  const std::filesystem::path node = NodeDirectoryOf(data);
  for (const std::filesystem::path& file : {node / ".." / "genesis.json", node / "genesis.json"}) {
    if (Exists(file)) return ReadGenesis(session, file.lexically_normal().string());
  }
  return absl::NotFoundError(
      absl::StrCat("there is no genesis.json beside ", node.string(), "; name one with --genesis"));
}

std::string ConfidentialityKeyFileFor(const std::string& data, const std::string& named) {
  if (!named.empty()) return named;
  const std::filesystem::path file = NodeDirectoryOf(data) / "keys" / "confidentiality.key";
  return Exists(file) ? file.string() : "";
}

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const std::string& data) {
  store::OpenOptions options;
  options.read_only = true;
  return store::Store::Open(StoreDirectoryOf(data), options);
}

absl::StatusOr<v1::CertifiedHeader> ReadCertifiedHead(Session& session, const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string content, ReadInput(session, path));
  v1::CertifiedHeader head;
  const absl::Status read =
      Json::accept(content) ? codec::JsonToMessage(content, &head) : codec::ParseCanonicalInto(content, &head);
  if (!read.ok()) return Annotate(read, absl::StrCat(path, ": no certified head"));
  return head;
}

}  // namespace causeway::cli
