// SPDX-License-Identifier: Apache-2.0
#include "ledger/audit/blame.h"

#include <gmock/gmock.h>

#include "rocksdb/file_system.h"

#include "ledger/chain/evidence.h"
#include "ledger/chain/genesis.h"
#include "ledger/crypto/signature_scheme.h"
#include "tests/support/forked_history.h"

namespace causeway::audit {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kShared;

// The machine's, until it does not answer any more.
class SilentDisk : public rocksdb::FileSystemWrapper {
 public:
  SilentDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "SilentDisk"; }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* context) override {
    std::unique_ptr<rocksdb::FSRandomAccessFile> opened;
    const rocksdb::IOStatus status = target()->NewRandomAccessFile(path, options, &opened, context);
    if (status.ok()) *file = std::make_unique<File>(std::move(opened), silent_);
    return status;
  }
  void FallSilent() { silent_ = true; }

 private:
  class File : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSRandomAccessFile>&& file, const bool& silent)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), silent_(silent) {}
    rocksdb::IOStatus Read(uint64_t offset, size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result,
                           char* scratch, rocksdb::IODebugContext* context) const override {
      if (silent_) return rocksdb::IOStatus::IOError("the disk does not answer");
      return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, context);
    }

   private:
    const bool& silent_;
  };
  bool silent_ = false;
};

class BlameTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::optional<Blame>> Find() const {
    return FindBlame(first_.store(), second_.store(), first_.chain().genesis());
  }
  Blame Found() const {
    const absl::StatusOr<std::optional<Blame>> blame = Find();
    CAUSEWAY_CHECK(blame.ok(), blame.status().ToString());
    CAUSEWAY_CHECK(blame->has_value(), "nothing was found");
    return **blame;
  }
  // Whom the evidence names; each piece verifies by itself.
  std::vector<uint32_t> Named(const Blame& blame) const {
    const testing::TestChain& chain = first_.chain();
    const crypto::KeyedSignatureScheme scheme(chain::ValidatorKeys(chain::GenesisValidators(chain.genesis())), nullptr);
    std::vector<uint32_t> named;
    for (const v1::Evidence& evidence : blame.evidence) {
      const absl::StatusOr<chain::Conflict> conflict = chain::VerifyEvidence(chain.chain_id(), evidence, scheme);
      EXPECT_TRUE(conflict.ok()) << conflict.status();
      if (conflict.ok()) named.push_back(conflict->validator);
    }
    return named;
  }

  testing::ForkedHistory first_{20};
  testing::ForkedHistory second_{30};
};

TEST_F(BlameTest, WhoeverSignedBothIsNamedAndNobodyElse) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3});
  const Blame blame = Found();
  EXPECT_EQ(blame.height, kShared + 1);
  EXPECT_EQ(blame.view, kShared + 1);
  EXPECT_EQ(blame.first_block, first_.chain().blocks()[kShared + 1]->hash);
  EXPECT_EQ(blame.second_block, second_.chain().blocks()[kShared + 1]->hash);
  EXPECT_THAT(Named(blame), ElementsAre(1, 2));
}

TEST_F(BlameTest, FinalizationsOfSeveralBlocksNameThemToo) {
  first_.Write(6, {0, 1, 3}, 6);
  second_.Write(5, {1, 2, 3}, 5, 1);
  // Views 6 and 6: the last block of each.
  const Blame blame = Found();
  EXPECT_EQ(blame.height, kShared + 1);
  EXPECT_EQ(blame.view, 6u);
  EXPECT_THAT(Named(blame), ElementsAre(1, 3));
}

TEST_F(BlameTest, OneHistoryThatGoesOnIsNoConflict) {
  first_.Write(6, {0, 1, 2});
  testing::ForkedHistory other(20);
  for (const uint64_t last : {uint64_t{2}, kShared, uint64_t{5}, uint64_t{6}}) {
    other.Write(last, {1, 2, 3});
    const absl::StatusOr<std::optional<Blame>> blame =
        FindBlame(first_.store(), other.store(), first_.chain().genesis());
    ASSERT_TRUE(blame.ok()) << blame.status();
    EXPECT_FALSE(blame->has_value()) << last;
  }
}

TEST_F(BlameTest, WithoutAViewInBothNobodyIsNamed) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3}, 1, 10);
  const Blame blame = Found();
  EXPECT_EQ(blame.height, kShared + 1);
  EXPECT_EQ(blame.view, std::nullopt);
  EXPECT_THAT(Named(blame), IsEmpty());
}

TEST_F(BlameTest, WhatNoQuorumSignedBlamesNobody) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2});
  const absl::Status status = Find().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the second history, height 4"));
}

TEST_F(BlameTest, ADiskThatDoesNotAnswerIsNoChangedHistory) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3});
  second_.Close();
  // A store that comes back writes what its log holds into files.
  ASSERT_TRUE((*store::Store::Open(second_.path(), {}))->Close().ok());
  const auto disk = std::make_shared<SilentDisk>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  const auto store = store::Store::Open(second_.path(), {.read_only = true, .env = env.get()});
  ASSERT_TRUE(store.ok()) << store.status();
  disk->FallSilent();
  const absl::Status status = FindBlame(first_.store(), **store, first_.chain().genesis()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("the second history"), HasSubstr("the disk does not answer")));
}

TEST_F(BlameTest, AnotherChainIsRefused) {
  first_.Write(6, {0, 1, 2});
  second_.Write(6, {1, 2, 3});
  v1::Genesis other = first_.chain().genesis();
  other.set_name("another");
  EXPECT_EQ(FindBlame(first_.store(), second_.store(), other).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace causeway::audit
