// SPDX-License-Identifier: Apache-2.0
// What waits, for how long, and whose turn it is.
#include "node/mempool/mempool.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "ledger/crypto/sha256.h"

namespace causeway::mempool {
namespace {

constexpr Instant kExpiry = Instant::FromMicros(1'000'000);

// What a pool looks at of a transaction; its envelope is `bytes` long.
Mempool::TransactionPtr Make(const std::string& party, int number, size_t bytes = 100, Instant valid_until = kExpiry) {
  const std::string name = absl::StrCat(party, "/", number);
  const Hash id = crypto::Sha256(name);
  v1::Body body;
  body.set_party(party);
  body.add_operations();
  return std::make_shared<const chain::Transaction>(
      chain::Transaction{std::string(bytes, 'x'),
                         id,
                         id,
                         body,
                         *ClientTransactionId::FromBytes(id.bytes().substr(0, 16)),
                         valid_until,
                         {},
                         {}});
}

std::vector<Hash> IdsOf(const std::vector<Mempool::TransactionPtr>& transactions) {
  std::vector<Hash> ids;
  for (const auto& transaction : transactions) ids.push_back(transaction->id);
  return ids;
}

// Another transaction under the same id.
Mempool::TransactionPtr OtherBytes(const chain::Transaction& transaction) {
  chain::Transaction other = transaction;
  other.id = crypto::Sha256(transaction.id.bytes());
  return std::make_shared<const chain::Transaction>(std::move(other));
}

bool SkipNone(const Hash&) {
  return false;
}

TEST(Mempool, OffersPartiesInTurnAndEachInItsOrder) {
  Mempool pool({});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.Add(Make("A", i), {}).ok());
  ASSERT_TRUE(pool.Add(Make("B", 0), {}).ok());
  EXPECT_THAT(IdsOf(pool.Candidates(1 << 20, 100, SkipNone)),
              ::testing::ElementsAre(Make("A", 0)->id, Make("B", 0)->id, Make("A", 1)->id, Make("A", 2)->id));
}

TEST(Mempool, OffersNoMoreThanTheLimitsAskFor) {
  Mempool pool({});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pool.Add(Make("A", i), {}).ok());
  EXPECT_EQ(pool.Candidates(1 << 20, 4, SkipNone).size(), 4u);
  EXPECT_EQ(pool.Candidates(250, 100, SkipNone).size(), 3u);
}

TEST(Mempool, LeavesOutWhatABlockHoldsAlreadyAndKeepsItUntilThatIsFinal) {
  Mempool pool({});
  const Mempool::TransactionPtr held = Make("A", 0);
  ASSERT_TRUE(pool.Add(held, {}).ok());
  EXPECT_TRUE(pool.Candidates(1 << 20, 100, [&](const Hash& id) { return id == held->id; }).empty());
  EXPECT_TRUE(pool.Contains(held->id));
  pool.RemoveFinal({held});
  EXPECT_FALSE(pool.Contains(held->id));
  EXPECT_EQ(pool.bytes(), 0u);
}

