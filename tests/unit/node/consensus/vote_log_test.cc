// SPDX-License-Identifier: Apache-2.0
// The vote log, on the simulated disk and on the machine's own.
#include "node/consensus/vote_log.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "ledger/base/crc32c.h"
#include "tests/simulation/simulated_disk.h"

namespace causeway::consensus {
namespace {

using simulation::Random;
using simulation::SimulatedDisk;

constexpr char kFolder[] = "votes";
constexpr VoteLogOptions kSmall = {4096, 16};

Hash Filled(uint8_t byte) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(byte);
  return Hash(bytes);
}
const Hash kChain = Filled(1);
const KeyId kKey = KeyId(Filled(2).array());

Vote VoteOf(uint64_t view) {
  return {Subject::Nullify(Epoch(0), View(view)), 0, std::string(64, static_cast<char>(view))};
}
CertificatePtr FinalizationOf(uint64_t view) {
  const Subject subject{VoteKind::kFinalize, Epoch(0), View(view), View(view - 1), Filled(static_cast<uint8_t>(view))};
  return std::make_shared<const Certificate>(Certificate{subject, {0, 1, 2}, std::string(192, 's')});
}
LogBody BodyOf(uint8_t id, uint64_t height, size_t size = 100) {
  return {Filled(id), Height(height), std::make_shared<const std::string>(size, static_cast<char>(id))};
}

std::vector<uint64_t> Views(const LogContents& contents) {
  std::vector<uint64_t> views;
  for (const Vote& vote : contents.votes) views.push_back(vote.subject.view.value());
  return views;
}

class VoteLogTest : public testing::Test {
 protected:
  std::unique_ptr<VoteLog> Make(const VoteLogOptions& options = kSmall) {
    auto log = VoteLog::Create(disk_, kFolder, options, kChain, kKey);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }
  absl::StatusOr<std::unique_ptr<VoteLog>> Open(const VoteLogOptions& options = kSmall) {
    contents_ = {};
    return VoteLog::Open(
        disk_, kFolder, options, kChain, kKey, [](const LogBody&) { return true; }, &contents_);
  }
  SimulatedDisk disk_;
  Random random_{1};
  LogContents contents_;
};

TEST_F(VoteLogTest, GivesBackWhatWasSynced) {
  auto log = Make();
  ASSERT_TRUE(log->Append(VoteOf(1)).ok());
  ASSERT_TRUE(log->Append(BodyOf(7, 3)).ok());
  ASSERT_TRUE(log->Append(FinalizationOf(2)).ok());
  ASSERT_TRUE(log->Append(LogCertified{Epoch(0), View(2), Filled(7)}).ok());
  ASSERT_TRUE(log->Sync().ok());
  log.reset();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(contents_.votes, std::vector<Vote>{VoteOf(1)});
  ASSERT_EQ(contents_.bodies.size(), 1u);
  EXPECT_EQ(*contents_.bodies[0].bytes, *BodyOf(7, 3).bytes);
  ASSERT_EQ(contents_.certificates.size(), 1u);
  EXPECT_EQ(*contents_.certificates[0], *FinalizationOf(2));
  ASSERT_EQ(contents_.certified.size(), 1u);
  EXPECT_TRUE(contents_.may_vote);
}

TEST_F(VoteLogTest, WhatWasNotSyncedMayBeGoneAndNothingElse) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    disk_.Wipe();
    random_ = Random(seed);
    auto log = Make();
    const uint64_t synced = 1 + random_.Below(40);
    for (uint64_t view = 1; view <= synced; ++view) ASSERT_TRUE(log->Append(VoteOf(view)).ok());
    ASSERT_TRUE(log->Sync().ok());
    const uint64_t written = synced + 1 + random_.Below(40);
    for (uint64_t view = synced + 1; view <= written; ++view) ASSERT_TRUE(log->Append(VoteOf(view)).ok());
    disk_.set_syncs_fail(true);
    ASSERT_FALSE(log->Sync().ok());
    log.reset();
    disk_.Crash(random_);
    const auto opened = Open();
    ASSERT_TRUE(opened.ok()) << "seed " << seed << ": " << opened.status();
    const std::vector<uint64_t> views = Views(contents_);
    ASSERT_GE(views.size(), synced);
    ASSERT_LE(views.size(), written);
    for (size_t i = 0; i < views.size(); ++i) ASSERT_EQ(views[i], i + 1);
  }
}

