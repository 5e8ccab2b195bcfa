// SPDX-License-Identifier: Apache-2.0
#include "node/layout/layout.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "ledger/base/status.h"
#include "ledger/chain/genesis.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/key_file.h"
#include "ledger/crypto/signature.h"
#include "node/client/context.h"
#include "node/layout/ceremony.h"
#include "node/layout/certificates.h"
#include "node/layout/files.h"
#include "node/layout/ports.h"

namespace causeway::layout {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kPortsApart = 100;
constexpr int64_t kDaySeconds = 86'400;

std::string FolderOf(uint32_t number) {
  return absl::StrCat("node-", number);
}

// One run of LayOutNetwork, over a folder that is renamed afterwards: every path here is relative to it.
class Layout {
 public:
  Layout(const NetworkPlan& plan, const LayoutOptions& options, std::string root)
      : plan_(plan), options_(options), root_(std::move(root)), now_us_(absl::ToUnixMicros(absl::Now())) {}

  absl::Status Make() {
    CAUSEWAY_RETURN_IF_ERROR(ChoosePorts());
    for (const char* folder : {"client", "client/keys", "client/tls", "authority"})
      CAUSEWAY_RETURN_IF_ERROR(MakePrivateFolder(Path(folder)));
    for (uint32_t i = 0; i < plan_.validators.size(); ++i) {
      CAUSEWAY_RETURN_IF_ERROR(MakePrivateFolder(Path(FolderOf(i + 1))));
      CAUSEWAY_RETURN_IF_ERROR(MakePrivateFolder(Path(absl::StrCat(FolderOf(i + 1), "/keys"))));
    }
    CAUSEWAY_RETURN_IF_ERROR(MakeAuthorities());
    CAUSEWAY_RETURN_IF_ERROR(MakeParties());
    CAUSEWAY_RETURN_IF_ERROR(MakeGenesis());
    for (uint32_t i = 0; i < plan_.validators.size(); ++i) CAUSEWAY_RETURN_IF_ERROR(MakeNode(i));
    return MakeContext();
  }

  // As it is after the directory has its name.
  NetworkDirectory Result(const std::string& directory) const {
    NetworkDirectory result;
    result.genesis = genesis_;
    result.chain_id = chain::ChainIdOf(genesis_);
    result.genesis_file = directory + "/genesis.json";
    result.context_file = directory + "/client/context.json";
    for (uint32_t i = 0; i < plan_.validators.size(); ++i) {
      const std::string folder = absl::StrCat(directory, "/", FolderOf(i + 1));
      result.nodes.push_back({plan_.validators[i].name, folder, folder + "/causewayd.toml", Address(ports_[i].peers),
                              Address(ports_[i].clients), Address(ports_[i].operators)});
    }
    return result;
  }

 private:
  struct Ports {
    uint16_t peers;
    uint16_t clients;
    uint16_t operators;
  };

  std::string Path(const std::string& relative) const { return absl::StrCat(root_, "/", relative); }
  std::string Address(uint16_t port) const {
    const bool ipv6 = options_.host.find(':') != std::string::npos;
    return ipv6 ? absl::StrCat("[", options_.host, "]:", port) : absl::StrCat(options_.host, ":", port);
  }

  absl::Status ChoosePorts() {
    const size_t count = plan_.validators.size();
    if (options_.base_port != 0) {
      if (count >= kPortsApart || options_.base_port + 2 * kPortsApart + count > 65'535)
        return absl::InvalidArgumentError(
            absl::StrCat("no ", count, " nodes above port ", options_.base_port, ": leave the port out"));
      for (uint32_t n = 1; n <= count; ++n) {
        const auto port = [&](uint32_t apart) { return static_cast<uint16_t>(options_.base_port + apart + n); };
        ports_.push_back({port(0), port(kPortsApart), port(2 * kPortsApart)});
      }
      return absl::OkStatus();
    }
    CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<uint16_t> free, FreePorts(3 * count));
    for (size_t i = 0; i < count; ++i) ports_.push_back({free[3 * i], free[3 * i + 1], free[3 * i + 2]});
    return absl::OkStatus();
  }

