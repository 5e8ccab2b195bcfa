// SPDX-License-Identifier: Apache-2.0
#include "ledger/base/reason.h"

#include <sstream>

#include <gtest/gtest.h>

namespace causeway {
namespace {

enum ExampleReason : uint32_t { EXAMPLE_REASON_CUTO = 501 };

TEST(Reasons, ReadOutSortedAndUniqueWhateverTheOrderTheyCameIn) {
  Reasons reasons;
  EXPECT_TRUE(reasons.empty());
  reasons.Add(502, {"b"});
  reasons.Add(EXAMPLE_REASON_CUTO);
  reasons.Add(502, {"a", "z"});
  reasons.Add(502, {"b"});
  Reasons others;
  others.Add(7);
  others.Add(EXAMPLE_REASON_CUTO);
  reasons.AddAll(others);
  const std::vector<Reason> expected = {{7, {}}, {501, {}}, {502, {"a", "z"}}, {502, {"b"}}};
  EXPECT_EQ(reasons.sorted(), expected);
  EXPECT_TRUE(reasons.Contains(501));
  EXPECT_FALSE(reasons.Contains(500));
  std::ostringstream text;
  text << reasons;
  EXPECT_EQ(text.str(), "[7(), 501(), 502(a, z), 502(b)]");
}

TEST(ReasonsDeathTest, AReasonWithoutACodeIsADefect) {
  Reasons reasons;
  EXPECT_DEATH(reasons.Add(0), "a reason without a code");
}

}  // namespace
}  // namespace causeway