// What a torn write left behind must not come back after the log has gone on without it.
TEST_F(VoteLogTest, ALostRecordStaysLost) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    disk_.Wipe();
    random_ = Random(seed);
    auto log = Make();
    std::vector<uint64_t> promised;
    uint64_t next = 1;
    for (int life = 0; life < 5; ++life) {
      const uint64_t synced = random_.Below(30);
      for (uint64_t i = 0; i < synced; ++i) {
        promised.push_back(next);
        ASSERT_TRUE(log->Append(VoteOf(next++)).ok());
      }
      ASSERT_TRUE(log->Sync().ok());
      const uint64_t torn = random_.Below(30);
      for (uint64_t i = 0; i < torn; ++i) ASSERT_TRUE(log->Append(VoteOf(next++)).ok());
      disk_.set_syncs_fail(true);
      if (torn > 0) {
        ASSERT_FALSE(log->Sync().ok());
      }
      log.reset();
      disk_.Crash(random_);
      auto opened = Open();
      ASSERT_TRUE(opened.ok()) << "seed " << seed << ": " << opened.status();
      const std::vector<uint64_t> views = Views(contents_);
      ASSERT_TRUE(std::includes(views.begin(), views.end(), promised.begin(), promised.end())) << "seed " << seed;
      promised = views;  // what is given back once is promised from then on
      log = *std::move(opened);
    }
  }
}

TEST_F(VoteLogTest, ARottenRecordBeforeTheTailIsDamage) {
  int damaged = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    disk_.Wipe();
    random_ = Random(seed);
    auto log = Make();
    for (uint64_t view = 1; view <= 60; ++view) {
      ASSERT_TRUE(log->Append(VoteOf(view)).ok());
      ASSERT_TRUE(log->Sync().ok());
    }
    log.reset();
    ASSERT_TRUE(disk_.Rot(random_));
    const auto opened = Open();
    if (!opened.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(opened.status()) || absl::IsNotFound(opened.status())) << opened.status();
      ++damaged;
      continue;
    }
    // Only the very last record cannot be told from a torn write; peers' echoes are for that.
    EXPECT_GE(contents_.votes.size(), 59u) << "seed " << seed;
    for (size_t i = 0; i < contents_.votes.size(); ++i) EXPECT_EQ(contents_.votes[i], VoteOf(i + 1));
  }
  EXPECT_GT(damaged, 250);
}

