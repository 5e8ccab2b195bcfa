// SPDX-License-Identifier: Apache-2.0
// A node's data rewritten by somebody who has its disk and its keys: rows that are well formed, under valid checksums,
// and with certificates that the one key can sign. Each is refused, and what was rewritten is named: family, key,
// height, and for the state the table.
#include <gmock/gmock.h>

#include "tests/audit/forger.h"
#include "tests/audit/node_copies.h"

namespace causeway::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;

class ForgeryTest : public NodeCopies {};

TEST_F(ForgeryTest, WhatOneKeyCanRewriteIsRefusedAndNamed) {
  const std::string node = WriteNode("node", true);
  Forger forger(world(), node);
  const auto kinds = forger.Kinds();
  for (int i = 0; i < Copies(10 * static_cast<int>(kinds.size())); ++i) {
    const auto& [kind, make] = kinds[static_cast<size_t>(i) % kinds.size()];
    const Forgery forgery = make();
    SCOPED_TRACE(absl::StrCat(i, ": ", kind, " ", forgery.key));
    const std::string copy = Copy(node);
    ASSERT_THAT(store::RewriteRows(copy, forgery.edits), IsOk());
    const auto result = Replay(copy);
    ASSERT_THAT(result, IsOk());
    EXPECT_FALSE(result->verified);
    EXPECT_THAT(result->findings,
                Contains(AllOf(Field(&audit::Finding::family, forgery.family), Field(&audit::Finding::key, forgery.key),
                               Field(&audit::Finding::height, std::optional<uint64_t>(forgery.height)),
                               Field(&audit::Finding::table, forgery.table))))
        << Joined(result->findings);
  }
}

// What is written back as it was is no forgery: it is the content that is refused, not the writing.
TEST_F(ForgeryTest, RowsWrittenBackAsTheyWereAreNone) {
  const std::string node = WriteNode("node", true);
  Forger forger(world(), node);
  std::vector<store::RowEdit> edits;
  for (const store::Family family : store::AllFamilies()) {
    for (const auto& [key, value] : forger.RowsOf(family)) {
      edits.push_back({family, key, std::nullopt});
      edits.push_back({family, key, value});
    }
  }
  ASSERT_THAT(store::RewriteRows(node, edits), IsOk());
  const auto result = Replay(node);
  ASSERT_THAT(result, IsOk());
  EXPECT_TRUE(result->verified) << Joined(result->findings);
}

// A block that everything follows from, and that only one validator has signed.
TEST_F(ForgeryTest, TheLastBlockNeedsAQuorum) {
  const auto forged = [&](const std::vector<uint32_t>& signers) {
    const auto finalize = [&](uint64_t height) {
      return height == last() ? world().FinalizeAs(height, world().blocks().back()->hash, signers)
                              : world().Finalize(height);
    };
    return Replay(WriteNode(absl::StrCat("signed-by-", signers.size()), true, world().blocks(), finalize));
  };
  const auto alone = forged({3});
  ASSERT_THAT(alone, IsOk());
  EXPECT_THAT(alone->findings, Contains(AllOf(Field(&audit::Finding::family, "certificates"),
                                              Field(&audit::Finding::height, std::optional<uint64_t>(last())))));
  const auto quorum = forged({0, 1, 3});
  ASSERT_THAT(quorum, IsOk());
  EXPECT_TRUE(quorum->verified) << Joined(quorum->findings);
  EXPECT_EQ(quorum->height, last());
}

}  // namespace
}  // namespace causeway::testing
