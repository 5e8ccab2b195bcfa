// SPDX-License-Identifier: Apache-2.0
// Messages that wait for one stream. Bounded: what does not fit pushes out the oldest.
#ifndef CAUSEWAY_NODE_NETWORK_OUTGOING_QUEUE_H_
#define CAUSEWAY_NODE_NETWORK_OUTGOING_QUEUE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "node/consensus/types.h"

namespace causeway::network {

// A consensus message, or a batch of envelopes.
struct Outgoing {
  consensus::Bytes consensus;
  std::vector<std::string> envelopes;

  uint64_t size() const {
    uint64_t bytes = consensus ? consensus->size() : 0;
    for (const std::string& envelope : envelopes) bytes += envelope.size();
    return bytes;
  }
};

// Thread safety: any thread.
class OutgoingQueue {
 public:
  explicit OutgoingQueue(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  void Push(Outgoing message) {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    bytes_ += message.size();
    messages_.push_back(std::move(message));
    while (bytes_ > bytes_max_ && messages_.size() > 1) {
      bytes_ -= messages_.front().size();
      messages_.pop_front();
      ++dropped_;
    }
  }

  // The next message; nothing after `timeout` without one, and once the queue is closed.
  std::optional<Outgoing> Pop(absl::Duration timeout) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(this, &OutgoingQueue::Ready), timeout);
    if (closed_ || messages_.empty()) return std::nullopt;
    Outgoing message = std::move(messages_.front());
    messages_.pop_front();
    bytes_ -= message.size();
    return message;
  }

  void Close() {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    messages_.clear();
    bytes_ = 0;
  }

  // Until it is closed, or so long.
  void AwaitClosed(absl::Duration timeout) const {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&closed_), timeout);
  }

  bool closed() const {
    absl::MutexLock lock(&mutex_);
    return closed_;
  }
  uint64_t bytes() const {
    absl::MutexLock lock(&mutex_);
    return bytes_;
  }
  uint64_t dropped() const {
    absl::MutexLock lock(&mutex_);
    return dropped_;
  }

 private:
  bool Ready() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_ || !messages_.empty(); }

  const uint64_t bytes_max_;
  mutable absl::Mutex mutex_;
  std::deque<Outgoing> messages_ ABSL_GUARDED_BY(mutex_);
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace causeway::network

#endif  // CAUSEWAY_NODE_NETWORK_OUTGOING_QUEUE_H_
