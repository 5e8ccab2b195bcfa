// SPDX-License-Identifier: Apache-2.0
// Histories of one chain that part after some blocks, each in a store, final by whatever signatures a test wants.
#ifndef CAUSEWAY_TESTS_SUPPORT_FORKED_HISTORY_H_
#define CAUSEWAY_TESTS_SUPPORT_FORKED_HISTORY_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/support/stored_chain.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_chain.h"

namespace causeway::testing {

// Blocks after genesis that all have alike.
inline constexpr uint64_t kShared = 3;

// Six blocks after genesis; those of the same amount are the same.
class ForkedHistory {
 public:
  explicit ForkedHistory(uint64_t amount) {
    for (uint64_t height = 1; height <= 6; ++height)
      chain_.Append({chain_.Envelope({Fill(PurseId(1), height <= kShared ? 1 : amount)})});
  }

  // Up to a height, with a finalization for each `run` blocks: above the shared ones by these validators, in the view
  // of the block's height and so many more.
  void Write(uint64_t last, const std::vector<uint32_t>& signers, uint64_t run = 1, uint64_t more_views = 0) {
    store_.reset();
    directory_ = std::make_unique<TemporaryDirectory>();
    const ExecutedBlocks blocks(chain_.blocks().begin(),
                                chain_.blocks().begin() + static_cast<std::ptrdiff_t>(last) + 1);
    store_ = WriteChain(path(), chain_.genesis(), blocks,
                        [&](uint64_t height) {
                          return height <= kShared ? chain_.Finalize(height)
                                                   : chain_.FinalizeBy(height, signers, height + more_views);
                        },
                        {.run = run});
  }

  const TestChain& chain() const { return chain_; }
  const store::Store& store() const { return *store_; }
  std::string path() const { return directory_->Path("store"); }
  // For readers that open it themselves.
  void Close() {
    CAUSEWAY_CHECK(store_->Close().ok());
    store_.reset();
  }

 private:
  TestChain chain_;
  std::unique_ptr<TemporaryDirectory> directory_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_FORKED_HISTORY_H_
