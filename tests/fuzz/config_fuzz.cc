// SPDX-License-Identifier: Apache-2.0
// A configuration is refused with its file's name, or is what it says: written out in full, with nothing left to a
// default, it is read as the same, and one more key in it is an error that names the line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "ledger/base/check.h"
#include "node/daemon/config.h"

namespace {

using namespace causeway::daemon;

constexpr char kPath[] = "/net/node-1/causewayd.toml";

// A basic string of TOML.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\') {
      absl::StrAppend(&out, absl::StrFormat("\\u%04X", byte));
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string Tls(const TlsFiles& files) {
  return absl::StrCat("ca = ", Quoted(files.ca), "\ncertificate = ", Quoted(files.certificate),
                      "\nprivate_key = ", Quoted(files.private_key), "\n");
}

std::string Written(const Config& config) {
  std::vector<std::string> peers;
  for (const Config::Peer& peer : config.peers)
    peers.push_back(Quoted(absl::StrCat(peer.validator, "=", peer.address)));
  return absl::StrCat(
      "genesis = ", Quoted(config.genesis_file), "\nvalidator = ", config.validator,
      "\n[keys]\nvalidator = ", Quoted(config.validator_key_file),
      "\nconfidentiality = ", Quoted(config.confidentiality_key_file),
      "\npassphrase_file = ", Quoted(config.passphrase_file), "\n[store]\ndirectory = ", Quoted(config.store_directory),
      "\nvote_log = ", Quoted(config.vote_log_directory), "\nflush_mib = ", config.flush_bytes >> 20,
      "\nflush_seconds = ", config.flush_age_us / 1'000'000,
      "\nvote_log_segment_mib = ", config.vote_log_segment_bytes >> 20,
      "\nvote_log_segments = ", config.vote_log_segments, "\n[peers]\nlisten = ", Quoted(config.peers_listen), "\n",
      Tls(config.peers_tls), "addresses = [", absl::StrJoin(peers, ", "),
      "]\n[clients]\nlisten = ", Quoted(config.clients_listen), "\n", Tls(config.clients_tls),
      "[operators]\nlisten = ", Quoted(config.operators_listen), "\n[mempool]\nmib = ", config.mempool_bytes >> 20,
      "\ntransactions = ", config.mempool_transactions, "\n[log]\nlevel = ", Quoted(config.log_level),
      "\nformat = ", config.log_json ? "\"json\"" : "\"text\"", "\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Config> config = ParseConfig(kPath, text);
  if (!config.ok()) {
    CAUSEWAY_CHECK(absl::IsInvalidArgument(config.status()) && absl::StartsWith(config.status().message(), kPath),
                   "refused without the file's name");
    return 0;
  }
  const std::string written = Written(*config);
  const absl::StatusOr<Config> again = ParseConfig(kPath, written);
  CAUSEWAY_CHECK(again.ok(), "what was understood is refused: ", again.status().ToString(), "\n", written);
  CAUSEWAY_CHECK(Written(*again) == written, "read as another configuration");
  const absl::Status unknown = ParseConfig(kPath, absl::StrCat("surplus = 1\n", written)).status();
  CAUSEWAY_CHECK(absl::StartsWith(unknown.message(), absl::StrCat(kPath, ":1: ")), "a key that is not known passes");
  return 0;
}
