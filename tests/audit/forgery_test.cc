// SPDX-License-Identifier: Apache-2.0
// A node's data rewritten by somebody who has its disk and its key: rows that are well formed, under valid checksums,
// and with certificates that the one key can sign. Each is refused, and what was rewritten is named: family, key,
// height, and for the state the table.
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "contracts/dealing/dealing.h"
#include "contracts/transfers/tables.h"
#include "ledger/base/bytes.h"
#include "ledger/chain/block.h"
#include "ledger/codec/encode.h"
#include "ledger/store/database.h"
#include "tests/audit/node_copies.h"

namespace causeway::testing {
namespace {

using store::Family;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;

struct Edit {
  Family family;
  std::string key;
  // Nothing: the row is taken away.
  std::optional<std::string> value;
};

struct Forgery {
  std::vector<Edit> edits;
  // What must be named.
  std::string family;
  std::string key;
  uint64_t height;
  std::string table;
};

using Rows = std::vector<std::pair<std::string, std::string>>;

class ForgeryTest : public NodeCopies {
 protected:
  ForgeryTest() : node_(WriteNode("node", true)) {
    store::OpenOptions options;
    options.read_only = true;
    auto store = store::Store::Open(node_, options);
    CAUSEWAY_CHECK(store.ok(), store.status().ToString());
    for (const Family family : store::AllFamilies()) {
      const absl::Status scanned = (*store)->ScanRows(family, "", [&](absl::string_view key, absl::string_view value) {
        rows_[family].emplace_back(key, value);
        return true;
      });
      CAUSEWAY_CHECK(scanned.ok());
    }
  }

  static void Write(const std::string& path, const std::vector<Edit>& edits) {
    auto database =
        store::Database::Open(path + "/rocksdb", store::OpenMode::kReadWrite, rocksdb::Env::Default(), 1 << 20,
                              std::make_unique<store::LogWatch>(std::nullopt, std::map<uint64_t, uint64_t>()));
    ASSERT_THAT(database, IsOk());
    for (const Edit& edit : edits) {
      rocksdb::ColumnFamilyHandle* const handle = (*database)->handle(edit.family);
      const rocksdb::Status status = edit.value ? (*database)->db().Put({}, handle, edit.key, *edit.value)
                                                : (*database)->db().Delete({}, handle, edit.key);
      ASSERT_TRUE(status.ok()) << status.ToString();
    }
    ASSERT_THAT((*database)->Close(), IsOk());
  }

