// SPDX-License-Identifier: Apache-2.0
// What waits, for how long, and whose turn it is.
#include "node/mempool/mempool.h"

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
  pool.RemoveFinal({held->id});
  EXPECT_FALSE(pool.Contains(held->id));
  EXPECT_EQ(pool.bytes(), 0u);
}

TEST(Mempool, TakesTheSameBytesOnceAndOtherBytesUnderTheSameIdNever) {
  Mempool pool({});
  const Mempool::TransactionPtr first = Make("A", 0);
  EXPECT_TRUE(*pool.Add(first, {}));
  EXPECT_FALSE(*pool.Add(first, {1}));
  chain::Transaction other = *first;
  other.id = crypto::Sha256("other bytes");
  EXPECT_EQ(pool.Add(std::make_shared<const chain::Transaction>(other), {}).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(pool.size(), 1u);
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
  pool.RemoveFinal({Make("A", 0)->id});
  EXPECT_TRUE(pool.Add(Make("C", 0), {}).ok());
}

TEST(Mempool, TellsWhetherAnythingWaits) {
  Mempool pool({});
  std::vector<bool> told;
  pool.OnChange([&](bool waiting) { told.push_back(waiting); });
  ASSERT_TRUE(pool.Add(Make("A", 0), {}).ok());
  pool.RemoveFinal({Make("A", 0)->id});
  EXPECT_THAT(told, ::testing::ElementsAre(true, false));
}

}  // namespace
}  // namespace causeway::mempool
