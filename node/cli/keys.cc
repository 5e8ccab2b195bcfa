// SPDX-License-Identifier: Apache-2.0
// causeway keys: making, looking at and re-encrypting key files.
#include <cstdio>
#include <memory>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/secret.h"
#include "node/cli/files.h"
#include "node/cli/session.h"
#include "node/cli/table.h"
#include "node/cli/verbs.h"
#include "node/layout/ceremony.h"

namespace causeway::cli {
namespace {

struct GenerateOptions {
  std::string kind = "ed25519";
  std::string file;
  PassphraseOptions passphrase;
};

struct ShowOptions {
  std::string file;
  PassphraseOptions passphrase;
};

struct PassphraseChange {
  std::string file;
  std::string old_file;
  std::string new_file;
};

Json Describe(const crypto::PublicKey& key) {
  return {{"key_id", crypto::KeyIdOf(key).ToHex()},
          {"algorithm", std::string(crypto::KeyAlgorithmName(key.algorithm))},
          {"public_key", BytesToHex(key.bytes)}};
}

int PrintKey(Session& session, const crypto::PublicKey& key, const std::string& file) {
  Json answer = Describe(key);
  if (!file.empty()) answer["file"] = file;
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.out << FormatFields(answer);
  }
  return kSuccess;
}

int GenerateConfidentialityKey(Session& session, const GenerateOptions& options) {
  const absl::StatusOr<Hash> hash = layout::GenerateConfidentialityKeyFile(options.file);
  if (!hash.ok()) return session.FailInput(hash.status());
  const Json answer = {{"confidentiality_key_hash", hash->ToHex()}, {"file", options.file}};
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.out << FormatFields(answer);
  }
  return kSuccess;
}

int Generate(Session& session, const GenerateOptions& options) {
  if (options.kind == "confidentiality") return GenerateConfidentialityKey(session, options);
  const absl::StatusOr<crypto::Secret> passphrase = ReadPassphrase(session, options.passphrase);
  if (!passphrase.ok()) return session.FailInput(passphrase.status());
  const absl::StatusOr<crypto::PublicKey> key = layout::GenerateKeyFile(
      options.file, options.kind == "p256" ? crypto::KeyAlgorithm::kP256 : crypto::KeyAlgorithm::kEd25519,
      passphrase->view());
  return key.ok() ? PrintKey(session, *key, options.file) : session.FailInput(key.status());
}

// A certificate, a public key, or a private key file.
absl::StatusOr<crypto::PublicKey> ReadPublicPart(Session& session, const ShowOptions& options) {
  CAUSEWAY_ASSIGN_OR_RETURN(std::string content, ReadInput(session, options.file));
  const absl::Cleanup wipe_content = [&] { crypto::Wipe(content); };
  if (absl::StrContains(content, "BEGIN CERTIFICATE") || absl::StrContains(content, "BEGIN PUBLIC KEY"))
    return ParsePublicPem(options.file, content);
  crypto::Secret passphrase;
  if (!options.passphrase.file.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(passphrase, ReadPassphraseFile(session, options.passphrase.file));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                            crypto::ReadKeyFile(options.file, passphrase.view(), crypto::PlaintextKeys::kAllow));
  return key.public_key();
}

int ShowKey(Session& session, const ShowOptions& options) {
  const absl::StatusOr<crypto::PublicKey> key = ReadPublicPart(session, options);
  if (!key.ok()) return session.FailInput(key.status());
  if (!session.json) {
    const absl::StatusOr<std::string> pem = crypto::PublicKeyToPem(*key);
    if (!pem.ok()) return session.FailInput(pem.status());
    session.out << FormatFields(Describe(*key)) << "\n" << *pem;
    return kSuccess;
  }
  return PrintKey(session, *key, "");
}

// Writes the key anew beside its file, reads it back, and puts it in the file's place: at every moment there is one.
absl::StatusOr<crypto::PublicKey> ChangePassphrase(Session& session, const PassphraseChange& change) {
  crypto::Secret old_passphrase;
  if (!change.old_file.empty()) {
    CAUSEWAY_ASSIGN_OR_RETURN(old_passphrase, ReadPassphraseFile(session, change.old_file));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const crypto::Secret new_passphrase, ReadPassphraseFile(session, change.new_file));
  CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                            crypto::ReadKeyFile(change.file, old_passphrase.view(), crypto::PlaintextKeys::kAllow));
  const std::string beside = change.file + ".new";
  CAUSEWAY_RETURN_IF_ERROR(crypto::WriteKeyFile(beside, key, new_passphrase.view()));
  CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PrivateKey again, crypto::ReadKeyFile(beside, new_passphrase.view()));
  if (again.public_key() != key.public_key())
    return absl::DataLossError(absl::StrCat(beside, " does not read back as the key; ", change.file, " is unchanged"));
  if (std::rename(beside.c_str(), change.file.c_str()) != 0)
    return absl::FailedPreconditionError(absl::StrCat("cannot put ", beside, " in the place of ", change.file));
  return key.public_key();
}

}  // namespace

void AddKeys(Verb root, Session& session) {
  Verb keys = root.AddGroup("keys", "Make, look at and re-encrypt key files",
                            "keys generate --out trader.key --passphrase-file /dev/fd/3 3<secret");
  {
    auto options = std::make_shared<GenerateOptions>();
    Verb verb = keys.AddVerb(session, "generate", "Make a key and write it to a new file of mode 0600",
                             "keys generate --out validator.key --passphrase-file passphrase.txt\n"
                             "keys generate --kind confidentiality --out confidentiality.key");
    verb.AddOption("--kind", options->kind, "ed25519 (the default), p256, or the network's confidentiality key")
        .OneOf({"ed25519", "p256", "confidentiality"})
        .TypeName("ed25519|p256|confidentiality");
    verb.AddOption("--out", options->file, "the new file; an existing one is never overwritten")
        .Required()
        .TypeName("FILE");
    AddPassphraseOptions(verb, options->passphrase);
    OnRun(verb, session, options, Generate);
  }
  {
    auto options = std::make_shared<ShowOptions>();
    Verb verb = keys.AddVerb(session, "show", "Show the public part of a key file, a public key or a certificate",
                             "keys show network/client/tls/investor.pem");
    verb.AddOption("file", options->file, "a key file, public key or certificate in PEM").Required();
    AddPassphraseOptions(verb, options->passphrase);
    OnRun(verb, session, options, ShowKey);
  }
  auto options = std::make_shared<PassphraseChange>();
  Verb verb = keys.AddVerb(session, "passphrase", "Encrypt a key file under another passphrase",
                           "keys passphrase validator.key --old passphrase.txt --new better.txt");
  verb.AddOption("file", options->file, "the key file").Required();
  verb.AddOption("--old", options->old_file, "file with the passphrase so far; none: the key is in the clear")
      .TypeName("FILE");
  verb.AddOption("--new", options->new_file, "file with the new passphrase").Required().TypeName("FILE");
  OnRun(verb, session, options, [](Session& running, const PassphraseChange& change) {
    const absl::StatusOr<crypto::PublicKey> key = ChangePassphrase(running, change);
    return key.ok() ? PrintKey(running, *key, change.file) : running.FailInput(key.status());
  });
}

}  // namespace causeway::cli
