// SPDX-License-Identifier: Apache-2.0
#include "node/daemon/setup.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/chain/genesis.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/sha256.h"
#include "ledger/crypto/x509.h"
#include "node/client/context.h"

namespace causeway::daemon {
namespace {

class SetupReader {
 public:
  SetupReader(const Config& config, int64_t now_s) : config_(config), now_s_(now_s) {}
  ~SetupReader() { crypto::Wipe(passphrase_); }

  absl::StatusOr<NodeSetup> Read() {
    ReadGenesis();
    ReadPassphrase();
    ReadValidatorKey();
    ReadConfidentialityKey();
    CheckPeers();
    ReadTlsFiles();
    if (!errors_.empty()) return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
    if (!passphrase_.empty()) setup_.passphrase = std::make_shared<const crypto::Secret>(passphrase_);
    return std::move(setup_);
  }

  absl::StatusOr<TlsSetup> ReadTlsAgain(const NodeSetup& running) {
    setup_.genesis = running.genesis;
    has_genesis_ = true;
    if (running.passphrase) passphrase_ = std::string(running.passphrase->view());
    ReadTlsFiles();
    if (!errors_.empty()) return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
    return std::move(setup_.tls);
  }

 private:
  void Error(const std::string& what) { errors_.push_back(what); }
  template <class T>
  std::optional<T> Take(absl::StatusOr<T> value, absl::string_view key) {
    if (value.ok()) return *std::move(value);
    Error(absl::StrCat(key, ": ", value.status().message()));
    return std::nullopt;
  }
  // A development network's keys may lie in the clear. Without a genesis one error is enough.
  crypto::PlaintextKeys plaintext() const {
    return !has_genesis_ || setup_.genesis.has_devnet() ? crypto::PlaintextKeys::kAllow
                                                        : crypto::PlaintextKeys::kRefuse;
  }

  void ReadGenesis() {
    const std::optional<std::string> text = Take(client::ReadFile(config_.genesis_file), "genesis");
    if (!text) return;
    absl::StatusOr<v1::Genesis> genesis = chain::ParseGenesis(*text);
    if (!genesis.ok()) {
      Error(absl::StrCat(config_.genesis_file, ": ", genesis.status().message()));
      return;
    }
    setup_.genesis = *std::move(genesis);
    setup_.chain_id = chain::ChainIdOf(setup_.genesis);
    has_genesis_ = true;
    if (config_.validator >= static_cast<uint32_t>(setup_.genesis.validators_size()))
      Error(absl::StrCat("validator: ", config_.validator, "; this genesis has validators 0 to ",
                         setup_.genesis.validators_size() - 1));
  }
  // Of this node in genesis; null where there is none.
  const v1::Validator* Own() const {
    if (!has_genesis_ || config_.validator >= static_cast<uint32_t>(setup_.genesis.validators_size())) return nullptr;
    return &setup_.genesis.validators(static_cast<int>(config_.validator));
  }

  void ReadPassphrase() {
    if (config_.passphrase_file.empty()) return;
    const std::optional<crypto::Secret> passphrase =
        Take(crypto::ReadPassphraseFile(config_.passphrase_file), "keys.passphrase_file");
    if (passphrase) passphrase_ = std::string(passphrase->view());
  }

  void ReadValidatorKey() {
    std::optional<crypto::PrivateKey> key =
        Take(crypto::ReadKeyFile(config_.validator_key_file, passphrase_, plaintext()), "keys.validator");
    if (!key) return;
    if (key->public_key().algorithm != crypto::KeyAlgorithm::kEd25519) {
      Error(absl::StrCat("keys.validator: ", config_.validator_key_file, " is no Ed25519 key"));
      return;
    }
    if (const v1::Validator* own = Own(); own != nullptr && own->public_key() != key->public_key().bytes)
      Error(absl::StrCat("keys.validator: ", config_.validator_key_file, " is not the key of validator ",
                         config_.validator, " (", own->name(), ") in genesis", OwnerOf(key->public_key().bytes)));
    setup_.signer = crypto::MakeSigner(*std::move(key));
  }
  std::string OwnerOf(const std::string& public_key) const {
    for (int i = 0; i < setup_.genesis.validators_size(); ++i) {
      if (setup_.genesis.validators(i).public_key() == public_key)
        return absl::StrCat("; it is that of validator ", i, " (", setup_.genesis.validators(i).name(), ")");
    }
    return "";
  }

