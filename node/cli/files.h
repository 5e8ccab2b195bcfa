// SPDX-License-Identifier: Apache-2.0
// Reading what a verb is given and writing what it makes.
#ifndef CAUSEWAY_NODE_CLI_FILES_H_
#define CAUSEWAY_NODE_CLI_FILES_H_

#include <istream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "causeway/v1/genesis.pb.h"
#include "ledger/crypto/secret.h"
#include "ledger/crypto/signature.h"
#include "node/cli/session.h"

namespace causeway::cli {

// The most that a verb reads from a file.
inline constexpr size_t kInputBytesMax = size_t{256} << 20;

// The bytes of a file, or of standard input for "-". Errors name the file.
absl::StatusOr<std::string> ReadInput(Session& session, const std::string& path);

// A new file; ALREADY_EXISTS where there is one. "-" is standard output.
absl::Status WriteOutput(Session& session, const std::string& path, absl::string_view content);

// genesis.json, checked.
absl::StatusOr<v1::Genesis> ReadGenesis(Session& session, const std::string& path);

// The key of a public key or a certificate in PEM; errors name the file.
absl::StatusOr<crypto::PublicKey> ParsePublicPem(const std::string& path, absl::string_view pem);
absl::StatusOr<crypto::PublicKey> ReadPublicPem(Session& session, const std::string& path);

// How key files are protected: a passphrase in a file ("/dev/fd/3" where a shell hands one over), or not at all.
struct PassphraseOptions {
  std::string file;
  bool plaintext = false;
};
void AddPassphraseOptions(Verb verb, PassphraseOptions& options);
// Empty for a key in the clear. INVALID_ARGUMENT where neither or both were said.
absl::StatusOr<crypto::Secret> ReadPassphrase(Session& session, const PassphraseOptions& options);
// One line of a file, without its end; "-" is standard input. PERMISSION_DENIED where others can read the file.
absl::StatusOr<crypto::Secret> ReadPassphraseFile(Session& session, const std::string& path);

}  // namespace causeway::cli

#endif  // CAUSEWAY_NODE_CLI_FILES_H_
