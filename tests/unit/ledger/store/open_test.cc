// SPDX-License-Identifier: Apache-2.0
// Which directories open, and that those that do not stay as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rocksdb/env.h"

#include "ledger/codec/encode.h"
#include "ledger/store/database.h"
#include "ledger/store/head_file.h"
#include "ledger/store/manifest.h"
#include "tests/unit/ledger/store/small_store.h"

namespace causeway::store {
namespace {

class OpenTest : public SmallStore {
 protected:
  // Closes, lets the files be changed, and expects a refusal that changes nothing.
  void ExpectRefused(absl::StatusCode code, const std::string& part, const OpenOptions& options = Options()) {
    store_.reset();
    const auto before = Files();
    EXPECT_THAT(Reopen(options), StatusIs(code, part));
    auto after = Files();
    after.erase(path() + "/IN_USE");  // the lock's file, which has no content
    auto expected = before;
    expected.erase(path() + "/IN_USE");
    EXPECT_EQ(after, expected);
  }
};

TEST_F(OpenTest, AnEmptyStoreHasNothing) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store_->final(), std::nullopt);
    EXPECT_EQ(store_->flushed(), std::nullopt);
    EXPECT_EQ(store_->chain_id(), SmallChain());
    EXPECT_EQ(store_->genesis(), "genesis");
    EXPECT_THAT(store_->GetBlock(Height(0)), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(store_->LastCertificate(), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_EQ(*store_->GetStateAt(16, "key", Height(0)), std::nullopt);
    ASSERT_THAT(Reopen(), IsOk());
  }
}

TEST_F(OpenTest, ClosesAndComesBack) {
  WriteUpTo(5);
  ASSERT_THAT(store_->Close(), IsOk());
  ASSERT_THAT(Reopen(), IsOk());
  EXPECT_EQ(store_->final(), Height(5));
  EXPECT_EQ(store_->synced(), Height(5));
  EXPECT_EQ(store_->final_hash(), HeaderHash(5));
  EXPECT_EQ(*store_->Floor(), "floor 5");
  WriteUpTo(7);
}

TEST_F(OpenTest, ComesBackFromACrashOfTheProcess) {
  WriteUpTo(5);
  ASSERT_THAT(Reopen(), IsOk());
  EXPECT_EQ(store_->final(), Height(5));
  EXPECT_EQ(store_->open_report().written, Height(5));
  EXPECT_EQ(*store_->GetBlock(Height(4)), "block 4");
}

TEST_F(OpenTest, WhatWasLostUnsyncedIsAllowedToTheNodeAndNotToACopy) {
  WriteUpTo(3);
  ASSERT_THAT(store_->SyncWal(), IsOk());
  EXPECT_EQ(store_->synced(), Height(3));
  std::map<std::string, size_t> synced;
  for (const auto& [name, bytes] : Files()) synced[name] = bytes.size();
  WriteUpTo(6);
  EXPECT_EQ(store_->synced(), Height(3));
  store_.reset();
  // The power fails: the log ends where it was synced.
  for (const auto& [name, bytes] : Files()) {
    if (name.ends_with(".log") && bytes.size() > synced[name]) Overwrite(name, bytes.substr(0, synced[name]));
  }
  ExpectRefused(absl::StatusCode::kDataLoss, "height 6 had been written", Options(true));
  ASSERT_THAT(Reopen(), IsOk());
  EXPECT_EQ(store_->final(), Height(3));
  EXPECT_EQ(store_->open_report().written, Height(6));
  EXPECT_EQ(store_->open_report().synced, Height(3));
  WriteUpTo(8);
  ASSERT_THAT(Reopen(), IsOk());
  EXPECT_EQ(store_->final(), Height(8));
}

TEST_F(OpenTest, WhatWasSyncedMustBeThere) {
  WriteUpTo(2);
  std::map<std::string, size_t> sizes;
  for (const auto& [name, bytes] : Files()) sizes[name] = bytes.size();
  WriteUpTo(6);
  ASSERT_THAT(store_->SyncWal(), IsOk());
  store_.reset();
  for (const auto& [name, bytes] : Files()) {
    if (name.ends_with(".log") && bytes.size() > sizes[name]) Overwrite(name, bytes.substr(0, sizes[name]));
  }
  ExpectRefused(absl::StatusCode::kDataLoss, "readable up to height 2");
  OpenOptions accept = Options();
  accept.accept_loss = true;
  ASSERT_THAT(Reopen(accept), IsOk());
  EXPECT_EQ(store_->final(), Height(2));
}

TEST_F(OpenTest, RefusesAnotherChain) {
  store_.reset();
  OpenOptions other = Options();
  other.chain_id = crypto::Sha256("another chain");
  ExpectRefused(absl::StatusCode::kFailedPrecondition, SmallChain().ToHex(), other);
  OpenOptions any = Options();
  any.chain_id = std::nullopt;
  EXPECT_THAT(Reopen(any), IsOk());
}

TEST_F(OpenTest, RefusesANewerFormat) {
  ASSERT_THAT(store_->Close(), IsOk());
  store_.reset();
  rocksdb::Env& env = *rocksdb::Env::Default();
  Head head = *ReadHead(env, path() + "/HEAD");
  head.format_version = kFormatVersion + 1;
  ASSERT_THAT(HeadFile::Write(env, path() + "/HEAD", head), IsOk());
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "newer program");
  head.format_version = 0;
  ASSERT_THAT(HeadFile::Write(env, path() + "/HEAD", head), IsOk());
  ExpectRefused(absl::StatusCode::kDataLoss, "format 0");
}

