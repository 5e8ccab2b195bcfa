// SPDX-License-Identifier: Apache-2.0
// Final blocks and what belongs to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/store/store.h"
#include "tests/unit/ledger/store/small_store.h"

namespace causeway::store {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class BlocksTest : public SmallStore {};

TEST_F(BlocksTest, AreReadAsTheyWereWritten) {
  WriteUpTo(3);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(*store_->GetBlock(Height(2)), "block 2");
    EXPECT_EQ(*store_->FindHeader(HeaderHash(2)), Height(2));
    EXPECT_EQ(*store_->GetCertificate(Height(2)), "certificate 2");
    EXPECT_EQ(*store_->GetReceipt({Height(2), Lane::kTransaction, 0}), "receipt 2");
    EXPECT_EQ(*store_->GetReceipt({Height(2), Lane::kDueWork, 0}), "due receipt 2");
    EXPECT_EQ(*store_->GetResult({{Height(2), Lane::kTransaction, 0}, 1}), "result 2.1");
    EXPECT_THAT(*store_->GetResults({Height(2), Lane::kTransaction, 0}), ElementsAre("result 2.0", "result 2.1"));
    EXPECT_THAT(*store_->GetReceipts(Height(2), Lane::kDueWork), ElementsAre("due receipt 2"));
    EXPECT_EQ(*store_->FindTransaction(TransactionId(2)), (Place{Height(2), Lane::kTransaction, 0}));
    EXPECT_EQ(*store_->GetHistoryNode(0, 2), crypto::Sha256("node 2"));
    const auto restricted = store_->GetRestricted(crypto::Sha256("salted 2"));
    ASSERT_THAT(restricted, IsOk());
    EXPECT_EQ(restricted->record(), "record");
    EXPECT_EQ(restricted->place().height(), 2u);
    EXPECT_EQ(restricted->operation(), 1u);
    ASSERT_THAT(store_->Close(), IsOk());
    ASSERT_THAT(Reopen(), IsOk());
  }
}

TEST_F(BlocksTest, WhatIsNotThereIsNotFound) {
  WriteUpTo(1);
  EXPECT_THAT(store_->GetBlock(Height(2)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->FindHeader(HeaderHash(2)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetReceipt({Height(1), Lane::kTransaction, 1}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetResults({Height(1), Lane::kTransaction, 1}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetReceipts(Height(2), Lane::kTransaction), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->FindTransaction(TransactionId(2)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetHistoryNode(0, 2), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetRestricted(crypto::Sha256("salted 2")), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(BlocksTest, AreWrittenOnceInOrderEachTheParentOfTheNext) {
  const auto refused = [&](const FinalBlock& block) {
    EXPECT_THAT(store_->WriteFinal(block, ""), StatusIs(absl::StatusCode::kInvalidArgument));
  };
  refused(BlockOf(1));
  WriteUpTo(2);
  refused(BlockOf(2));
  refused(BlockOf(4));
  FinalBlock stranger = BlockOf(3);
  stranger.parent_hash = HeaderHash(1);
  refused(stranger);
  refused(BlockOf(3, /*certified=*/false));
  EXPECT_THAT(store_->WriteFinal(std::vector<FinalBlock>(), ""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(store_->final(), Height(2));

  EXPECT_THAT(store_->WriteFinal({BlockOf(3, false), BlockOf(5)}, ""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->WriteFinal({BlockOf(3, false), BlockOf(4, false), BlockOf(5)}, "five"), IsOk());
  EXPECT_EQ(store_->final(), Height(5));
  EXPECT_EQ(*store_->Floor(), "five");
}

TEST_F(BlocksTest, AnAncestorIsFinalThroughTheCertificateAboveIt) {
  WriteUpTo(1);
  ASSERT_THAT(store_->WriteFinal({BlockOf(2, false), BlockOf(3, false), BlockOf(4)}, ""), IsOk());
  WriteUpTo(5);
  EXPECT_THAT(store_->GetCertificate(Height(2)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(store_->FindCertificateFrom(Height(2))->height, Height(4));
  EXPECT_EQ(store_->FindCertificateFrom(Height(4))->certificate, "certificate 4");
  EXPECT_EQ(store_->LastCertificate()->height, Height(5));
  EXPECT_THAT(store_->FindCertificateFrom(Height(6)), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(BlocksTest, SubjectsListTheirResultsOldestFirst) {
  WriteUpTo(4);
  const auto heights = [&](std::optional<ResultPlace> from, size_t limit) {
    std::vector<uint64_t> found;
    EXPECT_THAT(store_->ScanSubject(Subject("all"), from,
                                    [&](const ResultPlace& place) {
                                      found.push_back(place.receipt.height.value());
                                      return found.size() < limit;
                                    }),
                IsOk());
    return found;
  };
  EXPECT_THAT(heights(std::nullopt, 99), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(heights(std::nullopt, 2), ElementsAre(0, 1));
  EXPECT_THAT(heights(ResultPlace{{Height(2), Lane::kTransaction, 0}, 0}, 99), ElementsAre(2, 3, 4));
  EXPECT_THAT(heights(ResultPlace{{Height(2), Lane::kTransaction, 0}, 1}, 99), ElementsAre(3, 4));

  std::vector<std::string> subjects;
  EXPECT_THAT(store_->ScanSubjects("",
                                   [&](absl::string_view subject, const ResultPlace&) {
                                     subjects.emplace_back(subject);
                                     return true;
                                   }),
              IsOk());
  EXPECT_THAT(subjects, SizeIs(10));
  EXPECT_TRUE(std::is_sorted(subjects.begin(), subjects.end()));
}

TEST_F(BlocksTest, ABlockThatIsMissingBelowTheFinalOneIsDataLoss) {
  WriteUpTo(2);
  EXPECT_THAT(store_->GetBlock(Height(3)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(*store_->GetRow(Family::kBlocks, HeightKey(Height(2))), "block 2");
  EXPECT_EQ(*store_->GetRow(Family::kBlocks, HeightKey(Height(3))), std::nullopt);
  EXPECT_GT(store_->disk_bytes() + 1, 0u);
}

}  // namespace
}  // namespace causeway::store