  absl::Status MakeAuthorities() {
    const int64_t now_s = now_us_ / 1'000'000;
    const int64_t end_s = now_s + options_.certificate_days * kDaySeconds;
    const auto make = [&](const char* of) -> absl::StatusOr<std::unique_ptr<Authority>> {
      CAUSEWAY_ASSIGN_OR_RETURN(Authority authority,
                                Authority::Make(absl::StrCat(plan_.name, " ", of), plan_.name, now_s - 3600, end_s));
      CAUSEWAY_RETURN_IF_ERROR(WriteKey(absl::StrCat("authority/", of, ".key"), authority.key()));
      CAUSEWAY_RETURN_IF_ERROR(WritePrivateFile(Path(absl::StrCat("authority/", of, ".pem")), authority.certificate()));
      return std::make_unique<Authority>(std::move(authority));
    };
    CAUSEWAY_ASSIGN_OR_RETURN(peers_authority_, make("peers"));
    CAUSEWAY_ASSIGN_OR_RETURN(clients_authority_, make("clients"));
    return WritePrivateFile(Path("client/tls/ca.pem"), clients_authority_->certificate());
  }

  absl::Status WriteKey(const std::string& relative, const crypto::PrivateKey& key) const {
    return options_.passphrase.empty() ? crypto::WritePlaintextKeyFile(Path(relative), key)
                                       : crypto::WriteKeyFile(Path(relative), key, options_.passphrase);
  }
  absl::StatusOr<crypto::PublicKey> MakeKey(const std::string& relative, crypto::KeyAlgorithm algorithm) const {
    return GenerateKeyFile(Path(relative), algorithm, options_.passphrase);
  }

  // Every officer's key, and the key of the party's connections: one more key of its first officer, good for one role.
  absl::Status MakeParties() {
    for (const PlannedParty& planned : plan_.parties) {
      v1::RegisterParty registration;
      registration.set_lei(planned.lei);
      registration.set_name(planned.name);
      registration.set_jurisdiction(planned.jurisdiction);
      for (const v1::PartyRole role : planned.roles) registration.add_roles(role);
      client::ContextParty party;
      party.slug = planned.slug;
      party.lei = planned.lei;
      party.name = planned.name;
      for (const PlannedOfficer& officer : planned.officers)
        CAUSEWAY_RETURN_IF_ERROR(MakeOfficer(planned, officer, registration, party));
      CAUSEWAY_RETURN_IF_ERROR(MakeConnectionKey(planned, registration, party));
      registrations_.push_back(std::move(registration));
      context_.parties.push_back(std::move(party));
    }
    return absl::OkStatus();
  }

  absl::Status MakeOfficer(const PlannedParty& party, const PlannedOfficer& planned, v1::RegisterParty& registration,
                           client::ContextParty& context) const {
    const std::string file = absl::StrCat("keys/", party.slug, ".", planned.slug, ".key");
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PublicKey key, MakeKey("client/" + file, crypto::KeyAlgorithm::kEd25519));
    const OfficerId id = OfficerIdFor(party.lei, planned.slug);
    v1::NewOfficer& officer = *registration.add_officers();
    officer.set_officer_id(id.ToString());
    client::ContextOfficer entry;
    for (const v1::OfficerRole role : planned.roles) {
      officer.add_roles(role);
      entry.roles.push_back(codec::ShortEnumName(*v1::OfficerRole_descriptor(), role));
    }
    *officer.add_keys() = NewKeyOf(key);
    entry.slug = planned.slug;
    entry.officer_id = id.ToHex();
    entry.key_file = file;
    entry.key_id = crypto::KeyIdOf(key).ToHex();
    context.officers.push_back(std::move(entry));
    return absl::OkStatus();
  }

