// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/secret.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace causeway::crypto {
namespace {

TEST(Secret, HoldsItsBytes) {
  const Secret secret("hush");
  EXPECT_EQ(secret.view(), "hush");
  EXPECT_EQ(secret.Clone().view(), "hush");
}

TEST(Secret, BeginsAsZeros) {
  EXPECT_EQ(Secret(3).view(), absl::string_view("\0\0\0", 3));
}

TEST(Secret, MovesAndLeavesNothing) {
  Secret first("first");
  Secret second(std::move(first));
  EXPECT_EQ(second.view(), "first");
  EXPECT_EQ(first.size(), 0u);
  Secret third("third");
  third = std::move(second);
  EXPECT_EQ(third.view(), "first");
}

TEST(Secret, MayBeEmpty) {
  EXPECT_EQ(Secret().size(), 0u);
  EXPECT_EQ(Secret("").size(), 0u);
  EXPECT_EQ(Secret().Clone().size(), 0u);
}

TEST(Secret, WipeLeavesZerosWhereTheTextWas) {
  std::string text(64, 's');
  const char* place = text.data();
  Wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(place, text.data());
  text.resize(1);
  EXPECT_EQ(std::string(place + 1, 63), std::string(63, '\0'));
}

}  // namespace
}  // namespace causeway::crypto
