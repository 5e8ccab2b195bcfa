// SPDX-License-Identifier: Apache-2.0
// Whom a laggard asks for final blocks.
#include "node/consensus/fetcher.h"

#include <gtest/gtest.h>

#include <optional>
#include <variant>

namespace causeway::consensus {
namespace {

class RangeFetch : public ::testing::Test {
 protected:
  static EngineConfig Config() {
    return {.chain_id = Hash::Zero(),
            .epoch = Epoch(0),
            .validators = 4,
            .self = 0,
            .first_block = Hash::Zero(),
            .validators_hash = Hash::Zero()};
  }
  // Who is asked for blocks from this height on, if it is time to ask.
  std::optional<uint32_t> Asked(uint64_t from) {
    Outputs out;
    fetcher_.Begin(now_us_);
    fetcher_.NeedRange(Height(from));
    fetcher_.End(out);
    if (out.empty()) return std::nullopt;
    return std::get<Send>(out[0]).to;
  }
  // The peer's answer for `from` has so many good blocks; who is asked next.
  std::optional<uint32_t> AskedAfter(uint32_t peer, uint64_t from, uint64_t blocks) {
    EXPECT_TRUE(fetcher_.TakeRange(peer, Height(from)));
    return Asked(from + blocks);
  }

  uint64_t now_us_ = 1'000'000;
  Fetcher fetcher_{Config()};
};

TEST_F(RangeFetch, APeerWhoseAnswersAreFullIsAskedAgain) {
  EXPECT_EQ(Asked(1), 1u);
  EXPECT_EQ(AskedAfter(1, 1, 200), 1u);
  EXPECT_EQ(AskedAfter(1, 201, 256), 1u);
}

TEST_F(RangeFetch, APeerThatGivesABlockAtATimeLosesItsTurnToWhoGivesMore) {
  EXPECT_EQ(Asked(1), 1u);
  EXPECT_EQ(AskedAfter(1, 1, 1), 2u);
  EXPECT_EQ(AskedAfter(2, 2, 2), 3u);
  EXPECT_EQ(AskedAfter(3, 4, 50), 3u) << "all are tried; this one gave most";
  EXPECT_EQ(AskedAfter(3, 54, 1), 2u) << "and does no more";
}

TEST_F(RangeFetch, WhoGaveWhatIsOfNoUseOrNothingIsNotAskedFirstAgain) {
  EXPECT_EQ(Asked(1), 1u);
  EXPECT_EQ(AskedAfter(1, 1, 0), std::nullopt) << "the next one is asked when that is due";
  now_us_ += 1'000'000;
  EXPECT_EQ(Asked(1), 2u);
  now_us_ += 1'000'000;
  EXPECT_EQ(Asked(1), 3u) << "the second did not answer";
  EXPECT_EQ(AskedAfter(3, 1, 10), 3u);
  EXPECT_EQ(AskedAfter(3, 11, 1), 3u);
  now_us_ += 1'000'000;
  EXPECT_EQ(Asked(12), 1u) << "now the third does not answer";
  EXPECT_EQ(AskedAfter(1, 12, 2), 1u);
}

TEST_F(RangeFetch, AnAnswerThatNobodyAskedForCountsForNothing) {
  EXPECT_EQ(Asked(1), 1u);
  EXPECT_FALSE(fetcher_.TakeRange(2, Height(1)));
  EXPECT_FALSE(fetcher_.TakeRange(1, Height(2)));
  EXPECT_TRUE(fetcher_.TakeRange(1, Height(1)));
  EXPECT_FALSE(fetcher_.TakeRange(1, Height(1)));
}

}  // namespace
}  // namespace causeway::consensus
