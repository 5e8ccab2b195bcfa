// SPDX-License-Identifier: Apache-2.0

#include "ledger/state/final_state.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/memory_disk.h"
#include "tests/support/state_model.h"
#include "tests/support/status_matchers.h"

namespace causeway::state {
namespace {

using testing::AnyChanges;
using testing::MemoryDisk;
using testing::SameContent;
using testing::Scanned;
using testing::StateModel;

std::shared_ptr<const Changes> Put(const std::string& key, const std::string& value) {
  Changes changes;
  changes[{16, key}] = value;
  return std::make_shared<const Changes>(std::move(changes));
}

TEST(FinalState, BeforeGenesisThereIsNothing) {
  MemoryDisk disk;
  FinalState state(disk);
  EXPECT_EQ(state.height(), std::nullopt);
  EXPECT_EQ(state.Tip()->GetRaw(16, "a"), std::nullopt);
  EXPECT_TRUE(Scanned(*state.Tip(), 16).empty());
  EXPECT_THAT(state.At(Height(0)), StatusIs(absl::StatusCode::kOutOfRange, "NOT_YET"));
  CAUSEWAY_EXPECT_OK(state.Flush());
  EXPECT_EQ(disk.flushed(), std::nullopt);
}

TEST(FinalState, AHeightThatIsNotFinalIsNotYet) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), Put("a", "1"));
  CAUSEWAY_EXPECT_OK(state.At(Height(0)));
  EXPECT_THAT(state.At(Height(1)), StatusIs(absl::StatusCode::kOutOfRange, "NOT_YET"));
}

TEST(FinalStateDeathTest, HeightsComeInOrder) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), Put("a", "1"));
  EXPECT_DEATH(state.Append(Height(2), Put("a", "1")), "in order of height");
}

TEST(FinalState, CountsWhatIsInMemoryOnly) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), Put("key", "value"));
  EXPECT_EQ(state.unflushed_bytes(), 8u);
  CAUSEWAY_EXPECT_OK(state.Flush());
  EXPECT_EQ(state.unflushed_bytes(), 0u);
  EXPECT_EQ(state.flushed(), Height(0));
}

TEST(FinalState, GoesOnFromWhatIsOnDisk) {
  MemoryDisk disk;
  {
    FinalState state(disk);
    state.Append(Height(0), Put("a", "1"));
    CAUSEWAY_EXPECT_OK(state.Flush());
    state.Append(Height(1), Put("a", "2"));
  }
  FinalState state(disk);
  EXPECT_EQ(state.height(), Height(0));
  EXPECT_EQ(state.Tip()->GetRaw(16, "a"), "1");
}

TEST(FinalState, AViewDoesNotSeeWhatCameAfterIt) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), Put("a", "1"));
  const std::shared_ptr<const StateView> before = state.Tip();
  state.Append(Height(1), Put("a", "2"));
  state.Append(Height(2), Put("b", "2"));
  EXPECT_EQ(before->GetRaw(16, "a"), "1");
  CAUSEWAY_EXPECT_OK(state.Flush());
  state.Append(Height(3), Put("a", "3"));
  EXPECT_EQ(before->GetRaw(16, "a"), "1");
  EXPECT_EQ(Scanned(*before, 16).size(), 1u);
}

TEST(FinalState, ADiskThatFailsIsAHostFailureForReadersAndAnErrorForTheFlush) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), Put("a", "1"));
  disk.FailWith(absl::DataLossError("block 7 is damaged"));
  EXPECT_EQ(state.Tip()->GetRaw(16, "a"), "1");
  EXPECT_THROW(state.Tip()->GetRaw(16, "b"), HostFailure);
  EXPECT_THROW(Scanned(*state.Tip(), 16), HostFailure);
  EXPECT_THAT(state.Flush(), StatusIs(absl::StatusCode::kDataLoss, "block 7"));
  // What was not written is still read from memory.
  EXPECT_EQ(state.Tip()->GetRaw(16, "a"), "1");
}

// A visitor that reads through the view it is shown must not wait for itself.
TEST(FinalState, AVisitorMayReadThroughTheView) {
  MemoryDisk disk;
  FinalState state(disk);
  state.Append(Height(0), Put("a", "1"));
  const std::shared_ptr<const StateView> view = state.Tip();
  size_t seen = 0;
  view->ScanRaw(16, "", std::nullopt, [&](absl::string_view key, absl::string_view) {
    state.Append(Height(1), Put("b", "2"));
    EXPECT_EQ(view->GetRaw(16, key), "1");
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 1u);
}

TEST(FinalState, EveryHeightReadsAsTheModelWhereverTheFlushesFall) {
  EXPECT_TRUE(rc::check("appends, flushes and views", [] {
    MemoryDisk disk;
    FinalState state(disk);
    StateModel model;
    std::vector<std::pair<uint64_t, std::shared_ptr<const StateView>>> views;
    const auto blocks = *rc::gen::container<std::vector<Changes>>(AnyChanges());
    for (const Changes& changes : blocks) {
      state.Append(Height(model.size()), std::make_shared<const Changes>(changes));
      model.Append(changes);
      views.emplace_back(model.size() - 1, state.Tip());
      if (*rc::gen::inRange(0, 3) == 0) RC_ASSERT(state.Flush().ok());
    }
    for (uint64_t height = 0; height < model.size(); ++height) {
      const auto view = state.At(Height(height));
      RC_ASSERT(view.ok());
      RC_ASSERT(SameContent(**view, model.At(height)));
    }
    for (const auto& [height, view] : views) RC_ASSERT(SameContent(*view, model.At(height)));
  }));
}

TEST(FinalState, ReadersAreNotDisturbedByAppendingAndFlushing) {
  MemoryDisk disk;
  FinalState state(disk);
  // At each height every key of the table holds the height.
  const auto block = [](uint64_t height) {
    Changes changes;
    for (char key = 'a'; key <= 'h'; ++key) changes[{16, std::string(1, key)}] = std::to_string(height);
    return std::make_shared<const Changes>(std::move(changes));
  };
  state.Append(Height(0), block(0));
  constexpr uint64_t kReads = 2000;
  std::atomic<bool> done = false;
  std::atomic<uint64_t> reads = 0;
  std::atomic<uint64_t> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto [view, height] = state.TipWithHeight();
        const std::string expected = std::to_string(height->value());
        const auto rows = Scanned(*view, 16);
        if (rows.size() != 8) ++wrong;
        for (const auto& row : rows) {
          if (row.second != expected || view->GetRaw(16, row.first) != expected) ++wrong;
        }
        ++reads;
      }
    });
  }
  std::thread flusher([&] {
    while (!done) {
      if (!state.Flush().ok()) ++wrong;
    }
  });
  uint64_t last = 0;
  while (reads < kReads) {
    ++last;
    state.Append(Height(last), block(last));
    std::this_thread::yield();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  flusher.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(state.Tip()->GetRaw(16, "a"), std::to_string(last));
}

}  // namespace
}  // namespace causeway::state
