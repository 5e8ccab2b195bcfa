// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/lives.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/registry.h"
#include "ledger/audit/replay.h"
#include "ledger/base/check.h"
#include "ledger/base/status.h"
#include "ledger/store/store.h"

namespace causeway::crash {
namespace {

constexpr uint64_t kBlocks = 14;

CrashNode::Habits HabitsOf(Random& random) {
  CrashNode::Habits habits;
  habits.seed = random.Next();
  habits.nullified_permille = random.Below(3) * 100;
  habits.synced_permille = 150 + random.Below(3) * 250;
  habits.flushed_permille = 200 + random.Below(3) * 300;
  return habits;
}

absl::Status At(const absl::Status& status, absl::string_view where) {
  return Annotate(status, where);
}

}  // namespace

Lives::Lives() : story_(kBlocks), registry_(MakeRegistry()) {
  Disk disk;
  const absl::Status ready = CrashNode::Prepare(story_, disk);
  CAUSEWAY_CHECK(ready.ok(), ready.ToString());
  prepared_ = disk.image();
  std::vector<Said> said;
  CrashNode node(story_, disk, {.seed = 1}, said);
  absl::Status status = node.Open();
  if (status.ok()) status = node.Run(kBlocks);
  CAUSEWAY_CHECK(status.ok(), status.ToString());
  for (uint64_t height = 0; height <= kBlocks; ++height) {
    const auto block = node.ledger().store().GetBlock(Height(height));
    CAUSEWAY_CHECK(block.ok());
    const auto info = node.ledger().Read(std::make_shared<const std::string>(*block));
    CAUSEWAY_CHECK(info.ok());
    hashes_.push_back(info->hash);
  }
}

Life Lives::Live(uint64_t seed) const {
  Life life;
  Random random(seed);
  Disk disk;
  const absl::Status ready = CrashNode::Prepare(story_, disk);
  CAUSEWAY_CHECK(ready.ok(), ready.ToString());
  life.prepared = disk.trace().size();
  // Two of three ends of a run are kills of the process, whose writes stay.
  uint64_t height = 0;
  while (height < kBlocks) {
    height = std::min(kBlocks, height + 3 + random.Below(4));
    CrashNode node(story_, disk, HabitsOf(random), life.said);
    absl::Status status = node.Open();
    if (status.ok()) status = node.Run(height);
    if (status.ok() && (height == kBlocks || random.Chance(333))) status = node.Close();
    CAUSEWAY_CHECK(status.ok(), status.ToString());
  }
  life.trace = disk.trace();
  return life;
}

DiskImage Lives::ImageAt(const Life& life, size_t cut, Random& random, std::vector<Said>* said) const {
  DiskImage image;
  said->clear();
  for (size_t i = 0; i < cut; ++i) {
    const DiskChange& change = life.trace[i];
    if (change.kind == DiskChange::Kind::kMark) said->push_back(life.said.at(change.offset));
    image.Apply(change);
  }
  image.Cut(random);
  return image;
}

uint64_t Lives::LastFinal(const std::vector<Said>& said) {
  uint64_t last = 0;
  for (const Said& one : said) {
    if (const auto* block = std::get_if<FinalBlockSaid>(&one)) last = std::max(last, block->height);
  }
  return last;
}

absl::Status Lives::CheckVotes(const std::vector<Said>& said) {
  std::map<uint64_t, std::vector<consensus::Subject>> by_view;
  for (const Said& one : said) {
    const auto* vote = std::get_if<consensus::Vote>(&one);
    if (vote == nullptr) continue;
    std::vector<consensus::Subject>& earlier = by_view[vote->subject.view.value()];
    for (const consensus::Subject& subject : earlier) {
      if (consensus::Contradict(subject, vote->subject))
        return absl::InternalError(
            absl::StrCat("signed ", consensus::Describe(subject), " and ", consensus::Describe(vote->subject)));
    }
    earlier.push_back(vote->subject);
  }
  return absl::OkStatus();
}

absl::Status Lives::CheckChain(node_ledger::NodeLedger& ledger) const {
  const uint64_t height = ledger.head()->header.height();
  if (height >= hashes_.size()) return absl::InternalError("there are more blocks than were ever built");
  for (uint64_t at = 0; at <= height; ++at) {
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string bytes, ledger.store().GetBlock(Height(at)));
    CAUSEWAY_ASSIGN_OR_RETURN(const consensus::BlockInfo info, ledger.Read(std::make_shared<const std::string>(bytes)));
    if (info.hash != hashes_[at]) return absl::InternalError(absl::StrCat("block ", at, " is another one"));
  }
  return absl::OkStatus();
}

