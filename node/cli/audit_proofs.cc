// SPDX-License-Identifier: Apache-2.0
// causeway audit prove and audit verify: bundles that prove a receipt, a holding, an absence or a whole register.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "contracts/registry.h"
#include "contracts/transfers/tables.h"
#include "ledger/audit/bundle.h"
#include "ledger/base/bytes.h"
#include "ledger/base/decimal.h"
#include "ledger/base/status.h"
#include "ledger/execution/record_kind.h"
#include "ledger/execution/system_tables.h"
#include "ledger/state/final_state.h"
#include "node/cli/audit.h"
#include "node/cli/files.h"
#include "node/cli/node_directory.h"
#include "node/cli/render.h"
#include "node/cli/suggestion.h"
#include "node/cli/table.h"
#include "node/cli/verbs.h"

namespace causeway::cli {
namespace {

struct ProveOptions {
  std::string data;
  std::string out;
  std::optional<uint64_t> at;
  // Positional.
  std::string first;
  std::string second;
  std::vector<uint32_t> operations;
};

struct VerifyOptions {
  std::string file;
  std::string genesis;
};

// A store that is opened for reading, and its state as at a height with the tree over it.
struct HistoricState {
  Height height;
  std::unique_ptr<state::FinalState> final_state;
  std::shared_ptr<const state::StateView> view;
  merkle::StateTree tree;
};

absl::StatusOr<HistoricState> StateOf(store::Store& store, std::optional<uint64_t> at) {
  const std::optional<Height> flushed = store.flushed();
  if (!flushed) return absl::FailedPreconditionError("the store holds no state yet");
  const Height height = at ? Height(*at) : *flushed;
  if (height > *flushed)
    return absl::FailedPreconditionError(absl::StrCat("the store holds the state up to height ", flushed->value(),
                                                      "; ask the node itself (get --prove), or wait"));
  auto final_state = std::make_unique<state::FinalState>(store);
  CAUSEWAY_ASSIGN_OR_RETURN(std::shared_ptr<const state::StateView> view, final_state->At(height));
  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  CAUSEWAY_ASSIGN_OR_RETURN(merkle::StateTree tree,
                            audit::RebuildTree(store, height, *view, execution::AllTables(*registry)));
  return HistoricState{height, std::move(final_state), std::move(view), std::move(tree)};
}

absl::StatusOr<v1::ProofBundle> ProveReceiptOf(store::Store& store, const ProveOptions& options) {
  const std::optional<Hash> id = Hash::FromHex(options.first);
  if (!id)
    return absl::InvalidArgumentError(
        absl::StrCat("\"", options.first, "\" is no transaction id: 64 lower-case hexadecimal digits"));
  CAUSEWAY_ASSIGN_OR_RETURN(const store::Place place, store.FindTransaction(*id));
  if (const absl::Status receipt = store.GetReceipt(place).status(); absl::IsNotFound(receipt))
    return absl::DataLossError(absl::StrCat(options.data, ": the transaction is indexed, but there is ",
                                            receipt.message(), "; `causeway audit replay` names what is damaged"));
  return audit::ProveReceipt(store, place, options.operations);
}

absl::StatusOr<v1::ProofBundle> ProveHolding(store::Store& store, const ProveOptions& options) {
  const std::optional<AccountId> account = AccountId::FromHex(options.first);
  if (!account)
    return absl::InvalidArgumentError(
        absl::StrCat("\"", options.first, "\" is no account id: 32 lower-case hexadecimal digits"));
  CAUSEWAY_ASSIGN_OR_RETURN(const InstrumentId instrument, InstrumentId::Parse(options.second));
  CAUSEWAY_ASSIGN_OR_RETURN(const HistoricState state, StateOf(store, options.at));
  return audit::ProveState(store, state.height, *state.view, state.tree, transfers::kBalances.id,
                           state::EncodeKey(transfers::HoldingKey(*account, instrument)));
}

absl::StatusOr<v1::ProofBundle> ProveTableOf(store::Store& store, const ProveOptions& options) {
  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  const std::string wanted = options.first;
  CAUSEWAY_ASSIGN_OR_RETURN(const HistoricState state, StateOf(store, options.at));
  for (const state::TableInfo& table : execution::AllTables(*registry)) {
    if (table.name == wanted) return audit::ProveTable(store, state.height, *state.view, state.tree, table.id);
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no table \"", wanted, "\""));
}

absl::StatusOr<execution::RecordKind> FindKind(const execution::Registry& registry, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& contract : registry.contracts) {
    for (execution::RecordKind& kind : contract->kinds()) {
      if (kind.name == name) return std::move(kind);
      names.push_back(kind.name);
    }
  }
  const std::string near = NearestWord(name, names);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no kind \"", name, "\"; ",
                   near.empty() ? "there are: " + absl::StrJoin(names, ", ") : "did you mean \"" + near + "\"?"));
}

