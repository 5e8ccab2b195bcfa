// SPDX-License-Identifier: Apache-2.0
// What the simulated nodes share: virtual time, the queue of things to come, the network between them, chance, and the
// observer.
#ifndef CAUSEWAY_TESTS_SIMULATION_WORLD_H_
#define CAUSEWAY_TESTS_SIMULATION_WORLD_H_

#include <array>
#include <cstdint>
#include <cstdio>
#include <queue>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "node/consensus/types.h"
#include "tests/simulation/observer.h"
#include "tests/simulation/random.h"
#include "tests/simulation/simulation.h"

namespace causeway::simulation {

// In microseconds.
inline constexpr uint64_t kSecond = 1'000'000;

struct Event {
  enum class Kind : uint8_t {
    kDeliver,   // number: from
    kTimer,     // number: kind
    kWorker,    // the ledger's thread is done with its task
    kSyncDone,  // the log's sync is done
    kStoreSync,
    kMempool,  // number: id of the transfer
    kRestart,
    kClient,
    kFault,
    kFaultEnds,  // number: which
  };
  uint64_t at_us;
  uint64_t order;  // of scheduling: events of one time happen in it
  Kind kind;
  uint32_t node;
  uint64_t life;  // the node's, when this was scheduled; an event of an earlier life is void
  uint64_t number;
  consensus::Bytes bytes;
};

// How the links are at the moment.
struct Weather {
  uint64_t loss_permille = 0;
  uint64_t duplication_permille = 0;
  uint64_t delay_us = 0;               // added to each
  uint64_t jitter_us = 7'000;          // at random, so that messages overtake each other
  std::vector<std::vector<bool>> cut;  // [from][to]
};

// Two replicas of one validator, each of which hears, and is heard by, some of the others.
struct Twins {
  uint32_t validator;            // also the place of the first
  uint32_t second;               // place of the other
  std::vector<uint8_t> reaches;  // by the other validators: 1 the first, 2 the second, 3 both
};

class World {
 public:
  // `spares`: nodes that are no validators at the start.
  World(const SimulationOptions& options, uint32_t spares, const Hash& genesis);

  uint64_t now_us() const { return now_us_; }
  Random& random() { return random_; }
  Observer& observer() { return observer_; }
  Weather& weather() { return weather_; }
  uint32_t nodes() const { return nodes_; }
  void Count(Fault fault) { ++faults_[static_cast<size_t>(fault)]; }
  const std::array<uint64_t, kFaults>& faults() const { return faults_; }

  void Schedule(Event::Kind kind, uint64_t delay_us, uint32_t node, uint64_t life, uint64_t number,
                consensus::Bytes bytes = nullptr);
  // The next event; time moves to it.
  Event Next();
  void Postpone(Event event, uint64_t until_us);
  // From the node at a place to a validator, wherever that is.
  void Transmit(uint32_t place, uint32_t to, const consensus::Bytes& bytes);

  // The place of the validator's second replica.
  uint32_t AddTwin(uint32_t validator);
  const std::vector<Twins>& twins() const { return twins_; }
  // Links each of the others to one of the twins or to both: all ways to do so take turns.
  void RelinkTwins();

  bool tracing() const { return trace_ != nullptr; }
  void Trace(uint32_t node, absl::string_view text);
  void MixTrace(const Event& event);
  uint64_t trace_hash() const { return trace_hash_; }
  uint64_t events() const { return events_; }

 private:
  // The twins that have a replica at the place; null for everybody else.
  const Twins* TwinsAt(uint32_t place) const;
  void Deliver(uint32_t from, uint32_t place, const consensus::Bytes& bytes);

  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.at_us != b.at_us ? a.at_us > b.at_us : a.order > b.order;
    }
  };
  const uint32_t nodes_;
  std::FILE* const trace_;
  Random random_;
  Observer observer_;
  Weather weather_;
  std::array<uint64_t, kFaults> faults_ = {};
  std::vector<Twins> twins_;
  uint64_t links_ = 0;  // how the twins are linked, as digits of base 3
  uint64_t now_us_ = 0;
  uint64_t order_ = 0;
  uint64_t events_ = 0;
  uint64_t trace_hash_ = 0;
  std::priority_queue<Event, std::vector<Event>, Later> queue_;
};

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_WORLD_H_
