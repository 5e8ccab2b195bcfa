// SPDX-License-Identifier: Apache-2.0
#include "node/api/cursor.h"

#include <gtest/gtest.h>

#include "ledger/crypto/sha256.h"

namespace causeway::api {
namespace {

const Hash kChain = crypto::Sha256("a chain");
const PageQuery kQuery{kChain, "PARTY", "order", "SG"};

TEST(PageToken, LeadsBackToWhereThePageEnded) {
  const std::string key("row\0key", 7);
  const absl::StatusOr<PagePosition> position = DecodePageToken(kQuery, EncodePageToken(kQuery, {Height(7), key}));
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(position->height, Height(7));
  EXPECT_EQ(position->key, key);
}

TEST(PageToken, OfAnotherChainPartyKindOrPrefixIsRefused) {
  const std::string token = EncodePageToken(kQuery, {Height(7), "row"});
  for (const PageQuery& other : {PageQuery{crypto::Sha256("another"), "PARTY", "order", "SG"},
                                 PageQuery{kChain, "OTHER", "order", "SG"}, PageQuery{kChain, "PARTY", "hold", "SG"},
                                 PageQuery{kChain, "PARTY", "order", ""}, PageQuery{kChain, "PARTY", "orderS", "G"}}) {
    EXPECT_EQ(DecodePageToken(other, token).status().code(), absl::StatusCode::kInvalidArgument)
        << other.party << other.kind << other.prefix;
  }
}

TEST(PageToken, ThatIsChangedOrCutOffIsRefused) {
  const std::string token = EncodePageToken(kQuery, {Height(7), "row"});
  for (size_t size = 0; size < token.size(); ++size)
    EXPECT_FALSE(DecodePageToken(kQuery, token.substr(0, size)).ok()) << size;
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(DecodePageToken(kQuery, changed).ok()) << i;
  }
}

TEST(ResumeToken, LeadsBackToThePlaceForTheSamePartyOnly) {
  const EventPosition place{9, 2, 5, 3};
  const std::string token = EncodeResumeToken(kChain, "PARTY", place);
  const absl::StatusOr<EventPosition> position = DecodeResumeToken(kChain, "PARTY", token);
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(*position, place);
  EXPECT_FALSE(DecodeResumeToken(kChain, "OTHER", token).ok());
  EXPECT_FALSE(DecodeResumeToken(crypto::Sha256("another"), "PARTY", token).ok());
  EXPECT_FALSE(DecodeResumeToken(kChain, "PARTY", token + '\0').ok());
  // A page's token is none.
  EXPECT_FALSE(DecodeResumeToken(kChain, "PARTY", EncodePageToken(kQuery, {Height(7), "12345678"})).ok());
}

}  // namespace
}  // namespace causeway::api
