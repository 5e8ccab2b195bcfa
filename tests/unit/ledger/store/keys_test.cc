// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace causeway::store {
namespace {

constexpr uint64_t kLarge = 0x0102030405060708;

TEST(Keys, OrderAsNumbersDo) {
  EXPECT_LT(HeightKey(Height(255)), HeightKey(Height(256)));
  EXPECT_LT(ReceiptKey({Height(1), Lane::kTransaction, 0xffff}), ReceiptKey({Height(1), Lane::kDueWork, 0}));
  EXPECT_LT(ReceiptKey({Height(1), Lane::kDueWork, 9}), ReceiptKey({Height(2), Lane::kTransaction, 0}));
  EXPECT_LT(ResultKey({{Height(1), Lane::kTransaction, 1}, 255}), ResultKey({{Height(1), Lane::kTransaction, 1}, 256}));
  EXPECT_LT(StateRowKey(255, "z"), StateRowKey(256, ""));
  EXPECT_LT(VersionKey(1, 256, "z", Height(9)), VersionKey(2, 1, "", Height(0)));
  EXPECT_LT(VersionKey(1, 5, "a", Height(9)), VersionKey(1, 5, "a", Height(10)));
}

TEST(Keys, ReadBackWhatWasWritten) {
  EXPECT_EQ(ParseHeightKey(HeightKey(Height(kLarge))), Height(kLarge));
  const Place place{Height(kLarge), Lane::kDueWork, 77};
  EXPECT_EQ(ParseReceiptKey(ReceiptKey(place)), place);
  const ResultPlace result{place, 0x01020304};
  EXPECT_EQ(ParseResultKey(ResultKey(result)), result);
  const auto subject = ParseSubjectKey(SubjectKey("a subject", result));
  ASSERT_TRUE(subject.has_value());
  EXPECT_EQ(subject->subject, "a subject");
  EXPECT_EQ(subject->place, result);
  const std::string row_key = StateRowKey(49, std::string("k\0y", 3));
  const auto row = ParseStateRowKey(row_key);
  EXPECT_EQ(row->table, 49);
  EXPECT_EQ(row->key, absl::string_view("k\0y", 3));
  const std::string version_key = VersionKey(3, 49, "key", Height(kLarge));
  const auto version = ParseVersionKey(version_key);
  EXPECT_EQ(version->flush, 3u);
  EXPECT_EQ(version->key.table, 49);
  EXPECT_EQ(version->key.key, "key");
  EXPECT_EQ(version->height, kLarge);
}

TEST(Keys, NothingElseIsAKey) {
  for (const std::string& bytes : {std::string(), std::string(7, 'x'), std::string(9, 'x')})
    EXPECT_EQ(ParseHeightKey(bytes), std::nullopt);
  std::string place = ReceiptKey({Height(1), Lane::kTransaction, 0});
  EXPECT_EQ(ParseReceiptKey(place + "x"), std::nullopt);
  EXPECT_EQ(ParseReceiptKey(place.substr(1)), std::nullopt);
  place[8] = 7;  // no such lane
  EXPECT_EQ(ParseReceiptKey(place), std::nullopt);
  EXPECT_EQ(ParseResultKey(ReceiptKey({Height(1), Lane::kTransaction, 0})), std::nullopt);
  EXPECT_FALSE(ParseSubjectKey(SubjectKey("s", {{Height(1), Lane::kTransaction, 0}, 0}).substr(1)).has_value());
  EXPECT_FALSE(ParseStateRowKey("x").has_value());
  EXPECT_FALSE(ParseVersionKey(std::string(17, 'x')).has_value());
  EXPECT_TRUE(ParseVersionKey(std::string(18, 'x')).has_value());
}

TEST(Values, ReadBackWhatWasWritten) {
  const Link own{3, 12}, previous{1, 4};
  const std::string row = EncodeStateRow({own, previous, "value"});
  EXPECT_EQ(ParseStateRow(row)->own, own);
  EXPECT_EQ(ParseStateRow(row)->previous, previous);
  EXPECT_EQ(ParseStateRow(row)->value, "value");
  EXPECT_FALSE(ParseStateRow(row.substr(0, 31)).has_value());
  EXPECT_TRUE(ParseStateRow(row.substr(0, 32)).has_value());

  const std::string empty = EncodeVersion({Link::None(), ""});
  EXPECT_TRUE(ParseVersion(empty)->previous.is_none());
  EXPECT_EQ(ParseVersion(empty)->value, "");
  const std::string erased = EncodeVersion({previous, std::nullopt});
  EXPECT_EQ(ParseVersion(erased)->value, std::nullopt);
  EXPECT_FALSE(ParseVersion(erased + "x").has_value());
  std::string other = empty;
  other[0] = 2;
  EXPECT_FALSE(ParseVersion(other).has_value());
  EXPECT_FALSE(ParseVersion("").has_value());

  EXPECT_EQ(ParseGrave(EncodeGrave(own)), own);
  EXPECT_FALSE(ParseGrave(EncodeGrave(own) + "x").has_value());
}

TEST(Keys, AreDescribedForPeople) {
  EXPECT_EQ(DescribeKey(Family::kReceipts, ReceiptKey({Height(12), Lane::kTransaction, 3})),
            "height 12, transaction 3");
  EXPECT_EQ(DescribeKey(Family::kResults, ResultKey({{Height(12), Lane::kDueWork, 3}, 1})),
            "height 12, due work 3, operation 1");
  EXPECT_EQ(DescribeKey(Family::kBlocks, HeightKey(Height(12))), "height 12");
  EXPECT_EQ(DescribeKey(Family::kState, StateRowKey(49, "\x01\xff")), "table 49, key 01ff");
  EXPECT_EQ(DescribeKey(Family::kVersions, VersionKey(2, 49, "\x01", Height(12))),
            "table 49, key 01, height 12, flush 2");
  EXPECT_EQ(DescribeKey(Family::kHistory, HistoryKey(2, 5)), "level 2, node 5");
  EXPECT_EQ(DescribeKey(Family::kFlushes, FlushKey(7)), "flush 7");
  EXPECT_EQ(DescribeKey(Family::kMeta, kFinalKey), "final");
  for (const Family family : AllFamilies()) {
    if (family == Family::kMeta) continue;
    EXPECT_NE(DescribeKey(family, "x"), "") << FamilyName(family);
  }
}

TEST(Families, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Family family : AllFamilies()) names.insert(FamilyName(family));
  EXPECT_EQ(names.size(), kFamilyCount);
}

}  // namespace
}  // namespace causeway::store