// Everything that the store holds, against a replay from genesis; opened as an auditor does, who wants every byte.
absl::Status Lives::CheckRows(Disk& disk) const {
  const auto env = MakeEnv(disk);
  store::OpenOptions options;
  options.env = env.get();
  options.read_only = true;
  options.cache_bytes = 1 << 20;
  options.chain_id = story_.chain_id();
  CAUSEWAY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store, store::Store::Open(CrashNode::kStore, options));
  audit::ReplayOptions replay;
  replay.confidentiality_key = story_.confidentiality_key();
  CAUSEWAY_ASSIGN_OR_RETURN(const audit::ReplayResult result,
                            audit::Replay(*store, story_.genesis(), *registry_, replay));
  if (!result.verified)
    return absl::InternalError(
        absl::StrCat(result.findings.size(), " rows differ: ", result.findings.front().ToString()));
  if (result.block_hash != hashes_[kBlocks])
    return absl::InternalError(absl::StrCat("the replay ends at height ", result.height));
  return absl::OkStatus();
}

absl::Status Lives::ComesBack(const DiskImage& image, std::vector<Said> said, int depth, Random& random) const {
  const uint64_t last_final = LastFinal(said);
  const size_t said_before = said.size();
  Disk disk(image);
  CrashNode node(story_, disk, HabitsOf(random), said);
  node.set_starved(true);
  CAUSEWAY_RETURN_IF_ERROR(At(node.Open(), "opening"));
  CAUSEWAY_RETURN_IF_ERROR(At(node.log_lost(), "the vote log was lost"));
  CAUSEWAY_RETURN_IF_ERROR(At(CheckChain(node.ledger()), "as opened"));
  CAUSEWAY_RETURN_IF_ERROR(At(node.Run(last_final), absl::StrCat("coming back to height ", last_final)));
  node.set_starved(false);
  const uint64_t target =
      depth > 0 ? std::min(kBlocks, std::max(last_final, node.height()) + random.Below(4)) : kBlocks;
  CAUSEWAY_RETURN_IF_ERROR(At(node.Run(target), absl::StrCat("going on from height ", last_final)));
  CAUSEWAY_RETURN_IF_ERROR(At(CheckChain(node.ledger()), "after going on"));
  if (depth == 0 || random.Chance(500)) {
    CAUSEWAY_RETURN_IF_ERROR(At(node.Close(), "closing"));
  } else {
    node.Kill();
  }
  CAUSEWAY_RETURN_IF_ERROR(CheckVotes(said));
  if (depth == 0) return At(CheckRows(disk), "at the end");

  // Again, somewhere in what it has just done.
  const std::vector<DiskChange> trace = disk.trace();
  const size_t cut = random.Below(trace.size() + 1);
  DiskImage next = image;
  std::vector<Said> said_next(said.begin(), said.begin() + static_cast<ptrdiff_t>(said_before));
  for (size_t i = 0; i < cut; ++i) {
    if (trace[i].kind == DiskChange::Kind::kMark) said_next.push_back(said.at(trace[i].offset));
    next.Apply(trace[i]);
  }
  next.Cut(random);
  return At(ComesBack(next, std::move(said_next), depth - 1, random),
            absl::StrCat("cut again after change ", cut, " of ", trace.size()));
}

absl::Status Lives::SurvivesFaults(const DiskFaults& faults, bool power_cut, Random& random, bool* struck) const {
  Disk disk(prepared_);
  disk.set_faults(faults);
  std::vector<Said> said;
  absl::Status stopped;
  {
    CrashNode node(story_, disk, HabitsOf(random), said);
    stopped = node.Open();
    if (stopped.ok()) stopped = node.Run(kBlocks);
    if (!stopped.ok()) {
      CAUSEWAY_RETURN_IF_ERROR(At(node.CheckThatItRefuses(), stopped.ToString()));
    } else {
      stopped = node.Close();
    }
    *struck = disk.struck();
    if (!stopped.ok() && !*struck) return At(stopped, "stopped without a fault");
  }
  DiskImage image = disk.image();
  if (power_cut) image.Cut(random);
  return At(ComesBack(image, std::move(said), 0, random), absl::StrCat("after it stopped (", stopped.ToString(), ")"));
}

}  // namespace causeway::crash
