// SPDX-License-Identifier: Apache-2.0
// causeway genesis: what a chain starts with, and whether everybody starts with the same.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "contracts/registry.h"
#include "ledger/base/bytes.h"
#include "ledger/base/instant.h"
#include "ledger/base/status.h"
#include "ledger/chain/block.h"
#include "ledger/chain/genesis.h"
#include "ledger/chain/transaction.h"
#include "ledger/codec/json.h"
#include "ledger/execution/executor.h"
#include "node/cli/files.h"
#include "node/cli/session.h"
#include "node/cli/table.h"
#include "node/cli/transaction_file.h"
#include "node/cli/verbs.h"
#include "node/layout/ceremony.h"

namespace causeway::cli {
namespace {

struct GenesisOptions {
  std::string file;
};

// Executes the first operations: a genesis that reads well may still be refused by the rules.
absl::StatusOr<Json> Describe(const v1::Genesis& genesis) {
  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  const execution::ChainParameters chain{chain::ChainIdOf(genesis), genesis, std::nullopt};
  const execution::Executor executor(*registry, chain);
  CAUSEWAY_ASSIGN_OR_RETURN(const std::shared_ptr<const execution::ExecutedBlock> block, executor.ExecuteGenesis());
  return Json{{"chain_id", chain.chain_id.ToHex()},
              {"name", genesis.name()},
              {"time", FormatInstant(Instant::FromMicros(genesis.time_us()))},
              {"protocol_version", genesis.protocol_version()},
              {"validators", genesis.validators_size()},
              {"operations", genesis.operations_size()},
              {"devnet", genesis.has_devnet()},
              {"block_hash", block->hash.ToHex()},
              {"state_root", BytesToHex(block->block.header().state_root())}};
}

int CheckGenesis(Session& session, const GenesisOptions& options) {
  const absl::StatusOr<v1::Genesis> genesis = ReadGenesis(session, options.file);
  if (!genesis.ok()) return session.FailInput(genesis.status());
  const absl::StatusOr<Json> description = Describe(*genesis);
  if (!description.ok())
    return session.Fail(kRefused, absl::StrCat(options.file, ": ", description.status().message()));
  if (session.json) {
    session.PrintJson(*description);
  } else {
    session.out << FormatFields(*description)
                << "\nCompare chain_id with the other institutions before anyone starts a node.\n";
  }
  return kSuccess;
}

int ShowGenesis(Session& session, const GenesisOptions& options) {
  const absl::StatusOr<v1::Genesis> genesis = ReadGenesis(session, options.file);
  if (!genesis.ok()) return session.FailInput(genesis.status());
  if (session.json) {
    session.PrintJson(ToJson(*genesis));
    return kSuccess;
  }
  session.out << genesis->name() << ", chain " << chain::ChainIdOf(*genesis).ToHex() << ", from "
              << FormatInstant(Instant::FromMicros(genesis->time_us())) << "\n\n";
  TextTable validators({"validator", "name", "operator", "public key"});
  for (int i = 0; i < genesis->validators_size(); ++i) {
    const v1::Validator& validator = genesis->validators(i);
    validators.Add({absl::StrCat(i), validator.name(), validator.operator_(), BytesToHex(validator.public_key())});
  }
  session.out << validators.Format() << "\nFirst operations:\n";
  TextTable operations({"number", "kind", "what"});
  for (int i = 0; i < genesis->operations_size(); ++i) {
    const v1::Operation& operation = genesis->operations(i);
    const v1::RegisterParty& party = operation.parties().register_party();
    operations.Add({absl::StrCat(i), chain::OperationKind(operation),
                    party.lei().empty() ? "" : absl::StrCat(party.lei(), " ", party.name())});
  }
  session.out << operations.Format() << "\nLimits:\n" << FormatFields(ToJson(genesis->limits()), 2);
  if (genesis->has_devnet())
    session.out << "\nDevelopment network, its time lapses:\n" << FormatFields(ToJson(genesis->devnet()), 2);
  return kSuccess;
}

struct AssembleOptions {
  std::string name;
  std::string time;
  std::vector<std::string> validators;
  std::vector<std::string> parties;
  std::string operations;
  std::string confidentiality_key_hash;
  std::string out;
};

// "NAME=LEI=KEY.pem"
absl::StatusOr<v1::Validator> ParseValidator(Session& session, const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 2));
  if (parts.size() != 3)
    return absl::InvalidArgumentError(
        absl::StrCat("--validator: \"", text, "\": takes NAME=LEI=FILE with the validator's public key in PEM"));
  CAUSEWAY_ASSIGN_OR_RETURN(const crypto::PublicKey key, ReadPublicPem(session, parts[2]));
  if (key.algorithm != crypto::KeyAlgorithm::kEd25519)
    return absl::InvalidArgumentError(absl::StrCat("--validator: ", parts[2], ": a validator signs with Ed25519"));
  v1::Validator validator;
  validator.set_name(parts[0]);
  validator.set_operator_(parts[1]);
  validator.set_public_key(key.bytes);
  return validator;
}

