// SPDX-License-Identifier: Apache-2.0
// kill -9 under load: whatever a client was told stays, on every node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "ledger/store/store.h"
#include "tests/network/network_fixture.h"

namespace causeway::testing {
namespace {

constexpr int kRoundsOfOne = 20;
constexpr int kRoundsOfAll = 5;
constexpr uint32_t kClients = 3;

class CrashTest : public NetworkFixture {
 protected:
  ~CrashTest() override { StopLoad(); }

  // Clients that open one account after the other, each from a node of its own as long as that answers.
  void StartLoad() {
    for (uint32_t i = 0; i < kClients; ++i) {
      load_.emplace_back([this, i] {
        const std::unique_ptr<client::Client> client = ClientOf("investor", i + 1);
        for (int n = 0; !stop_; ++n) {
          const chain::SignedTransaction transaction = OpenAccountTransaction("investor", absl::StrCat(i, "/", n));
          const absl::StatusOr<v1::TransactionReceipt> receipt = client->SubmitAndWait(transaction, 90'000);
          if (!receipt.ok() && stop_) return;
          ASSERT_TRUE(receipt.ok()) << receipt.status();
          ASSERT_EQ(receipt->results(0).status(), v1::OPERATION_STATUS_APPLIED) << receipt->DebugString();
          const absl::MutexLock lock(&mutex_);
          receipts_.emplace(transaction.id, receipt->SerializeAsString());
          height_ = std::max(height_, receipt->receipt().height());
        }
      });
    }
  }
  void StopLoad() {
    stop_ = true;
    for (std::thread& thread : load_) thread.join();
    load_.clear();
  }

  size_t receipts() const {
    const absl::MutexLock lock(&mutex_);
    return receipts_.size();
  }
  // The newest height that a client knows to be final.
  uint64_t height() const {
    const absl::MutexLock lock(&mutex_);
    return height_;
  }
  // Until so many more transactions have their receipts.
  bool UntilMore(size_t count) {
    const size_t goal = receipts() + count;
    return Until([&] { return receipts() >= goal || HasFailure(); }, 2 * kPatience) && !HasFailure();
  }
  size_t Random(size_t least, size_t most) { return std::uniform_int_distribution<size_t>(least, most)(random_); }

  void ExpectEveryReceiptEverywhere() {
    for (uint32_t node = 1; node <= size(); ++node) {
      const std::unique_ptr<client::Client> client = ClientOf("investor", node, true);
      const absl::MutexLock lock(&mutex_);
      for (const auto& [id, receipt] : receipts_) {
        const absl::StatusOr<v1::GetReceiptResponse> there = client->GetReceipt(id, 0);
        ASSERT_TRUE(there.ok()) << "node " << node << ": " << there.status();
        ASSERT_EQ(there->state(), v1::TRANSACTION_STATE_FINAL) << "node " << node << " has lost " << id;
        ASSERT_EQ(there->receipt().SerializeAsString(), receipt) << "node " << node << " tells otherwise of " << id;
      }
    }
  }

  // Byte for byte, as they lie on the disks of nodes that have stopped.
  void ExpectTheSameBlocks() {
    std::vector<std::unique_ptr<store::Store>> stores;
    uint64_t last = UINT64_MAX;
    for (const layout::NodePlace& node : network_.nodes) {
      store::OpenOptions options;
      options.chain_id = network_.chain_id;
      options.read_only = true;
      absl::StatusOr<std::unique_ptr<store::Store>> store = store::Store::Open(node.folder + "/db", options);
      ASSERT_TRUE(store.ok()) << store.status();
      last = std::min(last, (*store)->final()->value());
      stores.push_back(*std::move(store));
    }
    EXPECT_GE(last, height());
    for (uint64_t at = 0; at <= last; ++at) {
      const absl::StatusOr<std::string> first = stores[0]->GetBlock(Height(at));
      ASSERT_TRUE(first.ok()) << first.status();
      for (size_t i = 1; i < stores.size(); ++i) {
        const absl::StatusOr<std::string> block = stores[i]->GetBlock(Height(at));
        ASSERT_TRUE(block.ok()) << block.status();
        ASSERT_EQ(*block, *first) << "block " << at << " of node " << i + 1;
      }
    }
  }

  // A seed that fails is printed, and goes through the same choices again.
  const uint32_t seed_ =
      std::getenv("CAUSEWAY_SEED") ? static_cast<uint32_t>(std::atol(std::getenv("CAUSEWAY_SEED"))) : 1;
  std::mt19937 random_{seed_};

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> load_;
  mutable absl::Mutex mutex_;
  std::map<Hash, std::string> receipts_ ABSL_GUARDED_BY(mutex_);
  uint64_t height_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Besu #8307: a network whose validators had all been started again made no block any more.
TEST_F(CrashTest, WhatAClientWasToldSurvivesEveryKill) {
  SCOPED_TRACE(absl::StrCat("CAUSEWAY_SEED=", seed_));
  LayOut(4);
  StartAll();
  ASSERT_TRUE(UntilAllReady(1));
  StartLoad();
  ASSERT_TRUE(UntilMore(1));

  for (int round = 0; round < kRoundsOfOne; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    const uint32_t node = static_cast<uint32_t>(Random(1, 4));
    ASSERT_TRUE(UntilMore(Random(0, 5)));
    Kill9(node);
    ASSERT_TRUE(UntilMore(Random(1, 4))) << "the others do not go on without node " << node;
    Start(node);
    ASSERT_TRUE(UntilReady(node, height()));
  }
  for (int round = 0; round < kRoundsOfAll; ++round) {
    SCOPED_TRACE(absl::StrCat("round of all ", round));
    ASSERT_TRUE(UntilMore(Random(0, 8)));
    for (uint32_t node = 1; node <= 4; ++node) process(node).Signal(SIGKILL);
    for (uint32_t node = 1; node <= 4; ++node) EXPECT_EQ(process(node).Wait(), -SIGKILL);
    const uint64_t told = height();
    StartAll();
    ASSERT_TRUE(UntilAllReady(told));
    ASSERT_TRUE(UntilMore(1));
  }

  StopLoad();
  ASSERT_TRUE(UntilAllReady(height()));
  EXPECT_GT(receipts(), static_cast<size_t>(kRoundsOfOne));
  ExpectEveryReceiptEverywhere();
  for (uint32_t node = 1; node <= 4; ++node) EXPECT_EQ(Stop(node), 0) << "node " << node;
  ExpectTheSameBlocks();
}

}  // namespace
}  // namespace causeway::testing