  // Any row of a family, or any of a table in it.
  const std::pair<std::string, std::string>& AnyRow(Family family, std::optional<state::TableId> table = std::nullopt) {
    const Rows& rows = rows_.at(family);
    std::vector<const Rows::value_type*> of_table;
    for (const auto& row : rows) {
      const auto version = family == Family::kVersions ? store::ParseVersionKey(row.first) : std::nullopt;
      const auto key = version ? std::make_optional(version->key) : store::ParseStateRowKey(row.first);
      if (!table || key->table == *table) of_table.push_back(&row);
    }
    CAUSEWAY_CHECK(!of_table.empty(), store::FamilyName(family));
    return *of_table[random_() % of_table.size()];
  }
  std::string Row(Family family, const std::string& key) const {
    for (const auto& [at, value] : rows_.at(family)) {
      if (at == key) return value;
    }
    CAUSEWAY_CHECK(false, store::FamilyName(family), " ", store::DescribeKey(family, key));
    return "";
  }
  static std::string WithABitTurned(std::string bytes, uint64_t random) {
    const uint64_t bit = random % (bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    return bytes;
  }
  static std::string KeyText(absl::string_view key) { return absl::StrCat("key ", BytesToHex(key)); }

  // --- The forgeries ---

  // More money in an account: in the state, and in the version that it repeats.
  Forgery Balance() {
    const auto& [key, bytes] = AnyRow(Family::kState, transfers::kBalances.id);
    const store::StateRowValue row = *store::ParseStateRow(bytes);
    auto balance = *state::DecodeRecord<transfers::Balance>(row.value);
    balance.total = Amount::FromMinor(static_cast<int64_t>(random_() % 1'000'000'000'000));
    balance.free = balance.total;
    const std::string richer = state::EncodeRecord(balance);
    const state::StateKeyRef state_key = *store::ParseStateRowKey(key);
    const std::string version_key =
        store::VersionKey(row.own.flush, state_key.table, state_key.key, Height(row.own.height));
    return {{{Family::kState, key, store::EncodeStateRow({row.own, row.previous, richer})},
             {Family::kVersions, version_key, store::EncodeVersion({row.previous, richer})}},
            "state",
            KeyText(state_key.key),
            row.own.height,
            "balances"};
  }
  // What an account held at some height.
  Forgery OldBalance() {
    const auto& [key, bytes] = AnyRow(Family::kVersions, transfers::kBalances.id);
    const store::VersionValue version = *store::ParseVersion(bytes);
    const store::VersionRow row = *store::ParseVersionKey(key);
    std::optional<std::string> value;
    if (version.value) value = WithABitTurned(std::string(*version.value), random_());
    const std::string forged =
        store::EncodeVersion({version.previous, value ? std::make_optional<absl::string_view>(*value) : std::nullopt});
    // An erasure becomes a holding.
    const std::string changed = value ? forged : store::EncodeVersion({version.previous, std::string(80, '\1')});
    return {{{Family::kVersions, key, changed}}, "versions", KeyText(row.key.key), row.height, "balances"};
  }
  // An order as it stood.
  Forgery Order() {
    const auto& [key, bytes] = AnyRow(Family::kVersions, dealing::kOrders.id);
    const store::VersionValue version = *store::ParseVersion(bytes);
    const store::VersionRow row = *store::ParseVersionKey(key);
    v1::Order order;
    if (version.value) order = *codec::ParseTrusted<v1::Order>(*version.value);
    order.set_order_reference(absl::StrCat("FORGED-", random_() % 1000));
    const std::string forged = order.SerializeAsString();
    return {{{Family::kVersions, key, store::EncodeVersion({version.previous, forged})}},
            "versions",
            KeyText(row.key.key),
            row.height,
            "orders"};
  }
  // Takes a version out of the history.
  Forgery Forgotten() {
    const auto& [key, bytes] = AnyRow(Family::kVersions);
    const store::VersionRow row = *store::ParseVersionKey(key);
    std::string table = absl::StrCat("table ", row.key.table);
    for (const state::TableInfo& info : execution::AllTables(world().registry())) {
      if (info.id == row.key.table) table = info.name;
    }
    return {{{Family::kVersions, key, std::nullopt}}, "versions", KeyText(row.key.key), row.height, table};
  }
  Forgery Receipt() {
    const auto& [key, bytes] = AnyRow(Family::kReceipts);
    const store::Place place = *store::ParseReceiptKey(key);
    std::string forged;
    if (place.lane == store::Lane::kTransaction) {
      v1::Receipt receipt = *codec::ParseTrusted<v1::Receipt>(bytes);
      receipt.set_operations_root(WithABitTurned(receipt.operations_root(), random_()));
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
  // What became of an operation.
  Forgery Decision() {
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
  // A finalization by the one key.
  Forgery Certificate() {
    const uint64_t height = 1 + random_() % last();
    const std::string key = store::HeightKey(Height(height));
    const auto signer = static_cast<uint32_t>(random_() % 4);
    v1::Certificate certificate;
    switch (random_() % 3) {
      case 0:  // alone
        certificate = world().FinalizeAs(height, world().blocks()[height]->hash, {signer});
        break;
      case 1:  // three times
        certificate = world().FinalizeAs(height, world().blocks()[height]->hash, {signer, signer, signer});
        break;
      default:  // in the others' names
        certificate = world().FinalizeAs(height, world().blocks()[height]->hash, {signer, signer, signer});
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
  Forgery Block() {
    const uint64_t height = 1 + random_() % last();
    const std::string key = store::HeightKey(Height(height));
    v1::Block block = world().blocks()[height]->block;
    if (block.envelopes_size() > 0 && random_() % 2 == 0) {
      block.mutable_envelopes()->RemoveLast();
      std::vector<Hash> leaves;
      for (const std::string& envelope : block.envelopes()) leaves.push_back(merkle::HistoryLeafHash(envelope));
      block.mutable_header()->set_transactions_root(chain::TransactionsRoot(leaves).ToString());
    } else {
      block.mutable_header()->set_state_root(WithABitTurned(block.header().state_root(), random_()));
    }
    const Hash hash = chain::BlockHash(block.header());
    return {{{Family::kBlocks, key, chain::EncodeBlock(block)},
             {Family::kHeaders, world().blocks()[height]->hash.ToString(), std::nullopt},
             {Family::kHeaders, hash.ToString(), key},
             {Family::kCertificates, key, world().FinalizeAs(height, hash, {0}).SerializeAsString()}},
            "blocks",
            store::DescribeKey(Family::kBlocks, key),
            height,
            ""};
  }
  // An index that leads elsewhere, or nowhere.
  Forgery Index() {
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
  Forgery History() {
    const auto& [key, value] = AnyRow(Family::kHistory);
    // A node is completed by the block whose leaves it ends with.
    absl::string_view rest = absl::string_view(key).substr(1);
    const uint64_t end = (*TakeBigEndian64(rest) + 1) << static_cast<uint8_t>(key[0]);
    uint64_t height = 0;
    while (world().blocks()[height]->block.header().history_size() < end) ++height;
    return {{{Family::kHistory, key, WithABitTurned(value, random_())}},
            "history",
            store::DescribeKey(Family::kHistory, key),
            height,
            ""};
  }
  // An id that could be used again.
  Forgery ConsumedId() {
    const auto& [key, value] = AnyRow(Family::kFlat);
    const auto entry = *codec::ParseTrusted<v1::FlatEntry>(value);
    v1::FlatEntry forged = entry;
    if (entry.has_value()) {
      forged.set_value(WithABitTurned(entry.value(), random_()));
    } else {
      forged.set_value("back again");
    }
    const state::StateKeyRef row = *store::ParseStateRowKey(key);
    return {{{Family::kFlat, key, codec::SerializeCanonical(forged)}},
            "flat",
            KeyText(row.key),
            entry.last_change_height(),
            row.table == 1 ? "consumed_ids" : "consumed_id_minutes"};
  }
  // An account that was never opened, out of nothing.
  Forgery Invented() {
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

  const std::string node_;
  std::map<Family, Rows> rows_;
  std::mt19937_64 random_{3};
};

TEST_F(ForgeryTest, WhatOneKeyCanRewriteIsRefusedAndNamed) {
  const std::vector<std::pair<std::string, std::function<Forgery()>>> kinds = {
      {"balance", [&] { return Balance(); }},    {"old balance", [&] { return OldBalance(); }},
      {"order", [&] { return Order(); }},        {"forgotten version", [&] { return Forgotten(); }},
      {"receipt", [&] { return Receipt(); }},    {"decision", [&] { return Decision(); }},
      {"block", [&] { return Block(); }},        {"certificate", [&] { return Certificate(); }},
      {"index", [&] { return Index(); }},        {"history", [&] { return History(); }},
      {"used id", [&] { return ConsumedId(); }}, {"invented", [&] { return Invented(); }},
  };
  for (int i = 0; i < Copies(204); ++i) {
    const auto& [kind, make] = kinds[static_cast<size_t>(i) % kinds.size()];
    const Forgery forgery = make();
    SCOPED_TRACE(absl::StrCat(i, ": ", kind, " ", forgery.key));
    const std::string copy = Copy(node_);
    ASSERT_NO_FATAL_FAILURE(Write(copy, forgery.edits));
    const auto result = Replay(copy);
    ASSERT_THAT(result, IsOk());
    EXPECT_FALSE(result->verified);
    EXPECT_THAT(result->findings,
                Contains(AllOf(Field(&audit::Finding::family, forgery.family), Field(&audit::Finding::key, forgery.key),
                               Field(&audit::Finding::height, std::optional<uint64_t>(forgery.height)),
                               Field(&audit::Finding::table, forgery.table))))
        << Joined(result->findings);
  }
}

// A block that everything follows from, and that only one validator has signed.
TEST_F(ForgeryTest, TheLastBlockNeedsAQuorum) {
  const auto forged = [&](const std::vector<uint32_t>& signers) {
    const auto finalize = [&](uint64_t height) {
      return height == last() ? world().FinalizeAs(height, world().blocks().back()->hash, signers)
                              : world().Finalize(height);
    };
    return Replay(WriteNode(absl::StrCat("signed-by-", signers.size()), true, world().blocks(), finalize));
  };
  const auto alone = forged({3});
  ASSERT_THAT(alone, IsOk());
  EXPECT_THAT(alone->findings, Contains(AllOf(Field(&audit::Finding::family, "certificates"),
                                              Field(&audit::Finding::height, std::optional<uint64_t>(last())))));
  const auto quorum = forged({0, 1, 3});
  ASSERT_THAT(quorum, IsOk());
  EXPECT_TRUE(quorum->verified) << Joined(quorum->findings);
  EXPECT_EQ(quorum->height, last());
}

}  // namespace
}  // namespace causeway::testing