TEST_F(OpenTest, RefusesASecondProcess) {
  EXPECT_THAT(Store::Open(path(), Options()).status(), StatusIs(absl::StatusCode::kUnavailable, path()));
  // A look takes no lock.
  EXPECT_THAT(Store::Open(path(), Options(true)).status(), IsOk());
}

TEST_F(OpenTest, SaysWhereThereIsNoStore) {
  EXPECT_THAT(Store::Open(directory_.Path("nowhere"), Options()).status(),
              StatusIs(absl::StatusCode::kNotFound, "no directory"));
  EXPECT_THAT(Store::Open(directory_.path(), Options()).status(), StatusIs(absl::StatusCode::kNotFound, "no store"));
  EXPECT_TRUE(Store::Exists(path()));
  EXPECT_FALSE(Store::Exists(directory_.path()));
  EXPECT_THAT(Store::Create(path(), SmallChain(), "genesis").status(), StatusIs(absl::StatusCode::kUnavailable));
  store_.reset();
  EXPECT_THAT(Store::Create(path(), SmallChain(), "genesis").status(), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(OpenTest, ADirectoryThatWasNotCopiedWholeIsDamaged) {
  ASSERT_THAT(store_->Close(), IsOk());
  store_.reset();
  const std::string head = Files().at(path() + "/HEAD");
  std::filesystem::remove(path() + "/HEAD");
  EXPECT_TRUE(Store::Exists(path()));
  ExpectRefused(absl::StatusCode::kDataLoss, "HEAD is missing");
  Overwrite(path() + "/HEAD", head);
  std::filesystem::rename(path() + "/rocksdb", path() + "/elsewhere");
  EXPECT_FALSE(Reopen().ok());
}

TEST_F(OpenTest, RefusesAHeadOfAnotherStore) {
  WriteUpTo(2);
  ASSERT_THAT(store_->Close(), IsOk());
  store_.reset();
  rocksdb::Env& env = *rocksdb::Env::Default();
  Head head = *ReadHead(env, path() + "/HEAD");
  head.chain_id = crypto::Sha256("another chain");
  ASSERT_THAT(HeadFile::Write(env, path() + "/HEAD", head), IsOk());
  OpenOptions any;
  ExpectRefused(absl::StatusCode::kDataLoss, "do not belong together", any);
}

TEST_F(OpenTest, TakesUpAnInterruptedCreate) {
  store_.reset();
  // As if it had been cut before HEAD came into its place.
  std::filesystem::remove(path() + "/HEAD");
  Overwrite(path() + "/CREATING", "");
  EXPECT_FALSE(Store::Exists(path()));
  EXPECT_THAT(Store::Open(path(), Options()).status(), StatusIs(absl::StatusCode::kNotFound));
  Create();
  WriteUpTo(1);
  // And as if after.
  Overwrite(path() + "/CREATING", "");
  ASSERT_THAT(Reopen(), IsOk());
  EXPECT_EQ(store_->final(), Height(1));
  EXPECT_FALSE(std::filesystem::exists(path() + "/CREATING"));
}

TEST_F(OpenTest, ALookChangesNothingAndWritesNothing) {
  WriteUpTo(4);
  store_.reset();
  const auto before = Files();
  ASSERT_THAT(Reopen(Options(true)), IsOk());
  EXPECT_EQ(store_->final(), Height(4));
  EXPECT_THAT(store_->WriteFinal(BlockOf(5), ""), StatusIs(absl::StatusCode::kFailedPrecondition, "reading only"));
  EXPECT_THAT(store_->SyncWal(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store_->VerifyChecksums(), IsOk());
  ASSERT_THAT(store_->Close(), IsOk());
  EXPECT_EQ(Files(), before);
}

// A record of the log whose type has turned ends RocksDB's reading as if nothing followed.
TEST_F(OpenTest, AGapInTheLogIsNotLeapt) {
  WriteUpTo(8);
  ASSERT_THAT(store_->SyncWal(), IsOk());
  store_.reset();
  const auto before = Files();
  int refused = 0;
  for (const auto& [name, bytes] : before) {
    if (!name.ends_with(".log") || bytes.empty()) continue;
    for (size_t at = 0; at < bytes.size(); at += 61) {
      std::string turned = bytes;
      turned[at] = static_cast<char>(turned[at] ^ 0x10);
      Overwrite(name, turned);
      const auto opened = Store::Open(path(), Options(true));
      if (opened.ok()) {
        EXPECT_EQ((*opened)->final(), Height(8)) << name << " at " << at;
      } else {
        EXPECT_TRUE(absl::IsDataLoss(opened.status())) << opened.status();
        ++refused;
      }
    }
    Overwrite(name, bytes);
  }
  EXPECT_GT(refused, 20);
  EXPECT_THAT(Reopen(), IsOk());
}

// A power cut may leave zeros or rubbish where the MANIFEST was being written, which RocksDB by itself refuses.
TEST_F(OpenTest, ATornEndOfTheManifestIsCutOff) {
  WriteUpTo(4);
  ASSERT_THAT(store_->SyncWal(), IsOk());
  for (const std::string& torn :
       {std::string(100, '\0'), std::string(40, '\x55'), std::string("\x01\x02\x03\x04\x05", 5)}) {
    store_.reset();
    const auto before = Files();
    for (const auto& [name, bytes] : before) {
      if (name.find("MANIFEST") != std::string::npos) Overwrite(name, bytes + torn);
    }
    ASSERT_THAT(Reopen(), IsOk());
    EXPECT_EQ(store_->final(), Height(4));
  }
}

TEST_F(OpenTest, AManifestIsTornFromItsFirstBadRecordOn) {
  WriteUpTo(4);
  ASSERT_THAT(store_->Close(), IsOk());
  store_.reset();
  for (const auto& [name, bytes] : Files()) {
    if (name.find("MANIFEST") == std::string::npos) continue;
    ASSERT_EQ(TornAfter(bytes), std::nullopt);
    std::string turned = bytes;
    turned[20] = static_cast<char>(turned[20] ^ 1);
    EXPECT_EQ(TornAfter(turned), 0);
    // Its last bytes: torn after some whole record before them.
    turned = bytes;
    turned.back() = static_cast<char>(turned.back() ^ 1);
    ASSERT_TRUE(TornAfter(turned).has_value());
    EXPECT_LT(*TornAfter(turned), bytes.size());
    EXPECT_EQ(TornAfter(bytes.substr(0, *TornAfter(turned))), std::nullopt);
  }
}

// RocksDB writes some edits before it syncs them, and a power cut may lose the first of them alone.
TEST_F(OpenTest, AnEditLostBeforeALaterOneCutsBoth) {
  WriteUpTo(4);
  ASSERT_THAT(store_->SyncWal(), IsOk());
  store_.reset();
  const auto before = Files();
  for (const auto& [name, bytes] : before) {
    if (name.find("MANIFEST") == std::string::npos) continue;
    const std::string last = bytes.substr(*TornAfter(bytes.substr(0, bytes.size() - 1)));
    Overwrite(name, bytes + std::string(last.size(), '\0') + last);
  }
  ASSERT_THAT(Reopen(), IsOk());
  EXPECT_EQ(store_->final(), Height(4));
}

// A bit that turns in any record of the MANIFEST: what was synced is there, or the store is refused and not changed.
TEST_F(OpenTest, ATurnedBitOfTheManifestLosesNothing) {
  WriteUpTo(4);
  ASSERT_THAT(store_->Close(), IsOk());
  store_.reset();
  const auto before = Files();
  std::string manifest;
  for (const auto& [name, bytes] : before) {
    if (name.find("MANIFEST") != std::string::npos) manifest = name;
  }
  const size_t size = before.at(manifest).size();
  for (size_t at = 0; at < size; at += 1 + size / 40) {
    std::string turned = before.at(manifest);
    turned[at] = static_cast<char>(turned[at] ^ 4);
    Overwrite(manifest, turned);
    const auto files = Files();
    if (const absl::Status status = Reopen(); status.ok()) {
      EXPECT_EQ(store_->final(), Height(4)) << at;
      EXPECT_EQ(*store_->GetReceipt({Height(4), Lane::kTransaction, 0}), "receipt 4") << at;
      store_.reset();
      for (const auto& [name, bytes] : Files()) {
        if (!before.contains(name)) std::filesystem::remove(name);
      }
      for (const auto& [name, bytes] : before) Overwrite(name, bytes);
    } else {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss)) << at;
      EXPECT_EQ(Files(), files) << at;
    }
  }
}

// The store never loses what was synced, whichever record of the MANIFEST is damaged at its end.
TEST_F(OpenTest, AManifestThatLostWhatWasSyncedIsRefusedAndNotChanged) {
  WriteUpTo(4);
  ASSERT_THAT(store_->Close(), IsOk());
  store_.reset();
  for (const auto& [name, bytes] : Files()) {
    if (name.find("MANIFEST") == std::string::npos) continue;
    Overwrite(name, bytes.substr(0, bytes.size() / 2) + std::string(bytes.size() / 2, '\0'));
    ExpectRefused(absl::StatusCode::kDataLoss, "");
  }
}

// RocksDB removes a log some time after it has written out what the log held, and a kill or a power cut comes between.
// A family that was empty all the time still names such a log as its own.
TEST_F(OpenTest, ALogThatIsNotNeededAnyMoreIsNoGap) {
  OpenOptions options = Options();
  options.log_bytes = 24 << 20;
  ASSERT_THAT(Reopen(options), IsOk());
  const std::string rocks = path() + "/rocksdb";
  const auto logs = [&] { return *LogFiles(rocks, 0, rocksdb::Env::Default()); };
  const uint64_t first = logs().rbegin()->first;
  const std::string file = absl::StrCat(rocks, "/", absl::Dec(first, absl::kZeroPad6), ".log");
  // A buffer that is full begins a second log; the limit of both together, which comes later, ends the first.
  std::string first_log;
  uint64_t height = 0;
  for (; height < 100 && logs().contains(first); ++height) {
    FinalBlock block = BlockOf(height);
    block.block = std::string(1 << 20, 'b');
    if (logs().rbegin()->first == first) {
      ASSERT_TRUE(rocksdb::ReadFileToString(rocksdb::Env::Default(), file, &first_log).ok());
    }
    ASSERT_THAT(store_->WriteFinal(block, "floor"), IsOk());
    ASSERT_THAT(store_->SyncWal(), IsOk());
  }
  ASSERT_FALSE(logs().contains(first));
  store_.reset();
  Overwrite(file, first_log);
  EXPECT_THAT(Reopen(Options(true)), IsOk());
  ASSERT_THAT(Reopen(), IsOk());
  EXPECT_EQ(store_->final(), Height(height - 1));
}

TEST_F(OpenTest, ACheckpointOpensAsTheStoreDoes) {
  WriteUpTo(4);
  const std::string copy = directory_.Path("copy");
  EXPECT_EQ(*store_->Checkpoint(copy), Height(4));
  EXPECT_THAT(store_->Checkpoint(copy), StatusIs(absl::StatusCode::kAlreadyExists));
  WriteUpTo(6);
  auto opened = Store::Open(copy, Options());
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ((*opened)->final(), Height(4));
  EXPECT_EQ(*(*opened)->GetReceipt({Height(4), Lane::kTransaction, 0}), "receipt 4");
  EXPECT_THAT((*opened)->WriteFinal(BlockOf(5), ""), IsOk());
}

}  // namespace
}  // namespace causeway::store
