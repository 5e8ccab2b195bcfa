// SPDX-License-Identifier: Apache-2.0
#include "ledger/crypto/sha256.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace causeway::crypto {
namespace {

TEST(Sha256, GivesThePublishedHashes) {
  // FIPS 180-4's examples, and the empty message.
  EXPECT_EQ(Sha256("").ToHex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc").ToHex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").ToHex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256(std::string(1'000'000, 'a')).ToHex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInPiecesOfAnyLength) {
  std::string message;
  for (int i = 0; i < 300; ++i) message.push_back(static_cast<char>(i * 7));
  for (size_t piece = 1; piece <= message.size(); ++piece) {
    Sha256Hasher hasher;
    for (size_t at = 0; at < message.size(); at += piece) hasher.Update(absl::string_view(message).substr(at, piece));
    EXPECT_EQ(hasher.Finish(), Sha256(message)) << piece;
  }
}

TEST(Sha256, AHasherStartsAnewAfterFinish) {
  Sha256Hasher hasher;
  hasher.Update("something else").Finish();
  EXPECT_EQ(hasher.Update("abc").Finish(), Sha256("abc"));
  EXPECT_EQ(hasher.Finish(), Sha256(""));
}

TEST(Sha256, HashersOfOneThreadDoNotDisturbEachOther) {
  Sha256Hasher a, b;
  a.Update("a");
  b.Update("x");
  EXPECT_EQ(Sha256("abc").ToHex().substr(0, 8), "ba7816bf");
  a.Update("bc");
  b.Update("yz");
  EXPECT_EQ(a.Finish(), Sha256("abc"));
  EXPECT_EQ(b.Finish(), Sha256("xyz"));
}

TEST(Sha256, AHasherThatWasDroppedHalfwayLeavesNothingBehind) {
  { Sha256Hasher().Update("left over"); }
  Sha256Hasher next;
  EXPECT_EQ(next.Update("abc").Finish(), Sha256("abc"));
}

TEST(Sha256, AHasherMayBeDestroyedOnAnotherThread) {
  std::vector<std::unique_ptr<Sha256Hasher>> hashers;
  for (int i = 0; i < 8; ++i) hashers.push_back(std::make_unique<Sha256Hasher>());
  std::thread([&hashers] { hashers.clear(); }).join();
  EXPECT_EQ(Sha256Hasher().Update("abc").Finish(), Sha256("abc"));
}

TEST(HmacSha256, GivesThePublishedCodes) {
  // RFC 4231, test cases 1, 2, 3 and 6 (a key longer than a block).
  EXPECT_EQ(HmacSha256(std::string(20, '\x0b'), "Hi There").ToHex(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HmacSha256("Jefe", "what do ya want for nothing?").ToHex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HmacSha256(std::string(20, '\xaa'), std::string(50, '\xdd')).ToHex(),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First").ToHex(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, TakesAnEmptyKeyAndAnEmptyMessage) {
  EXPECT_EQ(HmacSha256("", "").ToHex(), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(HmacSha256(absl::string_view(), absl::string_view()), HmacSha256("", ""));
}

}  // namespace
}  // namespace causeway::crypto
