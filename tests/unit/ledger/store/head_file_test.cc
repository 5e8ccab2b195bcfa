// SPDX-License-Identifier: Apache-2.0
#include "ledger/store/head_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rocksdb/env.h"

#include "tests/unit/ledger/store/small_store.h"

namespace causeway::store {
namespace {

class HeadFileTest : public ::testing::Test {
 protected:
  HeadFileTest() : path_(directory_.Path("HEAD")) {
    CAUSEWAY_CHECK(HeadFile::Write(env_, path_,
                                   {1, SmallChain(), Reach{Height(3), Height(1), 30}, Reach{Height(4), Height(1), 40}})
                       .ok());
  }
  std::string Bytes() const {
    std::string bytes;
    CAUSEWAY_CHECK(rocksdb::ReadFileToString(&env_, path_, &bytes).ok());
    return bytes;
  }
  absl::StatusOr<Head> ReadWithByte(size_t at, uint8_t mask) {
    std::string bytes = Bytes();
    bytes[at] = static_cast<char>(bytes[at] ^ mask);
    const std::string other = directory_.Path("OTHER");
    CAUSEWAY_CHECK(rocksdb::WriteStringToFile(&env_, bytes, other).ok());
    return ReadHead(env_, other);
  }

  rocksdb::Env& env_ = *rocksdb::Env::Default();
  testing::TemporaryDirectory directory_;
  std::string path_;
};

TEST_F(HeadFileTest, SaysWhatWasWritten) {
  const auto head = ReadHead(env_, path_);
  ASSERT_THAT(head, IsOk());
  EXPECT_EQ(head->format_version, 1u);
  EXPECT_EQ(head->chain_id, SmallChain());
  EXPECT_EQ(head->synced.final, Height(3));
  EXPECT_EQ(head->synced.flushed, Height(1));
  EXPECT_EQ(head->synced.sequence, 30u);
  EXPECT_EQ(head->written.final, Height(4));
  EXPECT_EQ(head->written.sequence, 40u);
  EXPECT_THAT(ReadHead(env_, directory_.Path("none")), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HeadFileTest, GoesOnFromWhatItSaid) {
  auto file = HeadFile::Open(env_, path_);
  ASSERT_THAT(file, IsOk());
  for (uint64_t height = 5; height < 20; ++height) {
    ASSERT_THAT((*file)->SetWritten({Height(height), std::nullopt, height * 10}), IsOk());
    if (height % 3 == 0) {
      ASSERT_THAT((*file)->SetSynced({Height(height - 1), std::nullopt, height * 10}), IsOk());
    }
    const auto head = ReadHead(env_, path_);
    ASSERT_THAT(head, IsOk());
    EXPECT_EQ(head->written.final, Height(height));
    EXPECT_EQ(head->written.flushed, std::nullopt);
    EXPECT_EQ(head->synced.final, Height(height < 6 ? 3 : height / 3 * 3 - 1));
  }
}

// A write that was torn, or bits that have turned, leave the entry before: it asks for less, never for more.
TEST_F(HeadFileTest, ADamagedEntryLeavesTheOneBefore) {
  {
    auto file = HeadFile::Open(env_, path_);
    ASSERT_THAT((*file)->SetWritten({Height(5), Height(1), 50}), IsOk());
    ASSERT_THAT((*file)->SetSynced({Height(5), Height(1), 50}), IsOk());
  }
  const size_t size = Bytes().size();
  int refused = 0, older = 0;
  for (size_t at = 0; at < size; ++at) {
    const auto head = ReadWithByte(at, 1);
    if (!head.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(head.status()));
      EXPECT_LT(at, 128u) << "an entry's damage must not cost the file";
      ++refused;
      continue;
    }
    EXPECT_EQ(head->chain_id, SmallChain());
    EXPECT_TRUE(head->written.final == Height(5) || head->written.final == Height(4));
    EXPECT_TRUE(head->synced.final == Height(5) || head->synced.final == Height(3));
    older += head->written.final == Height(4) || head->synced.final == Height(3);
  }
  EXPECT_EQ(refused, 128);
  EXPECT_EQ(older, 128);
}

// Between two syncs both entries of what is written are in the kernel's memory.
TEST_F(HeadFileTest, APowerCutMayTearBothEntriesOfWhatIsWritten) {
  std::string bytes = Bytes();
  for (const size_t at : {128 + 2 * 64, 128 + 3 * 64}) bytes.replace(at, 64, 64, 'x');
  ASSERT_TRUE(rocksdb::WriteStringToFile(&env_, bytes, path_).ok());
  auto head = ReadHead(env_, path_);
  ASSERT_THAT(head, IsOk());
  EXPECT_TRUE(head->written_torn);
  EXPECT_EQ(head->written.final, Height(3));
  auto file = HeadFile::Open(env_, path_);
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->SetWritten({Height(6), std::nullopt, 60}), IsOk());
  head = ReadHead(env_, path_);
  ASSERT_THAT(head, IsOk());
  EXPECT_FALSE(head->written_torn);
  EXPECT_EQ(head->written.final, Height(6));
  // What is synced is not so lightly given up.
  for (const size_t at : {128, 128 + 64}) bytes.replace(at, 64, 64, 'x');
  ASSERT_TRUE(rocksdb::WriteStringToFile(&env_, bytes, path_).ok());
  EXPECT_THAT(ReadHead(env_, path_), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(HeadFileTest, ACutFileIsDamaged) {
  const std::string bytes = Bytes();
  for (const size_t size : {size_t{0}, size_t{1}, size_t{128}, bytes.size() - 1}) {
    ASSERT_TRUE(rocksdb::WriteStringToFile(&env_, bytes.substr(0, size), path_).ok());
    EXPECT_THAT(ReadHead(env_, path_), StatusIs(absl::StatusCode::kDataLoss, path_));
    EXPECT_THAT(HeadFile::Open(env_, path_).status(), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace causeway::store
