// SPDX-License-Identifier: Apache-2.0
#include "node/cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/status.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/x509.h"

namespace causeway::cli {
namespace {

absl::Status FileError(absl::string_view what, const std::string& path) {
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno));
  if (errno == ENOENT) return absl::NotFoundError(message);
  if (errno == EACCES) return absl::PermissionDeniedError(message);
  if (errno == EEXIST) return absl::AlreadyExistsError(absl::StrCat(path, " is there already and is not overwritten"));
  return absl::FailedPreconditionError(message);
}

}  // namespace

absl::StatusOr<std::string> ReadInput(Session& session, const std::string& path) {
  if (path == "-") {
    std::ostringstream text;
    text << session.in.rdbuf();
    return text.str();
  }
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FileError("read", path);
  const absl::Cleanup close_file = [file] { close(file); };
  std::string content;
  std::vector<char> buffer(1 << 16);
  while (true) {
    const ssize_t count = read(file, buffer.data(), buffer.size());
    if (count < 0) return FileError("read", path);
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<size_t>(count));
    if (content.size() > kInputBytesMax)
      return absl::InvalidArgumentError(absl::StrCat(path, " is larger than ", kInputBytesMax >> 20, " MiB"));
  }
}

absl::Status WriteOutput(Session& session, const std::string& path, absl::string_view content) {
  if (path == "-") {
    session.out.write(content.data(), static_cast<std::streamsize>(content.size()));
    session.out.flush();
    return session.out ? absl::OkStatus() : absl::FailedPreconditionError("cannot write to standard output");
  }
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return FileError("write", path);
  absl::Cleanup close_file = [file] { close(file); };
  while (!content.empty()) {
    const ssize_t count = write(file, content.data(), content.size());
    if (count < 0) {
      const absl::Status failed = FileError("write", path);
      unlink(path.c_str());
      return failed;
    }
    content.remove_prefix(static_cast<size_t>(count));
  }
  if (fsync(file) != 0 && errno != EINVAL) return FileError("write", path);
  return absl::OkStatus();
}

absl::StatusOr<v1::Genesis> ReadGenesis(Session& session, const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string text, ReadInput(session, path));
  absl::StatusOr<v1::Genesis> genesis = chain::ParseGenesis(text);
  if (!genesis.ok()) return Annotate(genesis.status(), path);
  return genesis;
}

absl::StatusOr<crypto::PublicKey> ParsePublicPem(const std::string& path, absl::string_view pem) {
  absl::StatusOr<crypto::PublicKey> key = crypto::PublicKeyFromPem(pem);
  if (key.ok()) return key;
  const absl::StatusOr<crypto::CertificateInfo> certificate = crypto::ParseCertificate(pem);
  if (certificate.ok()) return certificate->public_key;
  return absl::InvalidArgumentError(absl::StrCat(path, " holds neither a public key nor a certificate in PEM"));
}

absl::StatusOr<crypto::PublicKey> ReadPublicPem(Session& session, const std::string& path) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string pem, ReadInput(session, path));
  return ParsePublicPem(path, pem);
}

void AddPassphraseOptions(Verb verb, PassphraseOptions& options) {
  verb.AddOption("--passphrase-file", options.file,
                 "file with the passphrase of the key, one line; /dev/fd/3 for one that the shell hands over")
      .TypeName("FILE");
  verb.AddFlag("--plaintext", options.plaintext, "the key file is not encrypted; development networks alone accept it");
}

absl::StatusOr<crypto::Secret> ReadPassphraseFile(Session& session, const std::string& path) {
  if (path != "-") return crypto::ReadPassphraseFile(path);
  CAUSEWAY_ASSIGN_OR_RETURN(std::string text, ReadInput(session, path));
  const absl::Cleanup wipe = [&text] { crypto::Wipe(text); };
  const absl::string_view line(text.data(), std::min(text.size(), text.find_first_of("\r\n")));
  if (line.empty()) return absl::InvalidArgumentError("standard input holds no passphrase on its first line");
  return crypto::Secret(line);
}

absl::StatusOr<crypto::Secret> ReadPassphrase(Session& session, const PassphraseOptions& options) {
  if (options.file.empty() != options.plaintext) {
    return absl::InvalidArgumentError(
        "say how the key is protected: either --passphrase-file FILE, or --plaintext for a development network");
  }
  if (options.plaintext) return crypto::Secret();
  return ReadPassphraseFile(session, options.file);
}

}  // namespace causeway::cli
