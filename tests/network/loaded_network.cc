// SPDX-License-Identifier: Apache-2.0
#include "tests/network/loaded_network.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "ledger/store/store.h"

namespace causeway::testing {

LoadedNetwork::LoadedNetwork()
    : seed_(std::getenv("CAUSEWAY_SEED") ? static_cast<uint32_t>(std::atol(std::getenv("CAUSEWAY_SEED"))) : 1),
      random_(seed_) {}

void LoadedNetwork::StartLoad(uint32_t clients) {
  stop_ = false;
  ++loads_;
  for (uint32_t i = 0; i < clients; ++i) {
    load_.emplace_back([this, i] {
      const std::unique_ptr<client::Client> client = ClientOf("investor", i % size() + 1);
      for (int n = 0; !stop_; ++n) {
        const chain::SignedTransaction transaction =
            OpenAccountTransaction("investor", absl::StrCat(loads_, "/", i, "/", n));
        const absl::Time submitted = absl::Now();
        const absl::StatusOr<v1::TransactionReceipt> receipt = client->SubmitAndWait(transaction, 90'000);
        if (!receipt.ok() && stop_) return;
        ASSERT_TRUE(receipt.ok()) << receipt.status();
        ASSERT_EQ(receipt->results(0).status(), v1::OPERATION_STATUS_APPLIED) << receipt->DebugString();
        const absl::MutexLock lock(&mutex_);
        latencies_.push_back(absl::Now() - submitted);
        receipts_.emplace(transaction.id, receipt->SerializeAsString());
        height_ = std::max(height_, receipt->receipt().height());
      }
    });
  }
}

void LoadedNetwork::StopLoad() {
  stop_ = true;
  for (std::thread& thread : load_) thread.join();
  load_.clear();
}

size_t LoadedNetwork::receipts() const {
  const absl::MutexLock lock(&mutex_);
  return receipts_.size();
}

uint64_t LoadedNetwork::height() const {
  const absl::MutexLock lock(&mutex_);
  return height_;
}

std::vector<absl::Duration> LoadedNetwork::TakeLatencies() {
  const absl::MutexLock lock(&mutex_);
  std::vector<absl::Duration> taken = std::exchange(latencies_, {});
  std::sort(taken.begin(), taken.end());
  return taken;
}

bool LoadedNetwork::UntilMore(size_t count, absl::Duration patience) {
  const size_t goal = receipts() + count;
  return Until([&] { return receipts() >= goal || HasFailure(); }, patience) && !HasFailure();
}

void LoadedNetwork::ExpectNothingIsLost() {
  StopLoad();
  ASSERT_TRUE(UntilAllReady(height()));
  ExpectEveryReceiptEverywhere();
  for (uint32_t node = 1; node <= size(); ++node) EXPECT_EQ(Stop(node), 0) << "node " << node;
  ExpectTheSameBlocks();
}

void LoadedNetwork::ExpectEveryReceiptEverywhere() {
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

void LoadedNetwork::ExpectTheSameBlocks() {
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

}  // namespace causeway::testing