TEST(Mempool, TakesTheSameBytesOnceAndOtherBytesUnderTheSameIdNever) {
  Mempool pool({});
  const Mempool::TransactionPtr first = Make("A", 0);
  EXPECT_TRUE(*pool.Add(first, {}));
  EXPECT_FALSE(*pool.Add(first, {1}));
  EXPECT_EQ(pool.Add(OtherBytes(*first), {}).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(pool.size(), 1u);
}

TEST(Mempool, DropsWhatWaitsUnderAnIdThatOtherBytesHaveUsedUp) {
  Mempool pool({});
  const Mempool::TransactionPtr waits = Make("A", 0);
  ASSERT_TRUE(pool.Add(waits, {}).ok());
  ASSERT_TRUE(pool.Add(Make("A", 1), {}).ok());
  std::vector<bool> told;
  pool.OnChange([&](bool waiting) { told.push_back(waiting); });
  pool.RemoveFinal({OtherBytes(*waits)});
  EXPECT_FALSE(pool.Contains(waits->id));
  EXPECT_EQ(pool.size(), 1u);
  // Another party's id is another id, whatever its bytes are.
  chain::Transaction foreign = *OtherBytes(*Make("A", 1));
  foreign.body.set_party("B");
  pool.RemoveFinal({std::make_shared<const chain::Transaction>(foreign)});
  EXPECT_EQ(pool.size(), 1u);
  pool.RemoveFinal({OtherBytes(*Make("A", 1))});
  EXPECT_EQ(pool.bytes(), 0u);
  EXPECT_THAT(told, ::testing::ElementsAre(true, true, false));
}

// Against a model that keeps a list and obeys the rules by looking through all of it.
TEST(Mempool, KeepsWhatAListWouldKeep) {
  std::mt19937 random(7);
  const auto below = [&](uint32_t n) { return static_cast<int>(random() % n); };
  Mempool pool({});
  std::vector<Mempool::TransactionPtr> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::string party(1, static_cast<char>('A' + below(3)));
    Mempool::TransactionPtr one =
        Make(party, below(12), 50 + static_cast<size_t>(below(100)), Instant::FromMicros(1 + uint64_t(below(50))));
    if (below(2) == 0) one = OtherBytes(*one);
    const auto same_id = [&](const auto& other) {
      return other->party() == one->party() && other->client_id == one->client_id;
    };
    const auto held = std::find_if(model.begin(), model.end(), same_id);
    switch (below(4)) {
      case 0:
        pool.RemoveFinal({one});
        std::erase_if(model, same_id);
        break;
      case 1:
        if (const Instant now = Instant::FromMicros(uint64_t(below(10))); below(4) == 0) {
          pool.RemoveExpired(now);
          std::erase_if(model, [&](const auto& other) { return other->valid_until < now; });
        }
        break;
      default:
        const absl::StatusOr<bool> added = pool.Add(one, {});
        const bool other_waits = held != model.end() && (*held)->id != one->id;
        ASSERT_EQ(added.status().code(), other_waits ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kOk);
        if (added.ok()) ASSERT_EQ(*added, held == model.end());
        if (held == model.end()) model.push_back(one);
    }
    uint64_t bytes = 0;
    for (const auto& transaction : model) bytes += transaction->envelope.size();
    ASSERT_EQ(pool.bytes(), bytes);
    ASSERT_THAT(IdsOf(pool.Candidates(1 << 20, 1'000, SkipNone)), ::testing::UnorderedElementsAreArray(IdsOf(model)));
  }
}

TEST(Mempool, DropsWhatCanNoLongerBeInABlock) {
  Mempool pool({});
  ASSERT_TRUE(pool.Add(Make("A", 0, 100, Instant::FromMicros(10)), {}).ok());
  ASSERT_TRUE(pool.Add(Make("A", 1, 100, Instant::FromMicros(20)), {}).ok());
  EXPECT_TRUE(pool.RemoveExpired(Instant::FromMicros(10)).empty());  // valid at its last instant
  EXPECT_THAT(pool.RemoveExpired(Instant::FromMicros(11)), ::testing::ElementsAre(Make("A", 0)->id));
  EXPECT_EQ(pool.size(), 1u);
}

TEST(Mempool, APeerFillsItsShareAndNoMore) {
  Mempool pool({.bytes_max = 1'000, .transactions_max = 1'000, .validators = 4});
  ASSERT_TRUE(pool.Add(Make("A", 0, 250), {2}).ok());
  const absl::Status refused = pool.Add(Make("A", 1, 1), {2}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("validator 2"));
  EXPECT_TRUE(pool.Add(Make("A", 2, 250), {3}).ok());
}

TEST(Mempool, InACrowdedPoolAPartyKeepsToAQuarter) {
  Mempool pool({.bytes_max = 1'000, .transactions_max = 1'000, .validators = 1});
  ASSERT_TRUE(pool.Add(Make("A", 0, 600), {}).ok());
  EXPECT_EQ(pool.Add(Make("A", 1, 1), {}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(pool.Add(Make("B", 0, 250), {}).ok());
  EXPECT_EQ(pool.Add(Make("B", 1, 1), {}).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(Mempool, AFullPoolSaysSoAndHasRoomAgainWhenSomethingIsFinal) {
  Mempool pool({.bytes_max = 1'000, .transactions_max = 2, .validators = 1});
  ASSERT_TRUE(pool.Add(Make("A", 0), {}).ok());
  ASSERT_TRUE(pool.Add(Make("B", 0), {}).ok());
  EXPECT_EQ(pool.Add(Make("C", 0), {}).status().code(), absl::StatusCode::kResourceExhausted);
  pool.RemoveFinal({Make("A", 0)});
  EXPECT_TRUE(pool.Add(Make("C", 0), {}).ok());
}

TEST(Mempool, TellsWhetherAnythingWaits) {
  Mempool pool({});
  std::vector<bool> told;
  pool.OnChange([&](bool waiting) { told.push_back(waiting); });
  ASSERT_TRUE(pool.Add(Make("A", 0), {}).ok());
  pool.RemoveFinal({Make("A", 0)});
  EXPECT_THAT(told, ::testing::ElementsAre(true, false));
}

}  // namespace
}  // namespace causeway::mempool