  absl::Status MakeConnectionKey(const PlannedParty& planned, v1::RegisterParty& registration,
                                 client::ContextParty& party) const {
    party.certificate = absl::StrCat("tls/", planned.slug, ".pem");
    party.private_key = absl::StrCat("tls/", planned.slug, ".key");
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PublicKey key,
                              MakeKey("client/" + party.private_key, crypto::KeyAlgorithm::kP256));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string certificate,
                              clients_authority_->SignClient(planned.lei, planned.name, key));
    v1::NewKey& bound = *registration.mutable_officers(0)->add_keys();
    bound = NewKeyOf(key);
    // What a connection may read follows from what its key may sign for: a party's compliance reads with it too.
    const std::vector<v1::OfficerRole>& roles = planned.officers.front().roles;
    bound.add_purposes(roles.front());
    if (roles.front() != v1::OFFICER_ROLE_COMPLY && std::count(roles.begin(), roles.end(), v1::OFFICER_ROLE_COMPLY) > 0)
      bound.add_purposes(v1::OFFICER_ROLE_COMPLY);
    return WritePrivateFile(Path("client/" + party.certificate), certificate);
  }

  absl::Status MakeGenesis() {
    GenesisParts parts;
    parts.name = plan_.name;
    parts.limits = plan_.limits;
    parts.drift = plan_.drift;
    parts.parties = registrations_;
    parts.operations = plan_.operations;
    parts.time = Instant::FromMicros(static_cast<uint64_t>(now_us_));
    if (plan_.devnet) {
      parts.time = plan_.devnet->origin.value_or(parts.time);
      parts.devnet.emplace();
      parts.devnet->set_origin_us(parts.time.micros());
      parts.devnet->set_real_start_us(static_cast<uint64_t>(now_us_));
      parts.devnet->set_rate(plan_.devnet->rate);
    }
    for (uint32_t i = 0; i < plan_.validators.size(); ++i) {
      const PlannedValidator& planned = plan_.validators[i];
      CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PublicKey key,
                                MakeKey(FolderOf(i + 1) + "/keys/validator.key", crypto::KeyAlgorithm::kEd25519));
      v1::Validator& validator = parts.validators.emplace_back();
      validator.set_name(planned.name);
      validator.set_operator_(LeiOf(planned.party));
      validator.set_public_key(key.bytes);
      validator_keys_.push_back(crypto::KeyIdOf(key));
    }
    const std::string first = FolderOf(1) + "/keys/confidentiality.key";
    CAUSEWAY_ASSIGN_OR_RETURN(parts.confidentiality_key_hash, GenerateConfidentialityKeyFile(Path(first)));
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::Secret confidentiality, crypto::ReadConfidentialityKey(Path(first)));
    for (uint32_t i = 1; i < plan_.validators.size(); ++i)
      CAUSEWAY_RETURN_IF_ERROR(
          crypto::WriteConfidentialityKey(Path(FolderOf(i + 1) + "/keys/confidentiality.key"), confidentiality));
    CAUSEWAY_ASSIGN_OR_RETURN(genesis_, AssembleGenesis(parts));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string json, chain::GenesisToJson(genesis_));
    return WritePrivateFile(Path("genesis.json"), json);
  }

  std::string LeiOf(const std::string& slug) const {
    const auto found = std::find_if(plan_.parties.begin(), plan_.parties.end(),
                                    [&](const PlannedParty& party) { return party.slug == slug; });
    return found == plan_.parties.end() ? "" : found->lei;
  }

  absl::Status MakeNode(uint32_t index) {
    const std::string folder = FolderOf(index + 1);
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PublicKey peers_key,
                              MakeKey(folder + "/keys/peers.key", crypto::KeyAlgorithm::kP256));
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PublicKey clients_key,
                              MakeKey(folder + "/keys/clients.key", crypto::KeyAlgorithm::kP256));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string peers,
                              peers_authority_->SignValidator(index, peers_key, options_.host));
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string clients,
                              clients_authority_->SignNode(index + 1, clients_key, options_.host));
    CAUSEWAY_RETURN_IF_ERROR(WritePrivateFile(Path(folder + "/keys/peers.pem"), peers));
    CAUSEWAY_RETURN_IF_ERROR(WritePrivateFile(Path(folder + "/keys/clients.pem"), clients));
    CAUSEWAY_RETURN_IF_ERROR(WritePrivateFile(Path(folder + "/keys/peers-ca.pem"), peers_authority_->certificate()));
    CAUSEWAY_RETURN_IF_ERROR(
        WritePrivateFile(Path(folder + "/keys/clients-ca.pem"), clients_authority_->certificate()));
    CAUSEWAY_RETURN_IF_ERROR(WritePrivateFile(Path(folder + "/causewayd.toml"), ConfigText(index)));
    return MakeVoteLog(Path(folder + "/votes"), uint64_t{options_.vote_log_segment_mib} << 20,
                       options_.vote_log_segments, chain::ChainIdOf(genesis_), validator_keys_[index]);
  }

  std::string ConfigText(uint32_t index) const {
    std::vector<std::string> peers;
    for (uint32_t j = 0; j < plan_.validators.size(); ++j) {
      if (j != index) peers.push_back(absl::StrCat("  \"", j, "=", Address(ports_[j].peers), "\",\n"));
    }
    std::string text = absl::StrCat("# ", plan_.name, ", node ", index + 1, ": ", plan_.validators[index].name,
                                    ". Paths are relative to this file.\n", "genesis = \"../genesis.json\"\n",
                                    "validator = ", index, "\n\n");
    absl::StrAppend(&text, "[keys]\nvalidator = \"keys/validator.key\"\n",
                    "confidentiality = \"keys/confidentiality.key\"\n");
    if (!options_.passphrase_file.empty())
      absl::StrAppend(&text, "passphrase_file = \"", options_.passphrase_file, "\"\n");
    absl::StrAppend(&text, "\n[store]\ndirectory = \"db\"\nvote_log = \"votes\"\n",
                    "vote_log_segment_mib = ", options_.vote_log_segment_mib, "\n",
                    "vote_log_segments = ", options_.vote_log_segments, "\n\n");
    absl::StrAppend(&text, "[peers]\nlisten = \"", Address(ports_[index].peers), "\"\naddresses = [\n",
                    absl::StrJoin(peers, ""), "]\nca = \"keys/peers-ca.pem\"\n",
                    "certificate = \"keys/peers.pem\"\nprivate_key = \"keys/peers.key\"\n\n");
    absl::StrAppend(&text, "[clients]\nlisten = \"", Address(ports_[index].clients),
                    "\"\nca = \"keys/clients-ca.pem\"\n",
                    "certificate = \"keys/clients.pem\"\nprivate_key = \"keys/clients.key\"\n\n");
    absl::StrAppend(&text, "[operators]\nlisten = \"", Address(ports_[index].operators), "\"\n\n",
                    "# /livez, /readyz and /metrics for this machine's tools, on loopback; off without it.\n",
                    "# [metrics]\n# listen = \"127.0.0.1:9464\"\n");
    return text;
  }

  absl::Status MakeContext() {
    context_.passphrase_file = options_.passphrase_file;
    context_.genesis = "../genesis.json";
    context_.ca = "tls/ca.pem";
    context_.default_party = plan_.parties.front().slug;
    for (uint32_t i = 0; i < plan_.validators.size(); ++i) {
      client::ContextNode node;
      node.name = FolderOf(i + 1);
      node.clients = Address(ports_[i].clients);
      node.operators = Address(ports_[i].operators);
      context_.nodes.push_back(std::move(node));
    }
    return WritePrivateFile(Path("client/context.json"), client::FormatContext(context_));
  }

  const NetworkPlan& plan_;
  const LayoutOptions& options_;
  const std::string root_;
  const int64_t now_us_;
  std::vector<Ports> ports_;
  std::unique_ptr<Authority> peers_authority_;
  std::unique_ptr<Authority> clients_authority_;
  std::vector<v1::RegisterParty> registrations_;
  std::vector<KeyId> validator_keys_;
  v1::Genesis genesis_;
  client::Context context_;
};

}  // namespace

absl::StatusOr<NetworkDirectory> LayOutNetwork(const NetworkPlan& plan, const LayoutOptions& options) {
  if (const std::vector<std::string> errors = PlanErrors(plan); !errors.empty())
    return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
  if (options.passphrase.empty() && !plan.devnet)
    return absl::InvalidArgumentError("a network for real needs a passphrase: its keys never lie in the clear");
  NetworkDirectory result;
  const absl::Status made = MakeWhole(options.directory, [&](const std::string& folder) {
    Layout layout(plan, options, folder);
    const absl::Status status = layout.Make();
    if (status.ok()) result = layout.Result(fs::absolute(options.directory).lexically_normal().string());
    return status;
  });
  if (!made.ok()) return made;
  return result;
}

}  // namespace causeway::layout
