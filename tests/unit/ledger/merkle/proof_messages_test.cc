// SPDX-License-Identifier: Apache-2.0
#include "ledger/merkle/proof_messages.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"
#include "tests/unit/ledger/merkle/state_reference.h"

namespace causeway::merkle {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(ProofMessages, GoThereAndBack) {
  const InclusionProof inclusion{3, 9, {ValueHash(1), ValueHash(2)}};
  const InclusionProof inclusion_read = *FromMessage(ToMessage(inclusion));
  EXPECT_EQ(inclusion_read.leaf_index, 3u);
  EXPECT_EQ(inclusion_read.tree_size, 9u);
  EXPECT_EQ(inclusion_read.path, inclusion.path);

  const ConsistencyProof consistency{3, 9, {ValueHash(1), ValueHash(2)}};
  const ConsistencyProof consistency_read = *FromMessage(ToMessage(consistency));
  EXPECT_EQ(consistency_read.old_size, 3u);
  EXPECT_EQ(consistency_read.new_size, 9u);
  EXPECT_EQ(consistency_read.path, consistency.path);

  const StateProof present{{ValueHash(1), Hash::Zero()}, std::nullopt};
  const StateProof present_read = *FromMessage(ToMessage(present));
  EXPECT_EQ(present_read.siblings, present.siblings);
  EXPECT_FALSE(present_read.other_leaf.has_value());

  const StateProof absent{{}, StateLeaf{KeyWith(1, 2, 3), ValueHash(3)}};
  const StateProof absent_read = *FromMessage(ToMessage(absent));
  ASSERT_TRUE(absent_read.other_leaf.has_value());
  EXPECT_EQ(absent_read.other_leaf->key, absent.other_leaf->key);
  EXPECT_EQ(absent_read.other_leaf->value_hash, absent.other_leaf->value_hash);
}

TEST(ProofMessages, OfAnotherShapeAreRefusedByField) {
  v1::InclusionProof inclusion;
  inclusion.add_path(std::string(32, 'x'));
  inclusion.add_path(std::string(31, 'x'));
  EXPECT_THAT(FromMessage(inclusion), StatusIs(kInvalid, "path[1]: a hash has 32 bytes"));
  v1::ConsistencyProof consistency;
  consistency.add_path("");
  EXPECT_THAT(FromMessage(consistency), StatusIs(kInvalid, "path[0]"));
  for (int i = 0; i < 129; ++i) *inclusion.add_path() = std::string(32, 'x');
  EXPECT_THAT(FromMessage(inclusion), StatusIs(kInvalid, "path: at most 128 hashes, not 131"));

  v1::StateProof state;
  state.mutable_other_leaf()->set_tree_key(std::string(33, 'x'));
  EXPECT_THAT(FromMessage(state), StatusIs(kInvalid, "other_leaf.tree_key"));
  state.mutable_other_leaf()->set_tree_key(std::string(34, 'x'));
  EXPECT_THAT(FromMessage(state), StatusIs(kInvalid, "other_leaf.value_hash"));
  state.mutable_other_leaf()->set_value_hash(std::string(32, 'x'));
  CAUSEWAY_EXPECT_OK(FromMessage(state));
  for (int i = 0; i < 272; ++i) *state.add_siblings() = std::string(32, 'x');
  CAUSEWAY_EXPECT_OK(FromMessage(state));
  *state.add_siblings() = std::string(32, 'x');
  EXPECT_THAT(FromMessage(state), StatusIs(kInvalid, "siblings: at most 272"));
}

}  // namespace
}  // namespace causeway::merkle
