// SPDX-License-Identifier: Apache-2.0
// What the register's keeper hears of the network, collected by a thread: every order as it last was, and where each
// dealing day stands.
#ifndef CAUSEWAY_NODE_DEMO_EVENTS_H_
#define CAUSEWAY_NODE_DEMO_EVENTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "causeway/v1/dealing.pb.h"
#include "causeway/v1/query_service.pb.h"
#include "node/client/client.h"

namespace causeway::demo {

// Thread safety: any thread.
class Events {
 public:
  // Watches from the first block on, and goes on where a stream breaks. The client must outlive it.
  explicit Events(client::Client* client);
  ~Events();

  // Order id (hexadecimal) → its last change.
  std::map<std::string, v1::OrderChanged> Orders() const;
  // The days' last states, by ISIN and date.
  std::map<std::pair<std::string, std::string>, v1::ClassDay> Days() const;
  uint64_t height() const;

  // Until the condition holds of what was heard; DEADLINE_EXCEEDED names what was waited for.
  absl::Status WaitFor(const std::string& what, const std::function<bool(const Events&)>& condition,
                       absl::Duration patience = absl::Seconds(120));
  // Until the day of each class has come so far.
  absl::Status WaitForDay(const std::vector<std::string>& isins, const std::string& date, v1::ClassDayStatus status);

 private:
  void Run();
  bool Take(const v1::WatchEventsResponse& response);

  client::Client* const client_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::string token_ ABSL_GUARDED_BY(mutex_);
  uint64_t height_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, v1::OrderChanged> orders_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, v1::ClassDay> days_ ABSL_GUARDED_BY(mutex_);
  absl::CondVar changed_;
  std::thread thread_;
};

}  // namespace causeway::demo

#endif  // CAUSEWAY_NODE_DEMO_EVENTS_H_