  void ReadConfidentialityKey() {
    const std::optional<crypto::Secret> key =
        Take(crypto::ReadConfidentialityKey(config_.confidentiality_key_file), "keys.confidentiality");
    if (!key) return;
    if (has_genesis_ && crypto::Sha256(key->view()).bytes() != setup_.genesis.confidentiality_key_hash())
      Error(absl::StrCat("keys.confidentiality: ", config_.confidentiality_key_file,
                         " is not this chain's; copy it from another validator"));
    setup_.confidentiality_key = std::string(key->view());
  }

  void CheckPeers() {
    if (!has_genesis_) return;
    std::map<uint32_t, size_t> times;
    for (const Config::Peer& peer : config_.peers) {
      ++times[peer.validator];
      if (peer.validator == config_.validator)
        Error(absl::StrCat("peers.addresses: ", peer.validator, " is this node itself"));
      if (peer.validator >= static_cast<uint32_t>(setup_.genesis.validators_size()))
        Error(absl::StrCat("peers.addresses: this genesis has no validator ", peer.validator));
    }
    for (uint32_t i = 0; i < static_cast<uint32_t>(setup_.genesis.validators_size()); ++i) {
      if (times[i] > 1) Error(absl::StrCat("peers.addresses: validator ", i, " is named ", times[i], " times"));
      if (times[i] == 0 && i != config_.validator)
        Error(absl::StrCat("peers.addresses: validator ", i, " (",
                           setup_.genesis.validators(static_cast<int>(i)).name(), ") is missing"));
    }
  }

  void ReadTlsFiles() {
    setup_.tls.certificates_end_s = std::numeric_limits<int64_t>::max();
    const std::string name = network::ValidatorUri(config_.validator);
    const std::string dns_name = network::ValidatorDnsName(config_.validator);
    setup_.tls.peers = ReadTls("peers", config_.peers_tls, {name}, {dns_name});
    setup_.tls.clients = ReadTls("clients", config_.clients_tls, {}, {});
  }

  network::TlsIdentity ReadTls(const std::string& table, const TlsFiles& files, const std::vector<std::string>& uris,
                               const std::vector<std::string>& dns_names) {
    const std::optional<std::string> ca = Take(client::ReadFile(files.ca), table + ".ca");
    const std::optional<std::string> certificate = Take(client::ReadFile(files.certificate), table + ".certificate");
    const std::optional<crypto::PrivateKey> key =
        Take(crypto::ReadKeyFile(files.private_key, passphrase_, plaintext()), table + ".private_key");
    if (!ca || !certificate || !key) return {};
    const std::optional<crypto::CertificateInfo> info =
        Take(crypto::ParseCertificate(*certificate), absl::StrCat(table, ".certificate: ", files.certificate));
    if (!info) return {};
    if (info->public_key != key->public_key())
      Error(absl::StrCat(table, ".private_key: ", files.private_key, " does not belong to ", files.certificate));
    if (const absl::Status issued = crypto::VerifyIssuedBy(*certificate, *ca, now_s_); !issued.ok())
      Error(absl::StrCat(table, ".certificate: ", files.certificate, ": ", issued.message()));
    const auto check_names = [&](const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
      for (const std::string& name : wanted) {
        if (std::count(there.begin(), there.end(), name) == 0)
          Error(absl::StrCat(table, ".certificate: ", files.certificate, " does not name ", name));
      }
    };
    check_names(uris, info->subject.uris);
    check_names(dns_names, info->subject.dns_names);
    setup_.tls.certificates_end_s = std::min(setup_.tls.certificates_end_s, info->subject.not_after_s);
    const std::optional<std::string> pem = Take(crypto::PrivateKeyToPem(*key), table + ".private_key");
    return {*ca, *certificate, pem.value_or("")};
  }

  const Config& config_;
  const int64_t now_s_;
  NodeSetup setup_;
  bool has_genesis_ = false;
  std::string passphrase_;
  std::vector<std::string> errors_;
};

}  // namespace

absl::StatusOr<NodeSetup> LoadSetup(const Config& config, int64_t now_s) {
  return SetupReader(config, now_s).Read();
}

absl::StatusOr<TlsSetup> ReloadTls(const Config& config, const NodeSetup& running, int64_t now_s) {
  return SetupReader(config, now_s).ReadTlsAgain(running);
}

}  // namespace causeway::daemon
