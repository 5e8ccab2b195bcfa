// SPDX-License-Identifier: Apache-2.0
#include "ledger/execution/signature_cache.h"

#include <gtest/gtest.h>

#include "ledger/crypto/sha256.h"

namespace causeway::execution {
namespace {

TEST(SignatureCache, ForgetsTheOldestBeyondItsCapacity) {
  SignatureCache cache(2);
  const Hash a = crypto::Sha256("a"), b = crypto::Sha256("b"), c = crypto::Sha256("c");
  EXPECT_FALSE(cache.Contains(a));
  cache.Add(a);
  cache.Add(a);
  cache.Add(b);
  EXPECT_TRUE(cache.Contains(a));
  cache.Add(c);
  EXPECT_FALSE(cache.Contains(a));
  EXPECT_TRUE(cache.Contains(b));
  EXPECT_TRUE(cache.Contains(c));
}

TEST(SignatureCache, OfNoCapacityRemembersNothing) {
  SignatureCache cache(0);
  cache.Add(crypto::Sha256("a"));
  EXPECT_FALSE(cache.Contains(crypto::Sha256("a")));
}

}  // namespace
}  // namespace causeway::execution
