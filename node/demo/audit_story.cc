// SPDX-License-Identifier: Apache-2.0
#include "node/demo/audit_story.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "causeway/v1/genesis.pb.h"
#include "contracts/registry.h"
#include "contracts/transfers/tables.h"
#include "ledger/audit/bundle.h"
#include "ledger/audit/replay.h"
#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/codec/json.h"
#include "ledger/crypto/key_file.h"
#include "ledger/execution/system_tables.h"
#include "ledger/state/final_state.h"
#include "ledger/store/rewrite.h"
#include "ledger/store/rows.h"
#include "ledger/store/store.h"
#include "node/client/context.h"

namespace causeway::demo {
namespace {

class AuditStory {
 public:
  AuditStory(const AuditSubject& subject, Narrator& narrator, Summary& summary)
      : subject_(subject), narrator_(narrator), summary_(summary), registry_(MakeRegistry()) {}

  absl::Status Tell() {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string json, client::ReadFile(subject_.directory + "/genesis.json"));
    CAUSEWAY_RETURN_IF_ERROR(codec::JsonToMessage(json, &genesis_));
    CAUSEWAY_ASSIGN_OR_RETURN(const crypto::Secret key,
                              crypto::ReadConfidentialityKey(subject_.directory + "/node-1/keys/confidentiality.key"));
    options_.confidentiality_key = std::string(key.view());
    options_.head = subject_.head;
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string head, codec::MessageToJson(subject_.head));
    std::ofstream(subject_.directory + "/out/head.json") << head << "\n";
    options_.progress = [this](const audit::ReplayProgress& progress) {
      narrator_.Progress("blocks replayed", progress.height, progress.final_height);
    };
    CAUSEWAY_RETURN_IF_ERROR(Replay());
    CAUSEWAY_RETURN_IF_ERROR(Prove());
    return MoveAUnit();
  }

 private:
  std::string Data() const { return subject_.directory + "/node-1/db"; }

  absl::Status Replay() {
    CAUSEWAY_ASSIGN_OR_RETURN(const audit::ReplayResult result,
                              audit::ReplayDirectory(Data(), genesis_, *registry_, options_));
    // An idle network goes on making blocks until it is stopped.
    summary_.verified = result.verified && result.height >= summary_.height;
    summary_.transactions = result.transactions;
    summary_.operations = result.operations;
    summary_.decisions = result.decisions;
    for (const audit::Finding& finding : result.findings) narrator_.Say(absl::StrCat("FOUND: ", finding.ToString()));
    narrator_.Say(
        absl::StrCat("replayed ", result.height, " blocks, ", result.operations, " operations, ", result.decisions,
                     " decisions of the model: ",
                     result.verified ? "every rule, root, certificate and stored row verified" : "NOT verified"));
    if (result.verified)
      narrator_.Say(absl::StrCat("it reaches the head that node-2 certified at height ",
                                 subject_.head.header().height(), ": node-1 has left nothing out"));
    return absl::OkStatus();
  }

  // An account of the class's register, from the store itself.
  struct Holding {
    std::string row_key;
    store::StateRowValue row;
    std::string row_bytes;
    std::string key;
    transfers::Balance balance;
  };
  absl::StatusOr<std::vector<Holding>> Holdings(store::Store& store) const {
    std::vector<Holding> holdings;
    CAUSEWAY_RETURN_IF_ERROR(
        store.ScanRows(store::Family::kState, "", [&](absl::string_view row_key, absl::string_view bytes) {
          const std::optional<state::StateKeyRef> at = store::ParseStateRowKey(row_key);
          if (!at || at->table != transfers::kBalances.id) return true;
          const auto key = state::DecodeKey<transfers::HoldingKey>(at->key);
          if (!key || std::get<1>(*key) != subject_.isin) return true;
          Holding holding{std::string(row_key), {}, std::string(bytes), std::string(at->key), {}};
          holding.row = *store::ParseStateRow(holding.row_bytes);
          holding.balance = *state::DecodeRecord<transfers::Balance>(holding.row.value);
          if (holding.balance.free.IsPositive()) holdings.push_back(std::move(holding));
          return holdings.size() < 2;
        }));
    if (holdings.size() < 2) return absl::NotFoundError("the register has fewer than two holders");
    return holdings;
  }

