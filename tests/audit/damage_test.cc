// SPDX-License-Identifier: Apache-2.0
// One bit turned anywhere in a node's files: the audit names it, or no reader is told anything else.
#include <fstream>
#include <random>
#include <vector>

#include <gmock/gmock.h>

#include "tests/audit/node_copies.h"

namespace causeway::testing {
namespace {

class Damage : public NodeCopies {
 protected:
  static std::vector<std::string> FilesOf(const std::string& path) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && entry.file_size() > 0)
        files.push_back(std::filesystem::relative(entry.path(), path).string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  // Half of the time every file is as likely, and half of the time every byte.
  static std::string TurnABit(const std::string& path, std::mt19937_64& random) {
    const std::vector<std::string> files = FilesOf(path);
    std::string file = files[random() % files.size()];
    if (random() % 2 == 0) {
      uint64_t total = 0;
      for (const std::string& name : files) total += std::filesystem::file_size(path + "/" + name);
      uint64_t at = random() % total;
      for (const std::string& name : files) {
        file = name;
        const uint64_t size = std::filesystem::file_size(path + "/" + name);
        if (at < size) break;
        at -= size;
      }
    }
    const uint64_t bit = random() % (8 * std::filesystem::file_size(path + "/" + file));
    std::fstream stream(path + "/" + file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(bit / 8));
    const auto byte = static_cast<char>(stream.get() ^ 1 << bit % 8);
    stream.seekp(static_cast<std::streamoff>(bit / 8));
    stream.put(byte);
    return absl::StrCat("bit ", bit, " of ", file);
  }

  void TurnBits(bool stopped, uint64_t seed) {
    const std::string node = WriteNode("node", stopped);
    const auto reads = Reads(node, true);
    ASSERT_THAT(reads, IsOk());
    const auto whole = Replay(node);
    ASSERT_THAT(whole, IsOk());
    ASSERT_TRUE(whole->verified) << Joined(whole->findings);
    EXPECT_EQ(whole->height, last());

    std::mt19937_64 random(seed);
    int named = 0, harmless = 0;
    for (int i = 0; i < Copies(100); ++i) {
      const std::string copy = Copy(node);
      const std::string what = TurnABit(copy, random);
      SCOPED_TRACE(what);
      const auto result = Replay(copy);
      ASSERT_THAT(result, IsOk());
      if (!result->verified) {
        ++named;
        ASSERT_FALSE(result->findings.empty());
        EXPECT_NE(result->findings[0].family, "");
        EXPECT_FALSE(result->findings[0].key.empty() && result->findings[0].what.empty());
        continue;
      }
      ++harmless;
      EXPECT_EQ(result->block_hash, whole->block_hash);
      const auto audited = Reads(copy, true);
      ASSERT_THAT(audited, IsOk());
      EXPECT_EQ(*audited, *reads);
      // The node itself.
      const auto opened = Reads(copy, false);
      ASSERT_THAT(opened, IsOk());
      EXPECT_EQ(*opened, *reads);
    }
    RecordProperty("named", named);
    RecordProperty("harmless", harmless);
    // RocksDB's own notes (options, identity) and unused room are read by nobody.
    EXPECT_GT(named, Copies(100) / 3);
  }
};

TEST_F(Damage, ABitTurnedInTheFilesOfANodeThatWasStopped) {
  TurnBits(true, 1);
}

TEST_F(Damage, ABitTurnedInTheFilesOfANodeThatCrashed) {
  TurnBits(false, 2);
}

}  // namespace
}  // namespace causeway::testing
