// SPDX-License-Identifier: Apache-2.0
// What peers have sent and nobody has looked at yet: a queue for each of them, served fairly by the time that their
// messages take. Whoever sends much, or what costs much (forged signatures, large blocks), waits for itself: a message
// of anybody else stands behind one message of it at most (start-time fair queueing).
//
// Bounds: a peer has so many messages and bytes here; what comes beyond is refused.
// Thread safety: none.
#ifndef CAUSEWAY_NODE_CONSENSUS_PEER_INBOX_H_
#define CAUSEWAY_NODE_CONSENSUS_PEER_INBOX_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "node/consensus/types.h"

namespace causeway::consensus {

class PeerInbox {
 public:
  static constexpr size_t kMessagesMax = 4096;
  static constexpr size_t kBytesMax = size_t{64} << 20;

  explicit PeerInbox(uint32_t peers) : queues_(peers) {}

  struct Message {
    uint32_t from;
    Bytes bytes;
  };

  // Whether it was taken.
  bool Push(uint32_t from, Bytes bytes) {
    if (from >= queues_.size() || bytes == nullptr) return false;
    Queue& queue = queues_[from];
    if (queue.messages.size() >= kMessagesMax || queue.bytes + bytes->size() > kBytesMax) return false;
    // Nobody saves up time for later by being silent.
    if (queue.messages.empty()) queue.spent_us = std::max(queue.spent_us, served_at_us_);
    queue.bytes += bytes->size();
    queue.messages.push_back(std::move(bytes));
    ++size_;
    return true;
  }

  // The oldest message of the peer whose messages have taken the least time; nothing where there is none.
  std::optional<Message> Pop() {
    Queue* least = nullptr;
    for (Queue& queue : queues_) {
      if (!queue.messages.empty() && (least == nullptr || queue.spent_us < least->spent_us)) least = &queue;
    }
    if (least == nullptr) return std::nullopt;
    served_at_us_ = least->spent_us;
    Message message{static_cast<uint32_t>(least - queues_.data()), std::move(least->messages.front())};
    least->messages.pop_front();
    least->bytes -= message.bytes->size();
    --size_;
    return message;
  }

  // Handling a message of the peer took so long.
  void Charge(uint32_t from, uint64_t took_us) { queues_[from].spent_us += std::max<uint64_t>(took_us, 1); }

  bool empty() const { return size_ == 0; }

 private:
  struct Queue {
    std::deque<Bytes> messages;
    size_t bytes = 0;
    uint64_t spent_us = 0;
  };

  std::vector<Queue> queues_;
  size_t size_ = 0;
  uint64_t served_at_us_ = 0;  // what the peer served last had spent then
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_PEER_INBOX_H_