// A record by its kind and id, or that there is none.
absl::StatusOr<v1::ProofBundle> ProveRecord(store::Store& store, const ProveOptions& options) {
  const std::unique_ptr<execution::Registry> registry = MakeRegistry();
  CAUSEWAY_ASSIGN_OR_RETURN(const execution::RecordKind kind, FindKind(*registry, options.first));
  CAUSEWAY_ASSIGN_OR_RETURN(const HistoricState state, StateOf(store, options.at));
  CAUSEWAY_ASSIGN_OR_RETURN(state::StateKey row, kind.find(options.second, *state.view));
  if (kind.proof == nullptr)
    return absl::InvalidArgumentError(
        absl::StrCat("a ", kind.name, " is a part of a record, and nothing can be proved of it by itself"));
  row = kind.proof(row, *state.view);
  return audit::ProveState(store, state.height, *state.view, state.tree, row.table, row.key);
}

absl::StatusOr<v1::ProofBundle> ProveAbsence(store::Store& store, const ProveOptions& options) {
  CAUSEWAY_ASSIGN_OR_RETURN(v1::ProofBundle bundle, ProveRecord(store, options));
  if (bundle.state().has_value())
    return absl::NotFoundError(absl::StrCat("the ", options.first, " ", options.second, " is there as after block ",
                                            bundle.state().at().header().height(), ": its absence cannot be proved"));
  return bundle;
}

using Prover = absl::StatusOr<v1::ProofBundle> (*)(store::Store&, const ProveOptions&);

// A kind looks into the state by itself, and what cannot be read there is thrown.
absl::StatusOr<v1::ProofBundle> RunProver(Prover prover, store::Store& store, const ProveOptions& options) {
  try {
    return prover(store, options);
  } catch (const state::HostFailure& failure) {
    return Annotate(failure.status(),
                    absl::StrCat(options.data, " cannot be read; `causeway audit replay` names what is damaged"));
  }
}

int Prove(Session& session, const ProveOptions& options, Prover prover) {
  absl::StatusOr<std::unique_ptr<store::Store>> store = OpenStore(options.data);
  if (!store.ok()) return session.FailInput(store.status());
  const absl::StatusOr<v1::ProofBundle> bundle = RunProver(prover, **store, options);
  if (!bundle.ok())
    return absl::IsNotFound(bundle.status()) ? session.FailAnswer(bundle.status()) : session.FailInput(bundle.status());
  const std::string bytes = audit::EncodeBundle(*bundle);
  const absl::Status written = WriteOutput(session, options.out, bytes);
  if (!written.ok()) return session.FailInput(written);
  const Json answer = {
      {"file", options.out}, {"bytes", bytes.size()}, {"certified_height", bundle->certified().header().height()}};
  if (options.out == "-") return kSuccess;
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.out << options.out << ": " << WithThousands(bytes.size()) << " bytes, certified at height "
                << bundle->certified().header().height() << "; `causeway audit verify` reads it offline\n";
  }
  return kSuccess;
}

std::string TableName(state::TableId id) {
  static const std::vector<state::TableInfo> tables = execution::AllTables(*MakeRegistry());
  const auto found =
      std::find_if(tables.begin(), tables.end(), [id](const state::TableInfo& table) { return table.id == id; });
  return found == tables.end() ? absl::StrCat("table ", id) : found->name;
}

// A holding reads as such; records of other tables are shown by their bytes.
Json EntryJson(state::TableId table, const std::string& key, const std::optional<std::string>& value) {
  Json json = {{"key", BytesToHex(key)}};
  const auto holding = table == transfers::kBalances.id ? state::DecodeKey<transfers::HoldingKey>(key) : std::nullopt;
  if (holding) {
    json["account"] = std::get<0>(*holding).ToHex();
    json["instrument"] = std::get<1>(*holding).ToString();
  }
  if (!value) return json;
  const auto balance = holding ? state::DecodeRecord<transfers::Balance>(*value) : std::nullopt;
  if (balance) {
    json["minor_units"] = {{"total", FormatDecimal(balance->total, 0)},
                           {"free", FormatDecimal(balance->free, 0)},
                           {"blocked", FormatDecimal(balance->blocked, 0)},
                           {"pledged", FormatDecimal(balance->pledged, 0)},
                           {"restricted", FormatDecimal(balance->restricted, 0)}};
  } else {
    json["value"] = BytesToHex(*value);
  }
  return json;
}