absl::StatusOr<layout::GenesisParts> ReadParts(Session& session, const AssembleOptions& options) {
  layout::GenesisParts parts;
  parts.name = options.name;
  parts.limits = chain::DefaultLimits();
  parts.drift = chain::DefaultDrift();
  absl::StatusOr<Instant> time = ParseInstant(options.time);
  if (!time.ok()) return Annotate(time.status(), "--time");
  parts.time = *time;
  const std::optional<Hash> hash = Hash::FromHex(options.confidentiality_key_hash);
  if (!hash)
    return absl::InvalidArgumentError(
        "--confidentiality-key-hash: takes 64 lower-case hexadecimal digits, as `keys generate --kind confidentiality` "
        "prints them");
  parts.confidentiality_key_hash = *hash;
  for (const std::string& text : options.validators) {
    CAUSEWAY_ASSIGN_OR_RETURN(v1::Validator validator, ParseValidator(session, text));
    parts.validators.push_back(std::move(validator));
  }
  for (const std::string& path : options.parties) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string json, ReadInput(session, path));
    v1::RegisterParty party;
    CAUSEWAY_RETURN_IF_ERROR(Annotate(codec::JsonToMessage(json, &party), path));
    parts.parties.push_back(std::move(party));
  }
  if (options.operations.empty()) return parts;
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string json, ReadInput(session, options.operations));
  absl::StatusOr<TransactionFile> file = ParseTransactionFile(json);
  if (!file.ok()) return Annotate(file.status(), options.operations);
  parts.operations.assign(file->body.operations().begin(), file->body.operations().end());
  return parts;
}

int Assemble(Session& session, const AssembleOptions& options) {
  const absl::StatusOr<layout::GenesisParts> parts = ReadParts(session, options);
  if (!parts.ok()) return session.FailInput(parts.status());
  const absl::StatusOr<v1::Genesis> genesis = layout::AssembleGenesis(*parts);
  if (!genesis.ok()) return session.FailInput(genesis.status());
  const absl::StatusOr<std::string> json = chain::GenesisToJson(*genesis);
  if (!json.ok()) return session.FailInput(json.status());
  const absl::Status written = WriteOutput(session, options.out, *json + "\n");
  if (!written.ok()) return session.FailInput(written);
  if (options.out == "-") return kSuccess;
  const Json answer = {{"chain_id", chain::ChainIdOf(*genesis).ToHex()}, {"file", options.out}};
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.out << FormatFields(answer)
                << "\nCompare chain_id with the other institutions before anyone starts a node.\n";
  }
  return kSuccess;
}

void AddAssemble(Verb genesis, Session& session) {
  auto options = std::make_shared<AssembleOptions>();
  Verb verb = genesis.AddVerb(session, "assemble", "Put a genesis together from what each institution hands over",
                              "genesis assemble --name settlement --time 2026-03-02T06:00:00Z --validator "
                              "bank-a=5299000J2N45DDNE4Y28=bank-a.pem "
                              "--party bank-a.json --confidentiality-key-hash 9f86… --out genesis.json");
  verb.AddOption("--name", options->name, "the network's name").Required().TypeName("NAME");
  verb.AddOption("--time", options->time, "block time of height 0").Required().TypeName("TIME");
  verb.AddOption("--validator", options->validators,
                 "a validator's name, its operator's LEI, and its public key in PEM; in order, once for each")
      .Required()
      .TypeName("NAME=LEI=FILE");
  verb.AddOption("--party", options->parties,
                 "JSON of a RegisterParty: a party with its officers and their keys; once for each")
      .Required()
      .TypeName("FILE");
  verb.AddOption("--operations", options->operations, "further first operations").TypeName("FILE");
  verb.AddOption("--confidentiality-key-hash", options->confidentiality_key_hash, "SHA-256 of the confidentiality key")
      .Required()
      .TypeName("HEX");
  verb.AddOption("--out", options->out, "the new file; - for standard output").Required().TypeName("FILE");
  OnRun(verb, session, options, Assemble);
}

}  // namespace

void AddGenesis(Verb root, Session& session) {
  Verb genesis = root.AddGroup("genesis", "Check, show and assemble what a chain starts with",
                               "genesis check network/genesis.json");
  {
    auto options = std::make_shared<GenesisOptions>();
    Verb verb = genesis.AddVerb(session, "check",
                                "Verify a genesis, execute its first operations, and give the chain id to compare",
                                "genesis check network/genesis.json");
    verb.AddOption("file", options->file, "genesis.json").Required();
    OnRun(verb, session, options, CheckGenesis);
  }
  AddAssemble(genesis, session);
  auto options = std::make_shared<GenesisOptions>();
  Verb verb = genesis.AddVerb(session, "show", "Show a genesis for a person", "genesis show network/genesis.json");
  verb.AddOption("file", options->file, "genesis.json").Required();
  OnRun(verb, session, options, ShowGenesis);
}

}  // namespace causeway::cli
