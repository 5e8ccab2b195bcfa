// SPDX-License-Identifier: Apache-2.0
#include "tests/audit/forger.h"

#include "absl/strings/str_cat.h"

#include "causeway/v1/policy.pb.h"
#include "contracts/dealing/dealing.h"
#include "contracts/policy/policy.h"
#include "contracts/transfers/tables.h"
#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/chain/block.h"
#include "ledger/codec/encode.h"
#include "ledger/execution/system_tables.h"
#include "ledger/merkle/history_tree.h"
#include "ledger/store/store.h"

namespace causeway::testing {
namespace {

using store::Family;

std::string KeyText(absl::string_view key) {
  return absl::StrCat("key ", BytesToHex(key));
}

v1::Decision DecisionIn(const v1::StoredRestrictedRecord& stored) {
  return *codec::ParseTrusted<v1::Decision>(stored.record());
}

}  // namespace

Forger::Forger(const LedgerWorld& world, const std::string& node) : world_(world) {
  store::OpenOptions options;
  options.read_only = true;
  const auto store = store::Store::Open(node, options);
  CAUSEWAY_CHECK(store.ok(), store.status().ToString());
  for (const Family family : store::AllFamilies()) {
    const absl::Status scanned = (*store)->ScanRows(family, "", [&](absl::string_view key, absl::string_view value) {
      rows_[family].emplace_back(key, value);
      return true;
    });
    CAUSEWAY_CHECK(scanned.ok());
  }
}

std::vector<std::pair<std::string, std::function<Forgery()>>> Forger::Kinds() {
  return {
      {"balance", [this] { return Balance(); }},
      {"old balance", [this] { return OldBalance(); }},
      {"order", [this] { return Order(); }},
      {"model", [this] { return ModelThreshold(); }},
      {"open case", [this] { return OpenCase(); }},
      {"old case", [this] { return OldCase(); }},
      {"forgotten version", [this] { return ForgottenVersion(); }},
      {"invented account", [this] { return InventedAccount(); }},
      {"used id", [this] { return ConsumedId(); }},
      {"receipt", [this] { return Receipt(); }},
      {"result", [this] { return Result(); }},
      {"hash of a decision", [this] { return HashOfDecision(); }},
      {"score", [this] { return Score(); }},
      {"contribution", [this] { return Contribution(); }},
      {"verdict", [this] { return VerdictOfACase(); }},
      {"deleted decision", [this] { return DeletedDecision(); }},
      {"decision with its trail", [this] { return DecisionWithItsTrail(); }},
      {"decision with its block", [this] { return DecisionWithItsBlock(); }},
      {"block", [this] { return Block(); }},
      {"certificate", [this] { return Certificate(); }},
      {"index", [this] { return Index(); }},
      {"history", [this] { return History(); }},
  };
}

const Forger::Rows::value_type& Forger::AnyRow(Family family, std::optional<state::TableId> table) {
  std::vector<const Rows::value_type*> of_table;
  for (const auto& row : rows_.at(family)) {
    const auto version = family == Family::kVersions ? store::ParseVersionKey(row.first) : std::nullopt;
    const auto key = version ? std::make_optional(version->key) : store::ParseStateRowKey(row.first);
    if (!table || key->table == *table) of_table.push_back(&row);
  }
  CAUSEWAY_CHECK(!of_table.empty(), store::FamilyName(family));
  return *of_table[random_() % of_table.size()];
}

std::string Forger::Row(Family family, const std::string& key) const {
  for (const auto& [at, value] : rows_.at(family)) {
    if (at == key) return value;
  }
  CAUSEWAY_CHECK(false, store::FamilyName(family), " ", store::DescribeKey(family, key));
  return "";
}

std::string Forger::WithABitTurned(std::string bytes) {
  const uint64_t bit = random_() % (bytes.size() * 8);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
  return bytes;
}

// --- The state, and what it was ---

Forgery Forger::InStateAndVersion(state::TableId table, const std::string& name,
                                  const std::function<std::string(absl::string_view)>& change) {
  const auto& [key, bytes] = AnyRow(Family::kState, table);
  const store::StateRowValue row = *store::ParseStateRow(bytes);
  const std::string value = change(row.value);
  const state::StateKeyRef state_key = *store::ParseStateRowKey(key);
  const std::string version_key =
      store::VersionKey(row.own.flush, state_key.table, state_key.key, Height(row.own.height));
  return {{{Family::kState, key, store::EncodeStateRow({row.own, row.previous, value})},
           {Family::kVersions, version_key, store::EncodeVersion({row.previous, value})}},
          "state",
          KeyText(state_key.key),
          row.own.height,
          name};
}

Forgery Forger::InVersions(state::TableId table, const std::string& name,
                           const std::function<std::string(absl::string_view)>& change) {
  const auto& [key, bytes] = AnyRow(Family::kVersions, table);
  const store::VersionValue version = *store::ParseVersion(bytes);
  const store::VersionRow row = *store::ParseVersionKey(key);
  // What was erased is there again.
  const std::string value = change(version.value ? *version.value : absl::string_view());
  return {{{Family::kVersions, key, store::EncodeVersion({version.previous, value})}},
          "versions",
          KeyText(row.key.key),
          row.height,
          name};
}

// More money in an account.
Forgery Forger::Balance() {
  return InStateAndVersion(transfers::kBalances.id, "balances", [&](absl::string_view value) {
    auto balance = *state::DecodeRecord<transfers::Balance>(value);
    balance.total = Amount::FromMinor(static_cast<int64_t>(random_() % 1'000'000'000'000));
    balance.free = balance.total;
    return state::EncodeRecord(balance);
  });
}

// What an account held at some height.
Forgery Forger::OldBalance() {
  return InVersions(transfers::kBalances.id, "balances", [&](absl::string_view value) {
    return value.empty() ? std::string(80, '\1') : WithABitTurned(std::string(value));
  });
}

// An order as it stood.
Forgery Forger::Order() {
  return InVersions(dealing::kOrders.id, "orders", [&](absl::string_view value) {
    v1::Order order = *codec::ParseTrusted<v1::Order>(value);
    order.set_order_reference(absl::StrCat("FORGED-", random_() % 1000));
    return order.SerializeAsString();
  });
}

// A model that would have held nothing.
Forgery Forger::ModelThreshold() {
  return InStateAndVersion(policy::kModelTrees.id, "model_trees", [&](absl::string_view value) {
    v1::Model model = *codec::ParseTrusted<v1::Model>(value);
    model.set_theta_hold(model.theta_hold() + 1 + static_cast<int64_t>(random_() % 1000));
    return codec::SerializeCanonical(model);
  });
}

// A case that waits longer, or of which somebody else is the initiator.
Forgery Forger::OpenCase() {
  return InStateAndVersion(policy::kCases.id, "cases", [&](absl::string_view value) {
    v1::Case record = *codec::ParseTrusted<v1::Case>(value);
    if (random_() % 2 == 0) {
      record.set_expires_us(record.expires_us() + 1 + random_() % 1'000'000);
    } else {
      record.mutable_initiators()->RemoveLast();
    }
    return codec::SerializeCanonical(record);
  });
}

// A case as it stood, or one that had been decided and waits again.
Forgery Forger::OldCase() {
  return InVersions(policy::kCases.id, "cases", [&](absl::string_view value) {
    v1::Case record = *codec::ParseTrusted<v1::Case>(value);
    record.set_held_since_us(record.held_since_us() + 1 + random_() % 1'000'000);
    return codec::SerializeCanonical(record);
  });
}

// Takes a version out of the history.
Forgery Forger::ForgottenVersion() {
  const std::string& key = AnyRow(Family::kVersions).first;
  const store::VersionRow row = *store::ParseVersionKey(key);
  std::string table = absl::StrCat("table ", row.key.table);
  for (const state::TableInfo& info : execution::AllTables(world_.registry())) {
    if (info.id == row.key.table) table = info.name;
  }
  return {{{Family::kVersions, key, std::nullopt}}, "versions", KeyText(row.key.key), row.height, table};
}

// An account that was never opened, out of nothing.
Forgery Forger::InventedAccount() {
  const auto& [key, bytes] = AnyRow(Family::kState, transfers::kBalances.id);
  const store::StateRowValue row = *store::ParseStateRow(bytes);
  const state::StateKeyRef state_key = *store::ParseStateRowKey(key);
  std::string other(state_key.key);
  other[0] = static_cast<char>(other[0] ^ 1);
  return {{{Family::kState, store::StateRowKey(state_key.table, other), bytes}},
          "state",
          KeyText(other),
          row.own.height,
          "balances"};
}

// An id that could be used again.
Forgery Forger::ConsumedId() {
  const auto& [key, value] = AnyRow(Family::kFlat);
  v1::FlatEntry entry = *codec::ParseTrusted<v1::FlatEntry>(value);
  entry.set_value(entry.has_value() ? WithABitTurned(entry.value()) : "back again");
  const state::StateKeyRef row = *store::ParseStateRowKey(key);
  return {{{Family::kFlat, key, codec::SerializeCanonical(entry)}},
          "flat",
          KeyText(row.key),
          entry.last_change_height(),
          row.table == 1 ? "consumed_ids" : "consumed_id_minutes"};
}

// --- What became of transactions ---

Forgery Forger::Receipt() {
  const auto& [key, bytes] = AnyRow(Family::kReceipts);
  const store::Place place = *store::ParseReceiptKey(key);
  std::string forged;
  if (place.lane == store::Lane::kTransaction) {
    v1::Receipt receipt = *codec::ParseTrusted<v1::Receipt>(bytes);
    receipt.set_operations_root(WithABitTurned(receipt.operations_root()));
    forged = codec::SerializeCanonical(receipt);
  } else {
    v1::SystemReceipt receipt = *codec::ParseTrusted<v1::SystemReceipt>(bytes);
    receipt.set_due_us(receipt.due_us() + 1);
    forged = codec::SerializeCanonical(receipt);
  }
  return {{{Family::kReceipts, key, forged}},
          "receipts",
          store::DescribeKey(Family::kReceipts, key),
          place.height.value(),
          ""};
}

// A refusal becomes an application, and the other way round.
Forgery Forger::Result() {
  const auto& [key, bytes] = AnyRow(Family::kResults);
  v1::OperationResult result = *codec::ParseTrusted<v1::OperationResult>(bytes);
  result.set_status(result.status() == v1::OPERATION_STATUS_APPLIED ? v1::OPERATION_STATUS_REFUSED
                                                                    : v1::OPERATION_STATUS_APPLIED);
  return {{{Family::kResults, key, codec::SerializeCanonical(result)}},
          "results",
          store::DescribeKey(Family::kResults, key),
          store::ParseResultKey(key)->receipt.height.value(),
          ""};
}

// A result that points at another decision, or at none.
Forgery Forger::HashOfDecision() {
  const auto stored = *codec::ParseTrusted<v1::StoredRestrictedRecord>(AnyRow(Family::kRestricted).second);
  const store::ResultPlace place{
      {Height(stored.place().height()), static_cast<store::Lane>(stored.place().lane()), stored.place().index()},
      stored.operation()};
  const std::string key = store::ResultKey(place);
  v1::OperationResult result = *codec::ParseTrusted<v1::OperationResult>(Row(Family::kResults, key));
  if (random_() % 2 == 0) {
    result.set_restricted_hashes(0, WithABitTurned(result.restricted_hashes(0)));
  } else {
    result.clear_restricted_hashes();
  }
  return {{{Family::kResults, key, codec::SerializeCanonical(result)}},
          "results",
          store::DescribeKey(Family::kResults, key),
          stored.place().height(),
          ""};
}

// --- Decisions ---

Forgery Forger::ChangedDecision(const std::function<bool(v1::Decision&)>& change) {
  while (true) {
    const auto& [key, bytes] = AnyRow(Family::kRestricted);
    auto stored = *codec::ParseTrusted<v1::StoredRestrictedRecord>(bytes);
    v1::Decision decision = DecisionIn(stored);
    if (!change(decision)) continue;
    stored.set_record(codec::SerializeCanonical(decision));
    return {{{Family::kRestricted, key, codec::SerializeCanonical(stored)}},
            "restricted",
            store::DescribeKey(Family::kRestricted, key),
            stored.place().height(),
            ""};
  }
}

// A lower score than the model gave.
Forgery Forger::Score() {
  return ChangedDecision([&](v1::Decision& decision) {
    decision.set_score(decision.score() - 1 - static_cast<int64_t>(random_() % 1'000'000));
    return true;
  });
}

// Another reason why: what one input added goes to another one, so that the sum is right.
Forgery Forger::Contribution() {
  return ChangedDecision([](v1::Decision& decision) {
    if (decision.contribution_divisor() == 0) return false;
    const std::string first = decision.inputs(0).contribution();
    if (first == decision.inputs(1).contribution()) return false;
    decision.mutable_inputs(0)->set_contribution(decision.inputs(1).contribution());
    decision.mutable_inputs(1)->set_contribution(first);
    return true;
  });
}

// What was held or denied had been allowed.
Forgery Forger::VerdictOfACase() {
  return ChangedDecision([](v1::Decision& decision) {
    if (decision.verdict() == v1::POLICY_VERDICT_ALLOW) return false;
    decision.set_verdict(v1::POLICY_VERDICT_ALLOW);
    return true;
  });
}

Forgery Forger::DeletedDecision() {
  const auto& [key, bytes] = AnyRow(Family::kRestricted);
  const auto stored = *codec::ParseTrusted<v1::StoredRestrictedRecord>(bytes);
  return {{{Family::kRestricted, key, std::nullopt}},
          "restricted",
          store::DescribeKey(Family::kRestricted, key),
          stored.place().height(),
          ""};
}

Forger::Trail Forger::ForgeTrail() {
  const auto& [old_key, bytes] = AnyRow(Family::kRestricted);
  Trail trail;
  trail.stored = *codec::ParseTrusted<v1::StoredRestrictedRecord>(bytes);
  v1::Decision decision = DecisionIn(trail.stored);
  decision.set_score(decision.score() - 1);
  trail.stored.set_record(codec::SerializeCanonical(decision));
  const store::Place place{Height(trail.stored.place().height()), store::Lane::kTransaction,
                           trail.stored.place().index()};
  const std::string receipt_key = store::ReceiptKey(place);
  v1::Receipt receipt = *codec::ParseTrusted<v1::Receipt>(Row(Family::kReceipts, receipt_key));

  std::vector<Hash> leaves;
  for (uint32_t i = 0; i < receipt.count(); ++i) {
    const std::string result_key = store::ResultKey({place, i});
    v1::OperationResult result = *codec::ParseTrusted<v1::OperationResult>(Row(Family::kResults, result_key));
    for (int j = 0; j < result.restricted_hashes_size(); ++j) {
      if (result.restricted_hashes(j) != old_key) continue;
      trail.key = world_
                      .SaltedHash(*Hash::FromBytes(receipt.transaction_id()), i, static_cast<uint32_t>(j),
                                  trail.stored.record())
                      .ToString();
      result.set_restricted_hashes(j, trail.key);
      trail.edits.push_back({Family::kResults, result_key, codec::SerializeCanonical(result)});
    }
    leaves.push_back(merkle::HistoryLeafHash(codec::SerializeCanonical(result)));
  }
  CAUSEWAY_CHECK(!trail.key.empty());
  trail.edits.push_back({Family::kRestricted, old_key, std::nullopt});
  trail.edits.push_back({Family::kRestricted, trail.key, codec::SerializeCanonical(trail.stored)});
  receipt.set_operations_root(merkle::HistoryRootOf(leaves).ToString());
  const std::string forged_receipt = codec::SerializeCanonical(receipt);
  trail.edits.push_back({Family::kReceipts, receipt_key, forged_receipt});

  // The leaf of the receipt, and the complete nodes above it.
  const uint64_t leaf = world_.blocks()[place.height.value() - 1]->block.header().history_size() + 1 + place.index;
  for (const auto& [key, value] : rows_.at(Family::kHistory)) trail.history[key] = value;
  trail.history[store::HistoryKey(0, leaf)] = merkle::HistoryLeafHash(forged_receipt).ToString();
  for (uint32_t level = 1; trail.history.contains(store::HistoryKey(level, leaf >> level)); ++level) {
    const uint64_t child = (leaf >> level) * 2;
    const auto node = [&](uint64_t index) {
      return *Hash::FromBytes(trail.history.at(store::HistoryKey(level - 1, index)));
    };
    trail.history[store::HistoryKey(level, leaf >> level)] =
        merkle::HistoryNodeHash(node(child), node(child + 1)).ToString();
  }
  for (const auto& [key, value] : rows_.at(Family::kHistory)) {
    if (trail.history[key] != value) trail.edits.push_back({Family::kHistory, key, trail.history[key]});
  }
  CAUSEWAY_CHECK(trail.history.size() == rows_.at(Family::kHistory).size());
  return trail;
}

Forgery Forger::DecisionWithItsTrail() {
  Trail trail = ForgeTrail();
  return {std::move(trail.edits), "restricted", store::DescribeKey(Family::kRestricted, trail.key),
          trail.stored.place().height(), ""};
}

// And the header that commits to it, signed by the one key.
Forgery Forger::DecisionWithItsBlock() {
  Trail trail = ForgeTrail();
  const uint64_t height = trail.stored.place().height();
  const std::string key = store::HeightKey(Height(height));
  v1::Block block = world_.blocks()[height]->block;
  std::vector<Hash> leaves;
  for (uint64_t i = 0; i < block.header().history_size(); ++i)
    leaves.push_back(*Hash::FromBytes(trail.history.at(store::HistoryKey(0, i))));
  const std::string root = merkle::HistoryRootOf(leaves).ToString();
  CAUSEWAY_CHECK(root != block.header().history_root());
  block.mutable_header()->set_history_root(root);
  const Hash hash = chain::BlockHash(block.header());
  trail.edits.push_back({Family::kBlocks, key, chain::EncodeBlock(block)});
  trail.edits.push_back({Family::kHeaders, world_.blocks()[height]->hash.ToString(), std::nullopt});
  trail.edits.push_back({Family::kHeaders, hash.ToString(), key});
  trail.edits.push_back({Family::kCertificates, key, world_.FinalizeAs(height, hash, {0}).SerializeAsString()});
  return {std::move(trail.edits), "blocks", store::DescribeKey(Family::kBlocks, key), height, ""};
}

// --- Blocks and what finds them ---

// A finalization by the one key.
Forgery Forger::Certificate() {
  const uint64_t height = 1 + random_() % (world_.blocks().size() - 1);
  const std::string key = store::HeightKey(Height(height));
  const auto signer = static_cast<uint32_t>(random_() % 4);
  v1::Certificate certificate;
  switch (random_() % 3) {
    case 0:  // alone
      certificate = world_.FinalizeAs(height, world_.blocks()[height]->hash, {signer});
      break;
    case 1:  // three times
      certificate = world_.FinalizeAs(height, world_.blocks()[height]->hash, {signer, signer, signer});
      break;
    default:  // in the others' names
      certificate = world_.FinalizeAs(height, world_.blocks()[height]->hash, {signer, signer, signer});
      certificate.clear_signers();
      for (uint32_t i = 0; i < 3; ++i) certificate.add_signers(i);
  }
  return {{{Family::kCertificates, key, certificate.SerializeAsString()}},
          "certificates",
          store::DescribeKey(Family::kCertificates, key),
          height,
          ""};
}

// A block with another content, its header's hash and certificate renewed as far as one key can.
Forgery Forger::Block() {
  const uint64_t height = 1 + random_() % (world_.blocks().size() - 1);
  const std::string key = store::HeightKey(Height(height));
  v1::Block block = world_.blocks()[height]->block;
  if (block.envelopes_size() > 0 && random_() % 2 == 0) {
    block.mutable_envelopes()->RemoveLast();
    std::vector<Hash> leaves;
    for (const std::string& envelope : block.envelopes()) leaves.push_back(merkle::HistoryLeafHash(envelope));
    block.mutable_header()->set_transactions_root(chain::TransactionsRoot(leaves).ToString());
  } else {
    block.mutable_header()->set_state_root(WithABitTurned(block.header().state_root()));
  }
  const Hash hash = chain::BlockHash(block.header());
  return {{{Family::kBlocks, key, chain::EncodeBlock(block)},
           {Family::kHeaders, world_.blocks()[height]->hash.ToString(), std::nullopt},
           {Family::kHeaders, hash.ToString(), key},
           {Family::kCertificates, key, world_.FinalizeAs(height, hash, {0}).SerializeAsString()}},
          "blocks",
          store::DescribeKey(Family::kBlocks, key),
          height,
          ""};
}

// An index that leads elsewhere, or nowhere.
Forgery Forger::Index() {
  if (random_() % 2 == 0) {
    const auto& [key, value] = AnyRow(Family::kTransactions);
    const store::Place place = *store::ParseReceiptKey(value);
    const store::Place other{place.height, place.lane, place.index + 1};
    return {{{Family::kTransactions, key, store::ReceiptKey(other)}},
            "transactions",
            store::DescribeKey(Family::kTransactions, key),
            place.height.value(),
            ""};
  }
  const std::string key = AnyRow(Family::kSubjects).first;
  return {{{Family::kSubjects, key, std::nullopt}},
          "subjects",
          store::DescribeKey(Family::kSubjects, key),
          store::ParseSubjectKey(key)->place.receipt.height.value(),
          ""};
}

// A history that proofs are made of.
Forgery Forger::History() {
  const auto& [key, value] = AnyRow(Family::kHistory);
  // A node is completed by the block whose leaves it ends with.
  absl::string_view rest = absl::string_view(key).substr(1);
  const uint64_t end = (*TakeBigEndian64(rest) + 1) << static_cast<uint8_t>(key[0]);
  uint64_t height = 0;
  while (world_.blocks()[height]->block.header().history_size() < end) ++height;
  return {{{Family::kHistory, key, WithABitTurned(value)}},
          "history",
          store::DescribeKey(Family::kHistory, key),
          height,
          ""};
}

}  // namespace causeway::testing