TEST_F(VoteLogTest, AMissingSegmentIsDamage) {
  auto log = Make();
  for (uint64_t view = 1; view <= 100; ++view) {
    ASSERT_TRUE(log->Append(VoteOf(view)).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  ASSERT_GE(log->segments_used(), 3u);
  log.reset();
  ASSERT_TRUE(disk_.Remove("votes/votes-000002.log").ok());
  EXPECT_TRUE(absl::IsDataLoss(Open().status()));
}

TEST_F(VoteLogTest, AFloorFreesSegmentsOnceItIsSynced) {
  auto log = Make();
  for (uint64_t view = 1; view <= 200; ++view) {
    ASSERT_TRUE(log->Append(VoteOf(view)).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  const size_t before = log->segments_used();
  ASSERT_TRUE(log->Append(LogFloor{Epoch(0), View(190), Height(50)}).ok());
  EXPECT_EQ(log->segments_used(), before);
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_LT(log->segments_used(), before);
  log.reset();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(contents_.floor.view, View(190));
  EXPECT_EQ(contents_.floor.height, Height(50));
  EXPECT_THAT(Views(contents_), testing::ElementsAre(191, 192, 193, 194, 195, 196, 197, 198, 199, 200));
}

TEST_F(VoteLogTest, BodiesAboveTheFloorAreKept) {
  auto log = Make();
  ASSERT_TRUE(log->Append(BodyOf(9, 100)).ok());
  for (uint64_t view = 1; view <= 100; ++view) {
    ASSERT_TRUE(log->Append(VoteOf(view)).ok());
    ASSERT_TRUE(log->Append(LogFloor{Epoch(0), View(view), Height(99)}).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  log.reset();
  ASSERT_TRUE(Open().ok());
  ASSERT_EQ(contents_.bodies.size(), 1u);
  EXPECT_EQ(contents_.bodies[0].block, Filled(9));
}

TEST_F(VoteLogTest, TheNewestFinalizationSurvivesEveryFloor) {
  auto log = Make();
  ASSERT_TRUE(log->Append(FinalizationOf(3)).ok());
  for (uint64_t view = 4; view <= 300; ++view) {
    ASSERT_TRUE(log->Append(VoteOf(view)).ok());
    ASSERT_TRUE(log->Append(LogFloor{Epoch(0), View(view), Height(0)}).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  log.reset();
  ASSERT_TRUE(Open().ok());
  ASSERT_EQ(contents_.certificates.size(), 1u);
  EXPECT_EQ(contents_.certificates[0]->subject.view, View(3));
}

// Views are counted anew in each epoch, and the low ones of the next come after the high ones of this.
TEST_F(VoteLogTest, AnEpochIsAfterAllViewsOfTheOneBefore) {
  auto log = Make();
  const auto in_epoch_1 = [](Vote vote) {
    vote.subject.epoch = Epoch(1);
    return vote;
  };
  ASSERT_TRUE(log->Append(FinalizationOf(200)).ok());
  for (uint64_t view = 100; view <= 200; ++view) ASSERT_TRUE(log->Append(VoteOf(view)).ok());
  ASSERT_TRUE(log->Append(LogFloor{Epoch(0), View(150), Height(1)}).ok());
  Certificate first = *FinalizationOf(1);
  first.subject.epoch = Epoch(1);
  ASSERT_TRUE(log->Append(std::make_shared<const Certificate>(first)).ok());
  for (uint64_t view = 1; view <= 5; ++view) ASSERT_TRUE(log->Append(in_epoch_1(VoteOf(view))).ok());
  ASSERT_TRUE(log->Sync().ok());
  const size_t before = log->segments_used();
  ASSERT_TRUE(log->Append(LogFloor{Epoch(1), View(2), Height(2)}).ok());
  ASSERT_TRUE(log->Append(LogFloor{Epoch(0), View(250), Height(2)}).ok());  // lower: says nothing any more
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_LT(log->segments_used(), before);
  log.reset();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(contents_.floor.epoch, Epoch(1));
  EXPECT_EQ(contents_.floor.view, View(2));
  EXPECT_THAT(Views(contents_), testing::ElementsAre(3, 4, 5));
  ASSERT_EQ(contents_.certificates.size(), 1u);
  EXPECT_EQ(contents_.certificates[0]->subject, first.subject);
}

TEST_F(VoteLogTest, RunsForEverInBoundedRoom) {
  auto log = Make();
  for (uint64_t view = 1; view <= 5'000; ++view) {
    ASSERT_TRUE(log->Append(VoteOf(view)).ok()) << view;
    if (view % 20 == 0) {
      ASSERT_TRUE(log->Append(LogFloor{Epoch(0), View(view - 10), Height(0)}).ok());
    }
    ASSERT_TRUE(log->Sync().ok());
    ASSERT_TRUE(log->HasRoom());
  }
  EXPECT_LE(disk_.List(kFolder)->size(), kSmall.segments_max + 1);
}

TEST_F(VoteLogTest, SaysWhenRoomRunsOutAndRefusesWhenItIsGone) {
  auto log = Make();
  uint64_t view = 1;
  while (log->HasRoom()) {
    ASSERT_TRUE(log->Append(VoteOf(view++)).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  absl::Status status;
  while (status.ok()) status = log->Append(VoteOf(view++));
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  // A floor still finds a place if its segment does, and gives the room back.
  ASSERT_TRUE(log->Sync().ok());
  if (log->Append(LogFloor{Epoch(0), View(view), Height(0)}).ok()) {
    ASSERT_TRUE(log->Sync().ok());
    EXPECT_TRUE(log->HasRoom());
  }
}

TEST_F(VoteLogTest, AFullDiskIsNoticedWhileThereIsRoomLeft) {
  auto log = Make();
  disk_.set_full(true);
  uint64_t view = 1;
  while (log->HasRoom()) {
    ASSERT_TRUE(log->Append(VoteOf(view++)).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  EXPECT_TRUE(log->Append(VoteOf(view++)).ok());
  disk_.set_full(false);
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_TRUE(log->HasRoom());
}

TEST_F(VoteLogTest, ABodyIsWrittenOnce) {
  auto log = Make();
  ASSERT_TRUE(log->Append(BodyOf(7, 3)).ok());
  const uint64_t records = log->records();
  ASSERT_TRUE(log->Append(BodyOf(7, 3)).ok());
  EXPECT_EQ(log->records(), records);
}

TEST_F(VoteLogTest, ARecordLargerThanASegmentIsRefused) {
  auto log = Make();
  EXPECT_TRUE(absl::IsResourceExhausted(log->Append(BodyOf(7, 3, 5'000))));
  EXPECT_TRUE(log->Append(VoteOf(1)).ok());
}

TEST_F(VoteLogTest, IsCreatedOnce) {
  Make();
  EXPECT_TRUE(absl::IsFailedPrecondition(VoteLog::Create(disk_, kFolder, kSmall, kChain, kKey).status()));
}

TEST_F(VoteLogTest, NoLogIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
}

// A header of these numbers with a right checksum, in the log's only segment.
void PutHeader(SimulatedDisk& disk, uint64_t sequence, uint64_t oldest) {
  std::string header = "CWVOTES1";
  const auto append = [&](uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) header.push_back(static_cast<char>(value >> (8 * i)));
  };
  append(sequence, 8);
  append(oldest, 8);
  append(1, 8);
  append(0, 4);
  append(ExtendCrc32c(0, header), 4);
  const std::string path = absl::StrCat(kFolder, "/", disk.List(kFolder)->front());
  auto file = disk.Open(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->WriteAt(0, header).ok() && (*file)->SyncData().ok());
}

// Found by fuzzing: it opened once, and not a second time.
TEST_F(VoteLogTest, AHeaderThatNeedsNotEvenItselfIsNone) {
  Make().reset();
  PutHeader(disk_, 1, 2);
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
}

TEST_F(VoteLogTest, AHeaderOfAFarSequenceTakesNoTime) {
  Make().reset();
  PutHeader(disk_, uint64_t{1} << 60, 1);
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
}

TEST_F(VoteLogTest, AnotherChainsOrKeysLogIsRefused) {
  Make().reset();
  LogContents contents;
  const auto all = [](const LogBody&) { return true; };
  EXPECT_TRUE(
      absl::IsFailedPrecondition(VoteLog::Open(disk_, kFolder, kSmall, Filled(9), kKey, all, &contents).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(
      VoteLog::Open(disk_, kFolder, kSmall, kChain, KeyId(Filled(9).array()), all, &contents).status()));
}

TEST_F(VoteLogTest, AReplacedLogMayNotVoteBeforeItHasRejoined) {
  Make().reset();
  disk_.Wipe();
  ASSERT_TRUE(absl::IsNotFound(Open().status()));
  auto log = VoteLog::Replace(disk_, kFolder, kSmall, kChain, kKey);
  ASSERT_TRUE(log.ok());
  log->reset();
  ASSERT_TRUE(Open().ok());
  EXPECT_FALSE(contents_.may_vote);
  auto again = Open();
  ASSERT_TRUE((*again)->Append(LogRejoined{Epoch(0), View(8)}).ok());
  ASSERT_TRUE((*again)->Sync().ok());
  again->reset();
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(contents_.may_vote);
  EXPECT_EQ(contents_.rejoined.view, View(8));
}

TEST_F(VoteLogTest, TheWayBackIsRememberedThroughAllSegments) {
  auto log = *VoteLog::Replace(disk_, kFolder, kSmall, kChain, kKey);
  ASSERT_TRUE(log->Append(LogRejoined{Epoch(0), View(8)}).ok());
  for (uint64_t view = 9; view <= 300; ++view) {
    ASSERT_TRUE(log->Append(VoteOf(view)).ok());
    ASSERT_TRUE(log->Append(LogFloor{Epoch(0), View(view), Height(0)}).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  log.reset();
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(contents_.may_vote);
  EXPECT_EQ(contents_.rejoined.view, View(8));
}

TEST_F(VoteLogTest, ALossThatAnEchoRevealedIsRememberedThroughAllSegments) {
  auto log = Make();
  ASSERT_TRUE(log->Append(LogLost{Epoch(0)}).ok());
  for (uint64_t view = 9; view <= 100; ++view) {
    ASSERT_TRUE(log->Append(FinalizationOf(view)).ok());
    ASSERT_TRUE(log->Append(LogFloor{Epoch(0), View(view), Height(0)}).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  log.reset();
  ASSERT_TRUE(Open().ok());
  EXPECT_FALSE(contents_.may_vote);
}

TEST_F(VoteLogTest, ADamagedLogIsSetAside) {
  auto log = Make();
  for (uint64_t view = 1; view <= 100; ++view) {
    ASSERT_TRUE(log->Append(VoteOf(view)).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  log.reset();
  ASSERT_TRUE(disk_.Remove("votes/votes-000001.log").ok());
  ASSERT_TRUE(absl::IsDataLoss(Open().status()));
  ASSERT_TRUE(VoteLog::Replace(disk_, kFolder, kSmall, kChain, kKey).ok());
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(contents_.votes.empty());
  EXPECT_FALSE(contents_.may_vote);
  EXPECT_THAT(*disk_.List(kFolder), testing::Contains("lost-1-votes-000002.log"));
}

// Power is cut after each single operation on the disk, with many outcomes; whatever Sync had promised is there.
TEST_F(VoteLogTest, SurvivesACutAfterEveryOperation) {
  for (uint64_t cut = 0; cut < 700; ++cut) {
    disk_ = SimulatedDisk();
    random_ = Random(cut);
    auto log = Make();
    disk_.set_cut_after(cut % 350);
    uint64_t promised = 0;
    uint64_t promised_floor = 0;
    for (uint64_t view = 1; view <= 150; ++view) {
      if (!log->Append(VoteOf(view)).ok()) break;
      uint64_t floor = promised_floor;
      if (view % 25 == 0) {
        floor = view - 10;
        if (!log->Append(LogFloor{Epoch(0), View(floor), Height(0)}).ok()) break;
      }
      if (!log->Sync().ok()) break;
      promised = view;
      promised_floor = floor;
    }
    log.reset();
    disk_.Crash(random_);
    const auto opened = Open();
    ASSERT_TRUE(opened.ok()) << "cut " << cut << ": " << opened.status();
    ASSERT_GE(contents_.floor.view, View(promised_floor));
    const std::vector<uint64_t> views = Views(contents_);
    if (promised > contents_.floor.view.value()) {
      ASSERT_FALSE(views.empty()) << "cut " << cut;
      ASSERT_EQ(views.front(), contents_.floor.view.value() + 1);
      ASSERT_GE(views.back(), promised) << "cut " << cut;
    }
  }
}

// CometBFT #6031: a name that was never synced.
TEST_F(VoteLogTest, ANewSegmentsNameIsSyncedBeforeItIsUsed) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    disk_.Wipe();
    random_ = Random(seed);
    auto log = Make();
    for (uint64_t view = 1; view <= 60; ++view) {
      ASSERT_TRUE(log->Append(VoteOf(view)).ok());
      ASSERT_TRUE(log->Sync().ok());
    }
    log.reset();
    disk_.Crash(random_);
    ASSERT_TRUE(Open().ok());
    EXPECT_EQ(contents_.votes.size(), 60u);
  }
}

TEST_F(VoteLogTest, AfterAFailedSyncEverythingIsRefused) {
  auto log = Make();
  ASSERT_TRUE(log->Append(VoteOf(1)).ok());
  disk_.set_syncs_fail(true);
  ASSERT_FALSE(log->Sync().ok());
  // The kernel has dropped what it could not write, so that the next sync would say OK about nothing.
  disk_.set_syncs_fail(false);
  EXPECT_FALSE(log->Sync().ok());
  EXPECT_FALSE(log->Append(VoteOf(2)).ok());
}

TEST_F(VoteLogTest, AFileThatACrashLeftShortIsNotUsed) {
  for (const uint64_t size : {0, 100}) {
    Make().reset();
    ASSERT_TRUE(disk_.Make(absl::StrCat(kFolder, "/votes-000002.log"), size).ok());
    auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    for (uint64_t view = 1; view <= 100; ++view) ASSERT_TRUE((*log)->Append(VoteOf(view)).ok()) << view;
    ASSERT_TRUE((*log)->Sync().ok());
    EXPECT_GT((*log)->segments_used(), 1u);
    log->reset();
    ASSERT_TRUE(Open().ok());
    EXPECT_EQ(Views(contents_).size(), 100u);
    disk_.Wipe();
  }
}

TEST(SystemFilesTest, TheLogWorksOnTheMachinesOwnDisk) {
  std::string folder = testing::TempDir() + "votes-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const auto files = SystemFiles();
  const std::string votes = folder + "/votes";
  {
    auto log = VoteLog::Create(*files, votes, kSmall, kChain, kKey);
    ASSERT_TRUE(log.ok()) << log.status();
    for (uint64_t view = 1; view <= 100; ++view) ASSERT_TRUE((*log)->Append(VoteOf(view)).ok());
    ASSERT_TRUE((*log)->Sync().ok());
  }
  LogContents contents;
  const auto opened = VoteLog::Open(
      *files, votes, kSmall, kChain, kKey, [](const LogBody&) { return true; }, &contents);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(contents.votes.size(), 100u);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace causeway::consensus
