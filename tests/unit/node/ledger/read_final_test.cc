// SPDX-License-Identifier: Apache-2.0
// What a laggard is given: as much as one message holds, ending where a finalization proves it.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "ledger/chain/genesis.h"
#include "ledger/crypto/sha256.h"
#include "node/consensus/messages.h"
#include "node/ledger/node_ledger.h"
#include "tests/support/contract_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace causeway::node_ledger {
namespace {

using consensus::kRangeBlocksMax;
using consensus::kRangeBytes;

class ReadFinalTest : public testing::ContractFixture {
 protected:
  ReadFinalTest() {
    v1::Genesis genesis;
    genesis.set_protocol_version(1);
    genesis.set_name("one validator");
    *genesis.mutable_limits() = chain::DefaultLimits();
    *genesis.mutable_drift() = chain::DefaultDrift();
    genesis.set_confidentiality_key_hash(crypto::Sha256(std::string(32, 'k')).ToString());
    genesis.set_time_us(testing::At("2026-03-02T08:00:00Z").micros());
    v1::Validator& validator = *genesis.add_validators();
    validator.set_name("bank");
    validator.set_operator_(kOperators[0]);
    validator.set_public_key(PrivateKeyFor("validator").public_key().bytes);
    *genesis.add_operations()->mutable_parties()->mutable_register_party() =
        PartyRequest(kOperators[0].substr(0, 9), {v1::PARTY_ROLE_BANK, v1::PARTY_ROLE_OPERATOR});
    auto ledger = NodeLedger::Open({directory_.Path("db"), genesis, std::string(32, 'k')});
    CAUSEWAY_CHECK(ledger.ok(), ledger.status().ToString());
    ledger_ = *std::move(ledger);
    last_hash_ = ledger_->head()->hash;
  }

  // Blocks of this size that became final together. Their content is no matter of whoever reads them.
  void StoreRun(uint64_t blocks, size_t bytes = 10) {
    std::vector<store::FinalBlock> run;
    for (uint64_t i = 0; i < blocks; ++i) {
      const Hash hash = crypto::Sha256(absl::StrCat("block ", ++height_));
      store::FinalBlock block{Height(height_), hash, last_hash_, std::string(bytes, 'b'), {}, {}, {}, std::nullopt};
      last_hash_ = hash;
      if (i + 1 == blocks) {
        const consensus::Subject subject{consensus::VoteKind::kFinalize, Epoch(0), View(height_), View(height_ - 1),
                                         hash};
        block.certificate = consensus::EncodeCertificate({subject, {0}, std::string(64, 's')});
      }
      run.push_back(std::move(block));
    }
    ASSERT_TRUE(ledger_->store().WriteFinal(run, "").ok());
  }

  // How many blocks the answer has, which a peer can take and which ends where its finalization says.
  uint64_t Answered(uint64_t from, uint64_t bytes_max = kRangeBytes) const {
    const absl::StatusOr<consensus::FinalRange> range = ledger_->ReadFinal(Height(from), bytes_max);
    EXPECT_TRUE(range.ok()) << range.status();
    if (!range.ok()) return 0;
    const std::string message =
        consensus::EncodeMessage(consensus::RangeResponseMessage{Height(from), range->blocks, range->finalization});
    const absl::StatusOr<consensus::Message> taken = consensus::DecodeMessage(message);
    EXPECT_TRUE(taken.ok()) << taken.status();
    if (range->finalization) EXPECT_EQ(range->finalization->subject.view, View(from + range->blocks.size() - 1));
    return range->blocks.size();
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<NodeLedger> ledger_;
  uint64_t height_ = 0;
  Hash last_hash_ = Hash::Zero();
};

TEST_F(ReadFinalTest, RunsThatFitTogetherComeTogether) {
  StoreRun(1);
  StoreRun(3);
  StoreRun(2);
  EXPECT_EQ(Answered(1), 6u);
  EXPECT_EQ(Answered(3), 4u);
  EXPECT_EQ(Answered(7), 0u);
  EXPECT_EQ(Answered(1, 1), 1u);
  EXPECT_EQ(Answered(2, 1), 3u) << "a run is not cut";
}

TEST_F(ReadFinalTest, ARunThatWouldExceedThePeersLimitOfBlocksWaits) {
  StoreRun(kRangeBlocksMax / 2 - 1);
  StoreRun(kRangeBlocksMax);
  StoreRun(1);
  EXPECT_EQ(Answered(1), kRangeBlocksMax / 2 - 1);
  EXPECT_EQ(Answered(kRangeBlocksMax / 2), kRangeBlocksMax);
}

TEST_F(ReadFinalTest, ARunThatWouldExceedThePeersLimitOfBytesWaits) {
  StoreRun(1, 7 << 20);
  StoreRun(3, 6 << 20);
  StoreRun(1);
  EXPECT_EQ(Answered(1), 1u);
  EXPECT_EQ(Answered(2), 3u);
  EXPECT_EQ(Answered(3), 2u);
}

TEST_F(ReadFinalTest, ALaggardArrivesWhateverTheRunsAre) {
  for (const uint64_t blocks : {1, 255, 511, 2, 300, 300, 512, 1, 1, 400, 112, 7}) StoreRun(blocks);
  uint64_t at = 1;
  for (int steps = 0; at <= height_; ++steps) {
    ASSERT_LT(steps, 20);
    const uint64_t blocks = Answered(at);
    ASSERT_GT(blocks, 0u) << "at height " << at;
    at += blocks;
  }
}

TEST_F(ReadFinalTest, ARunThatNoMessageHoldsIsSaidToBeOne) {
  StoreRun(kRangeBlocksMax + 1);
  StoreRun(4, 8 << 20);
  EXPECT_THAT(ledger_->ReadFinal(Height(1), kRangeBytes), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(Answered(2), kRangeBlocksMax);
  EXPECT_THAT(ledger_->ReadFinal(Height(kRangeBlocksMax + 2), kRangeBytes),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace causeway::node_ledger
