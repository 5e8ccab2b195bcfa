// SPDX-License-Identifier: Apache-2.0
// A chain of purses with all kinds of rows: refusals, due work, restricted records, erased keys, ids that expire.
#ifndef CAUSEWAY_TESTS_UNIT_LEDGER_AUDIT_PURSE_WORLD_H_
#define CAUSEWAY_TESTS_UNIT_LEDGER_AUDIT_PURSE_WORLD_H_

#include <string>

#include "ledger/audit/replay.h"
#include "tests/support/status_matchers.h"
#include "tests/support/stored_chain.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_chain.h"

namespace causeway::testing {

// Twelve blocks after genesis; minutes pass, so that ids leave.
inline void GrowPurses(TestChain& chain) {
  for (int i = 0; i < 12; ++i) {
    const auto amount = static_cast<uint64_t>(100 + i);
    std::vector<std::string> envelopes{chain.Envelope({Fill(PurseId(1), amount), Empty(PurseId(2), 7'000)})};
    if (i % 3 == 0) envelopes.push_back(chain.Envelope({Fill(PurseId(3), 5, "due:90:3")}));
    if (i % 4 == 1) envelopes.push_back(chain.Envelope({Fill(PurseId(4), kDeniedAmount, "move")}));
    if (i % 4 == 2) envelopes.push_back(chain.LinkedEnvelope({Empty(PurseId(1), 50), Fill(PurseId(5), 50)}));
    chain.Append(envelopes, chain.now_us() + 120'000'000);
  }
}

class PurseWorld : public ::testing::Test {
 protected:
  explicit PurseWorld(const WritingHabits& habits = WritingHabits()) {
    GrowPurses(chain_);
    Write(habits);
  }
  void Write(const WritingHabits& habits) {
    store_.reset();
    directory_ = std::make_unique<TemporaryDirectory>();
    store_ = WriteChain(
        path(), chain_.genesis(), chain_.blocks(), [this](uint64_t height) { return chain_.Finalize(height); }, habits);
  }
  std::string path() const { return directory_->Path("store"); }
  uint64_t last() const { return chain_.blocks().size() - 1; }

  audit::ReplayOptions Options() const {
    audit::ReplayOptions options;
    options.confidentiality_key = chain_.parameters().confidentiality_key;
    return options;
  }
  audit::ReplayResult Replay(const audit::ReplayOptions& options) const {
    auto result = audit::Replay(*store_, chain_.genesis(), chain_.registry(), options);
    CAUSEWAY_CHECK(result.ok(), result.status().ToString());
    return *std::move(result);
  }
  audit::ReplayResult Replay() const { return Replay(Options()); }
  absl::StatusOr<audit::ReplayResult> ReplayClosed() {
    if (store_) CAUSEWAY_CHECK(store_->Close().ok());
    store_.reset();
    return audit::ReplayDirectory(path(), chain_.genesis(), chain_.registry(), Options());
  }

  TestChain chain_;
  std::unique_ptr<TemporaryDirectory> directory_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_LEDGER_AUDIT_PURSE_WORLD_H_
