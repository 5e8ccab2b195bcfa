// SPDX-License-Identifier: Apache-2.0
// Following what happens: each result that a reader may see, as it may see it, in the order of history, with a token to
// go on from. Results are read from the store when the reader is ready for them, so a slow reader costs no memory, and
// one that comes back after a day reads what it missed.
#ifndef CAUSEWAY_NODE_API_WATCH_H_
#define CAUSEWAY_NODE_API_WATCH_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "causeway/v1/query_service.pb.h"
#include "node/api/cursor.h"
#include "node/api/read_rules.h"
#include "node/api/redaction.h"
#include "node/ledger/node_ledger.h"

namespace causeway::api {

// Bytes of events in one answer; a message is 4 MiB at most.
inline constexpr uint64_t kAnswerBytesMax = uint64_t{1} << 20;

// Walks through history for one reader. Thread safety: one thread's.
class EventReader {
 public:
  // INVALID_ARGUMENT for a foreign token and for names of no contract; OUT_OF_RANGE "NOT_YET: …" for a height above
  // the next block's.
  static absl::StatusOr<EventReader> Open(const node_ledger::NodeLedger& ledger, const Reader& reader,
                                          const v1::WatchEventsRequest& request,
                                          uint64_t answer_bytes_max = kAnswerBytesMax);

  struct Batch {
    std::vector<v1::WatchEventsResponse> answers;
    // Everything that is final now has been looked at.
    bool at_end = false;
  };
  // What comes next, at most what a block holds of it. The reader's rights are those of the newest state.
  absl::StatusOr<Batch> Next(const Reader& reader);

  // Goes on where the reader now stands.
  v1::WatchEventsResponse Heartbeat() const;
  // The height of the block that is looked at next.
  uint64_t height() const { return position_.height; }

 private:
  EventReader(const node_ledger::NodeLedger& ledger, std::string party, std::set<int> contracts, EventPosition position,
              uint64_t answer_bytes_max)
      : ledger_(&ledger),
        party_(std::move(party)),
        contracts_(std::move(contracts)),
        position_(position),
        answer_bytes_max_(answer_bytes_max) {}
  absl::Status ReadBlock(const ReadRules& rules, Batch& batch);
  // Adds the answers that tell the result, from an event of it on.
  void Tell(const v1::WatchEventsResponse& about, const BlockRedaction::Shown& shown, EventPosition from, Batch& batch);
  bool IsWanted(const v1::Event& event) const;

  const node_ledger::NodeLedger* ledger_;
  std::string party_;
  // Numbers of contracts in Event; empty: all.
  std::set<int> contracts_;
  EventPosition position_;
  uint64_t answer_bytes_max_;
};

// What a watch asks of the connection.
struct WatchCalls {
  // Who reads, asked again now and then: a key may be revoked meanwhile.
  std::function<absl::StatusOr<Reader>()> reader;
  absl::Duration ask_again = absl::Seconds(1);
  // False where the connection is gone.
  std::function<bool(const v1::WatchEventsResponse& answer)> send;
  std::function<bool()> is_cancelled;
  // Returns when a block of that height is final, after the timeout, or when the node stops.
  std::function<void(uint64_t height, absl::Duration timeout)> wait_for;
  std::function<bool()> is_stopping;
  absl::Duration heartbeat = absl::Seconds(10);
};

// A reader without a token gets one at once, with the first event or as a heartbeat. Runs until the connection is gone
// (CANCELLED), the node stops (UNAVAILABLE), or something fails.
absl::Status RunWatch(const node_ledger::NodeLedger& ledger, const v1::WatchEventsRequest& request,
                      const WatchCalls& calls);

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_WATCH_H_
