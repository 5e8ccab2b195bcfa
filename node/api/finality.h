// SPDX-License-Identifier: Apache-2.0
// Calls that wait for blocks to be final, counted so that they cannot take every thread.
#ifndef CAUSEWAY_NODE_API_FINALITY_H_
#define CAUSEWAY_NODE_API_FINALITY_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "ledger/base/identifiers.h"

namespace causeway::api {

// Thread safety: any thread.
class Finality {
 public:
  Finality(uint32_t waiting_max, uint32_t waiting_party_max)
      : waiting_max_(waiting_max), waiting_party_max_(waiting_party_max) {}

  // A block is final and readable.
  void Advance(Height height);
  // Nobody waits from now on.
  void Stop();
  bool stopped() const;

  // A place among those who wait; it is given back when the object goes. RESOURCE_EXHAUSTED where all are taken.
  class Place {
   public:
    Place(Finality* finality, std::string party) : finality_(finality), party_(std::move(party)) {}
    Place(Place&& other) noexcept : finality_(std::exchange(other.finality_, nullptr)), party_(other.party_) {}
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    Finality* finality_;
    std::string party_;
  };
  absl::StatusOr<Place> Take(const std::string& party);

  // Until there is a final block above `height`; false when the deadline came first or the server stops.
  bool WaitAbove(Height height, absl::Time deadline) const;
  Height height() const;

 private:
  void GiveBack(const std::string& party);

  const uint32_t waiting_max_;
  const uint32_t waiting_party_max_;
  mutable absl::Mutex mutex_;
  mutable absl::CondVar advanced_;
  Height height_ ABSL_GUARDED_BY(mutex_) = Height(0);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, uint32_t> by_party_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::api

#endif  // CAUSEWAY_NODE_API_FINALITY_H_