const char* ClaimName(audit::VerifiedClaim::Kind kind) {
  switch (kind) {
    case audit::VerifiedClaim::Kind::kReceipt:
      return "receipt";
    case audit::VerifiedClaim::Kind::kValue:
      return "value";
    case audit::VerifiedClaim::Kind::kAbsence:
      return "absence";
    case audit::VerifiedClaim::Kind::kTable:
      return "table";
  }
  return "unknown";
}

int Verify(Session& session, const VerifyOptions& options) {
  const absl::StatusOr<v1::Genesis> genesis = ReadGenesis(session, options.genesis);
  if (!genesis.ok()) return session.FailInput(genesis.status());
  const absl::StatusOr<std::string> content = ReadInput(session, options.file);
  if (!content.ok()) return session.FailInput(content.status());
  const absl::StatusOr<v1::ProofBundle> bundle = audit::ReadBundle(*content);
  if (!bundle.ok()) return session.FailInput(Annotate(bundle.status(), options.file));
  const absl::StatusOr<audit::VerifiedClaim> claim = audit::VerifyBundle(*bundle, *genesis);
  if (!claim.ok()) {
    if (session.json) session.PrintJson({{"verified", false}, {"why", std::string(claim.status().message())}});
    return session.Fail(kRefused, absl::StrCat(options.file, ": ", claim.status().message()));
  }
  if (session.json) {
    session.PrintJson(ClaimJson(*claim));
  } else {
    session.out << ClaimText(*claim);
  }
  return kSuccess;
}

Verb AddProve(Verb prove, Session& session, const std::string& name, const std::string& what,
              const std::string& example, Prover prover, const std::shared_ptr<ProveOptions>& options) {
  Verb verb = prove.AddVerb(session, name, what, example);
  verb.AddOption("--data", options->data, "a node's directory, or a copy of one; it is only read")
      .Required()
      .TypeName("DIR");
  verb.AddOption("--out", options->out, "a new file for the bundle; - for standard output").Required().TypeName("FILE");
  OnRun(verb, session, options,
        [prover](Session& running, const ProveOptions& chosen) { return Prove(running, chosen, prover); });
  return verb;
}

void AddHeight(Verb verb, ProveOptions& options) {
  verb.AddOption("--at", options.at, "as after this block (default: the newest height whose state is stored)")
      .TypeName("HEIGHT");
}

}  // namespace

Json ClaimJson(const audit::VerifiedClaim& claim) {
  Json json = {{"verified", true},
               {"claim", ClaimName(claim.kind)},
               {"chain_id", claim.chain_id.ToHex()},
               {"height", claim.height},
               {"time", FormatInstant(Instant::FromMicros(claim.time_us))},
               {"certified_height", claim.certified_height},
               {"certified_hash", claim.certified_hash.ToHex()}};
  if (claim.receipt) json["receipt"] = ToJson(*claim.receipt);
  if (claim.system_receipt) json["system_receipt"] = ToJson(*claim.system_receipt);
  if (claim.kind == audit::VerifiedClaim::Kind::kReceipt) {
    json["results"] = Json::array();
    for (const v1::OperationResult& result : claim.results) json["results"].push_back(ResultJson(result));
    return json;
  }
  json["table"] = TableName(claim.table);
  json["entries"] = Json::array();
  for (const auto& [key, value] : claim.entries) json["entries"].push_back(EntryJson(claim.table, key, value));
  return json;
}

