// SPDX-License-Identifier: Apache-2.0
// A node's data with two dealing days in them, and copies of it to be spoilt.
#ifndef CAUSEWAY_TESTS_AUDIT_NODE_COPIES_H_
#define CAUSEWAY_TESTS_AUDIT_NODE_COPIES_H_

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "ledger/audit/replay.h"
#include "ledger/crypto/sha256.h"
#include "ledger/store/store.h"
#include "tests/support/ledger_world.h"
#include "tests/support/status_matchers.h"
#include "tests/support/stored_chain.h"
#include "tests/support/temporary_directory.h"

namespace causeway::testing {

// Ten times as many before a release.
inline int Copies(int copies) {
  return std::getenv("CAUSEWAY_RELEASE_TESTS") != nullptr ? 10 * copies : copies;
}

inline std::string Joined(const std::vector<audit::Finding>& findings) {
  std::string text;
  for (const audit::Finding& finding : findings) absl::StrAppend(&text, finding.ToString(), "\n");
  return text;
}

class NodeCopies : public ::testing::Test {
 protected:
  NodeCopies() {
    if (world().blocks().size() == 1) world().LiveTwoDays(6);
  }

  // One chain for all tests of the program: to make it takes longer than to replay it.
  static LedgerWorld& world() {
    static auto* const kWorld = new LedgerWorld();
    return *kWorld;
  }
  static uint64_t last() { return world().blocks().size() - 1; }

  // A node that was stopped, or that crashed with its last blocks in the log.
  std::string WriteNode(
      const std::string& name, bool stopped, const ExecutedBlocks& blocks = world().blocks(),
      const Finalizer& finalize = [](uint64_t height) { return world().Finalize(height); }) {
    const std::string path = directory_.Path(name);
    const std::unique_ptr<store::Store> store = WriteChain(path, world().genesis(), blocks, finalize, {1, 7, 3});
    if (stopped) CAUSEWAY_CHECK(store->Close().ok());
    return path;
  }
  std::string Copy(const std::string& path) {
    const std::string copy = directory_.Path("copy");
    std::filesystem::remove_all(copy);
    std::filesystem::copy(path, copy, std::filesystem::copy_options::recursive);
    return copy;
  }
  absl::StatusOr<audit::ReplayResult> Replay(const std::string& path) const {
    audit::ReplayOptions options;
    options.confidentiality_key = world().confidentiality_key();
    return audit::ReplayDirectory(path, world().genesis(), world().registry(), options);
  }

  // All that any reader of the store is told, by family.
  static absl::StatusOr<std::map<std::string, Hash>> Reads(const std::string& path, bool read_only) {
    store::OpenOptions options;
    options.read_only = read_only;
    options.chain_id = world().chain_id();
    CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store, store::Store::Open(path, options));
    std::map<std::string, Hash> reads;
    for (const store::Family family : store::AllFamilies()) {
      crypto::Sha256Hasher hasher;
      CAUSEWAY_RETURN_IF_ERROR(store->ScanRows(family, "", [&](absl::string_view key, absl::string_view value) {
        hasher.Update(absl::StrCat(key.size(), " ", value.size(), " ")).Update(key).Update(value);
        return true;
      }));
      reads.emplace(store::FamilyName(family), hasher.Finish());
    }
    reads.emplace("genesis", crypto::Sha256(store->genesis()));
    return reads;
  }

  TemporaryDirectory directory_{TemporaryDirectory::InMemory()};
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_AUDIT_NODE_COPIES_H_
