// SPDX-License-Identifier: Apache-2.0
// A store of a made-up chain: blocks whose bytes mean nothing and say where they stand.
#ifndef CAUSEWAY_TESTS_UNIT_LEDGER_STORE_SMALL_STORE_H_
#define CAUSEWAY_TESTS_UNIT_LEDGER_STORE_SMALL_STORE_H_

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/crypto/sha256.h"
#include "ledger/store/store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace causeway::store {

inline const Hash& SmallChain() {
  static const Hash kChain = crypto::Sha256("small chain");
  return kChain;
}
inline Hash HeaderHash(uint64_t height) {
  return crypto::Sha256(absl::StrCat("header ", height));
}
inline Hash TransactionId(uint64_t height) {
  return crypto::Sha256(absl::StrCat("transaction ", height));
}
inline std::string Subject(absl::string_view name) {
  return crypto::Sha256(name).ToString().substr(0, 16);
}

// One transaction with two results about the subjects "all" and "of <height>", one restricted record, one piece of due
// work; certified.
inline FinalBlock BlockOf(uint64_t height, bool certified = true) {
  FinalBlock block{Height(height),
                   HeaderHash(height),
                   height == 0 ? Hash::Zero() : HeaderHash(height - 1),
                   absl::StrCat("block ", height),
                   {},
                   {},
                   {{0, height, crypto::Sha256(absl::StrCat("node ", height))}},
                   std::nullopt};
  block.transactions.push_back({TransactionId(height),
                                absl::StrCat("receipt ", height),
                                {absl::StrCat("result ", height, ".0"), absl::StrCat("result ", height, ".1")},
                                {{crypto::Sha256(absl::StrCat("salted ", height)), 1, "a.Type", "record"}},
                                {{Subject("all"), 0}, {Subject(absl::StrCat("of ", height)), 1}}});
  block.due_work.push_back({TransactionId(height), absl::StrCat("due receipt ", height), {"due result"}, {}, {}});
  if (certified && height > 0) block.certificate = absl::StrCat("certificate ", height);
  return block;
}

class SmallStore : public ::testing::Test {
 protected:
  SmallStore() { Create(); }
  std::string path() const { return directory_.Path("store"); }
  void Create() {
    auto created = Store::Create(path(), SmallChain(), "genesis");
    CAUSEWAY_CHECK(created.ok(), created.status().ToString());
    store_ = *std::move(created);
  }
  static OpenOptions Options(bool read_only = false) {
    OpenOptions options;
    options.chain_id = SmallChain();
    options.read_only = read_only;
    return options;
  }
  absl::Status Reopen(const OpenOptions& options = Options()) {
    store_.reset();
    auto opened = Store::Open(path(), options);
    if (opened.ok()) store_ = *std::move(opened);
    return opened.status();
  }
  // One block each, from final + 1 up to a height.
  void WriteUpTo(uint64_t height) {
    for (uint64_t next = store_->final() ? store_->final()->value() + 1 : 0; next <= height; ++next)
      ASSERT_THAT(store_->WriteFinal(BlockOf(next), absl::StrCat("floor ", next)), IsOk());
  }
  // All files, to see that nothing has changed.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      files[entry.path().string()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return files;
  }
  static void Overwrite(const std::string& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

}  // namespace causeway::store

#endif  // CAUSEWAY_TESTS_UNIT_LEDGER_STORE_SMALL_STORE_H_