std::string ClaimText(const audit::VerifiedClaim& claim) {
  std::string text = absl::StrCat("Verified against the genesis alone: chain ", claim.chain_id.ToHex(), ",\nblock ",
                                  claim.height, " (", FormatInstant(Instant::FromMicros(claim.time_us)),
                                  "), signed by a quorum at height ", claim.certified_height, ".\n");
  if (claim.receipt)
    absl::StrAppend(&text, "The receipt of transaction ", BytesToHex(claim.receipt->transaction_id()), " with ",
                    claim.receipt->count(), " operations, of which here are:\n");
  if (claim.system_receipt)
    absl::StrAppend(&text, "The receipt of due work of ", claim.system_receipt->contract(), " with ",
                    claim.system_receipt->count(), " results, of which here are:\n");
  if (claim.kind == audit::VerifiedClaim::Kind::kReceipt) {
    for (const v1::OperationResult& result : claim.results) text += ResultText(result);
    return text;
  }
  if (claim.kind == audit::VerifiedClaim::Kind::kAbsence) {
    absl::StrAppend(&text, "In ", TableName(claim.table), " there was then no record:\n");
  } else if (claim.kind == audit::VerifiedClaim::Kind::kTable) {
    absl::StrAppend(&text, "All records of ", TableName(claim.table), ", ", claim.entries.size(), " and no other:\n");
  } else {
    absl::StrAppend(&text, "The record in ", TableName(claim.table), ":\n");
  }
  for (const auto& [key, value] : claim.entries)
    absl::StrAppend(&text, FormatFields(EntryJson(claim.table, key, value), 2), claim.entries.size() > 1 ? "\n" : "");
  return text;
}

void AddAuditProofs(Verb audit, Session& session) {
  Verb prove = audit.AddGroup("prove", "Make a bundle that proves something with the genesis alone",
                              "audit prove receipt 3fa9… --data network/node-1 --out receipt.proof");
  {
    auto options = std::make_shared<ProveOptions>();
    Verb verb =
        AddProve(prove, session, "receipt", "Prove a transaction's receipt",
                 "audit prove receipt 3fa9… --data network/node-1 --out receipt.proof", ProveReceiptOf, options);
    verb.AddOption("transaction", options->first, "the transaction's id").Required();
    verb.AddOption("--operation", options->operations, "show this operation's result only; may be repeated")
        .TypeName("NUMBER");
  }
  {
    auto options = std::make_shared<ProveOptions>();
    Verb verb = AddProve(prove, session, "holding",
                         "Prove what an account held of an instrument at a height, or that it held nothing",
                         "audit prove holding 00c1… SG9999000012 --at 120 --data network/node-1 --out holding.proof",
                         ProveHolding, options);
    verb.AddOption("account", options->first, "32 hexadecimal digits").Required();
    verb.AddOption("instrument", options->second, "ISIN, or a cash token's name").Required();
    AddHeight(verb, *options);
  }
  {
    auto options = std::make_shared<ProveOptions>();
    options->first = transfers::kBalances.name;
    Verb verb =
        AddProve(prove, session, "register",
                 "Prove all holdings at a height, and that there is no other; or all records of another table",
                 "audit prove register --at 120 --data network/node-1 --out register.proof", ProveTableOf, options);
    verb.AddOption("--table", options->first, "the table (default: balances)").TypeName("NAME");
    AddHeight(verb, *options);
  }
  for (const auto& [name, what, prover] :
       {std::tuple<const char*, const char*, Prover>("record", "Prove a record as at a height, or that there was none",
                                                     ProveRecord),
        std::tuple<const char*, const char*, Prover>("absence", "Prove that there was no such record at a height",
                                                     ProveAbsence)}) {
    auto options = std::make_shared<ProveOptions>();
    Verb verb = AddProve(prove, session, name, what,
                         absl::StrCat("audit prove ", name,
                                      " party 529900T8BM49AURSDO55 --at 120 --data network/node-1 --out party.proof"),
                         prover, options);
    verb.AddOption("kind", options->first, "as `get` takes it").Required();
    verb.AddOption("id", options->second, "as `get` takes it").Required();
    AddHeight(verb, *options);
  }
  auto options = std::make_shared<VerifyOptions>();
  Verb verb = audit.AddVerb(session, "verify", "Verify a bundle offline, with the genesis alone",
                            "audit verify receipt.proof --genesis network/genesis.json");
  verb.AddOption("file", options->file, "the bundle; - for standard input").Required();
  verb.AddOption("--genesis", options->genesis, "your own copy of genesis.json").Required().TypeName("FILE");
  OnRun(verb, session, options, Verify);
}

void AddAudit(Verb root, Session& session) {
  Verb audit = root.AddGroup("audit", "Verify a node's data from genesis; make and verify proofs",
                             "audit replay --data network/node-1");
  AddAuditReplay(audit, session);
  AddAuditProofs(audit, session);
  AddAuditBlame(audit, session);
}

}  // namespace causeway::cli
