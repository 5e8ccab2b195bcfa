// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/peer_inbox.h"

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace causeway::consensus {
namespace {

Bytes Text(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

TEST(PeerInbox, KeepsTheOrderOfEachPeer) {
  PeerInbox inbox(2);
  ASSERT_TRUE(inbox.Push(1, Text("a")));
  ASSERT_TRUE(inbox.Push(1, Text("b")));
  EXPECT_EQ(*inbox.Pop()->bytes, "a");
  EXPECT_FALSE(inbox.empty());
  EXPECT_EQ(*inbox.Pop()->bytes, "b");
  EXPECT_TRUE(inbox.empty());
  EXPECT_FALSE(inbox.Pop());
}

TEST(PeerInbox, RefusesWhatIsTooMuchAndFromOnePeerAlone) {
  PeerInbox inbox(2);
  for (size_t i = 0; i < PeerInbox::kMessagesMax; ++i) ASSERT_TRUE(inbox.Push(0, Text("x")));
  EXPECT_FALSE(inbox.Push(0, Text("x")));
  const Bytes large = Text(std::string(PeerInbox::kBytesMax, 'x'));
  EXPECT_TRUE(inbox.Push(1, large));
  EXPECT_FALSE(inbox.Push(1, Text("x")));
  EXPECT_FALSE(inbox.Push(2, Text("x")));
  EXPECT_FALSE(inbox.Push(1, nullptr));
  while (inbox.Pop()) {
  }
  EXPECT_TRUE(inbox.Push(0, Text("x")));
  EXPECT_TRUE(inbox.Push(1, large));
}

// The messages of peer 2 cost a thousand times as much as those of the others, and never end.
TEST(PeerInbox, WhoCostsMuchWaitsForItself) {
  const std::map<uint32_t, uint64_t> cost_us = {{0, 10}, {1, 10}, {2, 10'000}};
  PeerInbox inbox(3);
  std::map<uint32_t, int> handled;
  for (int i = 0; i < 3'000; ++i) {
    for (const auto& [peer, cost] : cost_us) {
      if (peer == 2 || i % 100 == 0) {
        ASSERT_TRUE(inbox.Push(peer, Text("x")));
      }
    }
    // An honest message is never more than one message of the other's away.
    const auto next = inbox.Pop();
    ASSERT_TRUE(next);
    inbox.Charge(next->from, cost_us.at(next->from));
    ++handled[next->from];
    if (i % 100 == 3) {
      EXPECT_EQ(handled[0], i / 100 + 1);
      EXPECT_EQ(handled[1], i / 100 + 1);
    }
  }
}

// Who was silent for long has not saved up a right to all of the time.
TEST(PeerInbox, SilenceSavesNothingUp) {
  PeerInbox inbox(2);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(inbox.Push(0, Text("x")));
    inbox.Charge(inbox.Pop()->from, 1'000);
  }
  std::map<uint32_t, int> handled;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(inbox.Push(0, Text("x")));
    ASSERT_TRUE(inbox.Push(1, Text("x")));
  }
  for (int i = 0; i < 20; ++i) {
    const auto next = inbox.Pop();
    inbox.Charge(next->from, 1'000);
    ++handled[next->from];
  }
  EXPECT_NEAR(handled[0], 10, 1);
  EXPECT_NEAR(handled[1], 10, 1);
}

}  // namespace
}  // namespace causeway::consensus