  absl::StatusOr<std::unique_ptr<store::Store>> Open() const {
    store::OpenOptions open;
    open.read_only = true;
    return store::Store::Open(Data(), open);
  }

  absl::Status Prove() {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store, Open());
    CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Holding> holdings, Holdings(*store));
    state::FinalState final_state(*store);
    const Height height = *store->flushed();
    CAUSEWAY_ASSIGN_OR_RETURN(const std::shared_ptr<const state::StateView> view, final_state.At(height));
    CAUSEWAY_ASSIGN_OR_RETURN(const merkle::StateTree tree,
                              audit::RebuildTree(*store, height, *view, execution::AllTables(*registry_)));
    CAUSEWAY_ASSIGN_OR_RETURN(v1::ProofBundle bundle,
                              audit::ProveState(*store, height, *view, tree, transfers::kBalances.id, holdings[0].key));
    const std::string file = subject_.directory + "/out/holding.proof";
    std::ofstream(file, std::ios::binary) << audit::EncodeBundle(bundle);
    CAUSEWAY_RETURN_IF_ERROR(audit::VerifyBundle(bundle, genesis_).status());
    narrator_.Say(absl::StrCat("a proof of one holding (", file, ", ", bundle.ByteSizeLong(),
                               " bytes) verifies with the genesis alone"));
    std::string* const value = bundle.mutable_state()->mutable_value();
    value->back() = static_cast<char>(value->back() ^ 1);
    const absl::Status edited = audit::VerifyBundle(bundle, genesis_).status();
    if (edited.ok()) return absl::DataLossError("an edited proof verified");
    narrator_.Say(absl::StrCat("the same proof with one bit of the holding changed is refused: ", edited.message()));
    return absl::OkStatus();
  }

  // A row of the state and the version that it repeats, with other figures.
  static void Rewrite(const Holding& holding, const transfers::Balance& balance, std::vector<store::RowEdit>& edits) {
    const std::string value = state::EncodeRecord(balance);
    edits.push_back({store::Family::kState, holding.row_key,
                     store::EncodeStateRow({holding.row.own, holding.row.previous, value})});
    edits.push_back(
        {store::Family::kVersions,
         store::VersionKey(holding.row.own.flush, transfers::kBalances.id, holding.key, Height(holding.row.own.height)),
         store::EncodeVersion({holding.row.previous, value})});
  }

  absl::Status MoveAUnit() {
    const std::string copy = subject_.directory + "/tampered";
    std::error_code error;
    std::filesystem::copy(Data(), copy, std::filesystem::copy_options::recursive, error);
    if (error) return absl::InternalError(absl::StrCat(copy, ": ", error.message()));
    std::vector<store::RowEdit> edits;
    {
      CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store, Open());
      CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<Holding> holdings, Holdings(*store));
      const Amount one = Amount::FromMinor(1);
      transfers::Balance giver = holdings[0].balance, taker = holdings[1].balance;
      giver.total = *Subtract(giver.total, one);
      giver.free = *Subtract(giver.free, one);
      taker.total = *Add(taker.total, one);
      taker.free = *Add(taker.free, one);
      Rewrite(holdings[0], giver, edits);
      Rewrite(holdings[1], taker, edits);
    }
    CAUSEWAY_RETURN_IF_ERROR(store::RewriteRows(copy, edits));
    CAUSEWAY_ASSIGN_OR_RETURN(const audit::ReplayResult result,
                              audit::ReplayDirectory(copy, genesis_, *registry_, options_));
    if (result.verified || result.findings.empty())
      return absl::DataLossError("a copy in which the smallest part of a unit moved was verified");
    narrator_.Say(
        "a copy of node-1's data in which the smallest part of one unit moved, all checksums valid, is refused:");
    narrator_.Say(absl::StrCat("  ", result.findings.front().ToString()));
    std::filesystem::remove_all(copy, error);
    return absl::OkStatus();
  }

  const AuditSubject& subject_;
  Narrator& narrator_;
  Summary& summary_;
  const std::unique_ptr<execution::Registry> registry_;
  v1::Genesis genesis_;
  audit::ReplayOptions options_;
};

}  // namespace

absl::Status TellAudit(const AuditSubject& subject, Narrator& narrator, Summary& summary) {
  return AuditStory(subject, narrator, summary).Tell();
}

}  // namespace causeway::demo
