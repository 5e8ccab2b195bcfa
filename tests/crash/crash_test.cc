// SPDX-License-Identifier: Apache-2.0
// Cuts, full disks and failed syncs at every point of a validator's life. A failure names its life and point;
// CAUSEWAY_CRASH_ONLY=LIFE:POINT runs that one alone.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "tests/crash/lives.h"

namespace causeway::crash {
namespace {

// The points of one shard in an ordinary run; before a release each is tried with so many other lives and chances.
constexpr int kShards = 4;
constexpr uint64_t kReleaseLives = 14;

bool BeforeRelease() {
  return std::getenv("CAUSEWAY_RELEASE_TESTS") != nullptr;
}

std::string NameOf(uint64_t life, uint64_t point) {
  return absl::StrCat(life, ":", point);
}

bool Selected(const std::string& name) {
  const char* only = std::getenv("CAUSEWAY_CRASH_ONLY");
  return only == nullptr || name == only;
}

// What was done up to the cut of the one point that is looked at.
void PrintTrace(const Life& life, size_t cut) {
  if (std::getenv("CAUSEWAY_CRASH_ONLY") == nullptr) return;
  for (size_t i = 0; i < cut; ++i) std::printf("%zu %s\n", i, life.trace[i].Text().c_str());
}

Random ChanceFor(uint64_t life, uint64_t point) {
  return Random(simulation::Mix(life * 1'000'003 + point));
}

const Lives& TheLives() {
  static const auto* const kLives = new Lives();
  return *kLives;
}

// Whoever finds a hundred of the same wants to see the first.
class Failures {
 public:
  void Check(const std::string& name, const std::string& where, const absl::Status& status) {
    ++points_;
    if (status.ok()) return;
    if (++failed_ <= 5) ADD_FAILURE() << name << " (" << where << "): " << status.ToString();
  }
  ~Failures() {
    if (failed_ > 5) ADD_FAILURE() << failed_ << " of " << points_ << " failed";
    std::printf("%d points\n", points_);
  }

 private:
  int points_ = 0;
  int failed_ = 0;
};

class CutTest : public ::testing::TestWithParam<int> {};

// concord-bft #1709: two stores, written in two transactions, that a cut left at two heights.
TEST_P(CutTest, ANodeComesBackFromACutAfterAnyChange) {
  Failures failures;
  for (uint64_t seed = 1; seed <= (BeforeRelease() ? kReleaseLives : 1); ++seed) {
    const Life life = TheLives().Live(seed);
    for (size_t cut = life.prepared; cut <= life.trace.size(); ++cut) {
      const std::string name = NameOf(seed, cut);
      if (cut % kShards != static_cast<size_t>(GetParam()) || !Selected(name)) continue;
      PrintTrace(life, cut);
      Random random = ChanceFor(seed, cut);
      std::vector<Said> said;
      const DiskImage image = TheLives().ImageAt(life, cut, random, &said);
      failures.Check(name, absl::StrCat("after ", life.trace[cut - 1].Text(), ", of ", life.trace.size()),
                     TheLives().ComesBack(image, std::move(said), 0, random));
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Shards, CutTest, ::testing::Range(0, kShards));

TEST(CrashTest, ANodeThatIsCutAgainWhileItComesBackComesBack) {
  Failures failures;
  const bool all = BeforeRelease() || std::getenv("CAUSEWAY_CRASH_ONLY") != nullptr;
  const uint64_t points = all ? 5'000 : 300;
  const Life life = TheLives().Live(100);
  for (uint64_t point = 0; point < points; ++point) {
    const std::string name = NameOf(100, point);
    if (!Selected(name)) continue;
    Random random = ChanceFor(100, point);
    const size_t cut = life.prepared + random.Below(life.trace.size() + 1 - life.prepared);
    std::vector<Said> said;
    const DiskImage image = TheLives().ImageAt(life, cut, random, &said);
    const int again = 1 + static_cast<int>(random.Below(3));
    failures.Check(name, absl::StrCat("first after change ", cut, ": ", life.trace[cut - 1].Text()),
                   TheLives().ComesBack(image, std::move(said), again, random));
  }
}

// Runs lives with the fault at each `step`th point until one is too short to meet it.
template <class FaultsAt>
void EveryPoint(uint64_t seed, uint64_t step, const FaultsAt& faults_at) {
  Failures failures;
  bool struck = true;
  for (uint64_t point = 0; struck; point += step) {
    const std::string name = NameOf(seed, point);
    if (!Selected(name)) {
      struck = point < 10'000;
      continue;
    }
    Random random = ChanceFor(seed, point / 1'000'000);
    Random chance = ChanceFor(seed + 1, point);
    const DiskFaults faults = faults_at(point, chance);
    const bool power_cut = chance.Chance(500);
    // The same life each time, so that the points are those of one life.
    failures.Check(name, power_cut ? "and a power cut" : "and a restart",
                   TheLives().SurvivesFaults(faults, power_cut, random, &struck));
  }
}

TEST(CrashTest, ANodeWhoseDiskIsFullFromAnyChangeOnGoesOnWhenThereIsSpace) {
  for (uint64_t life = 0; life < (BeforeRelease() ? 4 : 1); ++life) {
    EveryPoint(200 + life, BeforeRelease() ? 1 : 5, [](uint64_t point, Random& chance) {
      DiskFaults faults;
      faults.full_from = point;
      faults.copies_on_write = chance.Chance(500);
      return faults;
    });
  }
}

TEST(CrashTest, ANodeStopsAtAnySyncThatFailsAndComesBack) {
  for (uint64_t life = 0; life < (BeforeRelease() ? 4 : 1); ++life) {
    EveryPoint(300 + life, BeforeRelease() ? 1 : 2, [](uint64_t point, Random&) {
      DiskFaults faults;
      faults.failing_sync = point;
      return faults;
    });
  }
}

}  // namespace
}  // namespace causeway::crash
