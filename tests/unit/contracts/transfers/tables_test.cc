// SPDX-License-Identifier: Apache-2.0
// The fixed-width records.

#include "contracts/transfers/tables.h"

#include <gtest/gtest.h>

namespace causeway::transfers {
namespace {

TEST(Tables, ABalanceIsFiveAmountsOfSixteenBytes) {
  Balance balance;
  balance.total = Amount::FromMinor(0x0a0b);
  balance.free = Amount::FromMinor(1);
  balance.blocked = Amount::FromMinor(2);
  balance.pledged = Amount::FromMinor(3);
  balance.restricted = Amount::FromMinor(4);
  const std::string bytes = state::EncodeRecord(balance);
  ASSERT_EQ(bytes.size(), 80u);
  EXPECT_EQ(bytes.substr(14, 2), "\x0a\x0b");
  EXPECT_EQ(bytes[31], 1);
  EXPECT_EQ(bytes[47], 2);
  EXPECT_EQ(bytes[63], 3);
  EXPECT_EQ(bytes[79], 4);
  EXPECT_EQ(state::DecodeRecord<Balance>(bytes), balance);
}

TEST(Tables, ASupplyIsAnAmountAndACount) {
  Supply supply;
  supply.issued = Amount::FromMinor(7);
  supply.holders = 0x0102;
  const std::string bytes = state::EncodeRecord(supply);
  ASSERT_EQ(bytes.size(), 24u);
  EXPECT_EQ(bytes[15], 7);
  EXPECT_EQ(bytes.substr(22), "\x01\x02");
  EXPECT_EQ(state::DecodeRecord<Supply>(bytes), supply);
}

TEST(Tables, AnOwnersHoldingIsAnAmount) {
  const OwnerHolding holding{Amount::FromMinor(258)};
  const std::string bytes = state::EncodeRecord(holding);
  ASSERT_EQ(bytes.size(), 16u);
  EXPECT_EQ(state::DecodeRecord<OwnerHolding>(bytes), holding);
}

TEST(Tables, RecordsOfAnotherLengthAreNone) {
  EXPECT_FALSE(state::DecodeRecord<Balance>(std::string(79, '\0')).has_value());
  EXPECT_FALSE(state::DecodeRecord<Balance>(std::string(81, '\0')).has_value());
  EXPECT_FALSE(state::DecodeRecord<Supply>(std::string(16, '\0')).has_value());
  EXPECT_FALSE(state::DecodeRecord<OwnerHolding>(std::string(17, '\0')).has_value());
}

}  // namespace
}  // namespace causeway::transfers
