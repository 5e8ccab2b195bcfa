// SPDX-License-Identifier: Apache-2.0
// A client's context: which network, which nodes, and the parties whose keys are at hand. The file is
// `client/context.json` in a network's directory; paths in it are relative to its folder, and absolute once it is read.
#ifndef CAUSEWAY_NODE_CLIENT_CONTEXT_H_
#define CAUSEWAY_NODE_CLIENT_CONTEXT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::client {

struct ContextOfficer {
  // "trader-1": unique in its party.
  std::string slug;
  // 16 bytes, lower-case hexadecimal.
  std::string officer_id;
  // "TRADE", "APPROVE", "COMPLY", "ADMINISTER".
  std::vector<std::string> roles;
  std::string key_file;
  // 32 bytes, lower-case hexadecimal.
  std::string key_id;
};

struct ContextParty {
  // "alpha-bank": unique.
  std::string slug;
  std::string lei;
  std::string name;
  // PEM files of the TLS client; the certificate's key is a registered key of the party.
  std::string certificate;
  std::string private_key;
  std::vector<ContextOfficer> officers;

  // INVALID_ARGUMENT lists the slugs that there are.
  absl::StatusOr<const ContextOfficer*> FindOfficer(absl::string_view slug) const;
};

struct ContextNode {
  std::string name;
  // "host:port" of the listener for clients, and of that for the machine's operators ("unix:PATH" is one too); the
  // latter may be empty.
  std::string clients;
  std::string operators;
};

struct Context {
  std::string genesis;
  // PEM: signs the nodes' certificates.
  std::string ca;
  std::vector<ContextNode> nodes;
  // Slug.
  std::string default_party;
  // Opens the parties' key files; empty: they lie in the clear, or each verb is told.
  std::string passphrase_file;
  std::vector<ContextParty> parties;

  // By slug or LEI; the default where `party` is empty. INVALID_ARGUMENT lists the slugs that there are.
  absl::StatusOr<const ContextParty*> FindParty(absl::string_view party) const;
};

// NOT_FOUND where there is no such file; INVALID_ARGUMENT lists every error, a line each, with the field's path.
absl::StatusOr<Context> ReadContext(const std::string& path);
// The same of a text that stands in `path`.
absl::StatusOr<Context> ParseContext(const std::string& path, absl::string_view text);
// The context as JSON, with the paths as they are given.
std::string FormatContext(const Context& context);

// The bytes of a file; NOT_FOUND or PERMISSION_DENIED name it.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace causeway::client

#endif  // CAUSEWAY_NODE_CLIENT_CONTEXT_H_
