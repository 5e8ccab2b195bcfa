// SPDX-License-Identifier: Apache-2.0
#include "node/demo/events.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "ledger/base/bytes.h"

namespace causeway::demo {

Events::Events(client::Client* client) : client_(client), thread_([this] { Run(); }) {}

Events::~Events() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Events::Run() {
  for (;;) {
    v1::WatchEventsRequest request;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      request.set_resume_token(token_);
      if (token_.empty()) request.set_from_height(1);
    }
    // A stream that breaks, because its node was stopped, is taken up again where it ended.
    if (client_->Watch(request, [this](const v1::WatchEventsResponse& response) { return Take(response); }).ok())
      return;
    absl::SleepFor(absl::Milliseconds(100));
  }
}

bool Events::Take(const v1::WatchEventsResponse& response) {
  absl::MutexLock lock(&mutex_);
  token_ = response.resume_token();
  height_ = response.height();
  for (const v1::Event& event : response.result().events()) {
    const v1::DealingEvent& dealing = event.dealing();
    if (dealing.has_order_changed()) {
      orders_[BytesToHex(dealing.order_changed().order().order_id())] = dealing.order_changed();
    } else if (dealing.has_class_day_changed()) {
      const v1::ClassDayChanged& changed = dealing.class_day_changed();
      days_[{changed.isin(), changed.dealing_date()}] = changed.day();
    }
  }
  changed_.SignalAll();
  return !stopping_;
}

std::map<std::string, v1::OrderChanged> Events::Orders() const {
  absl::MutexLock lock(&mutex_);
  return orders_;
}

std::map<std::pair<std::string, std::string>, v1::ClassDay> Events::Days() const {
  absl::MutexLock lock(&mutex_);
  return days_;
}

uint64_t Events::height() const {
  absl::MutexLock lock(&mutex_);
  return height_;
}

absl::Status Events::WaitFor(const std::string& what, const std::function<bool(const Events&)>& condition,
                             absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (!condition(*this)) {
    absl::MutexLock lock(&mutex_);
    if (changed_.WaitWithDeadline(&mutex_, std::min(deadline, absl::Now() + absl::Seconds(1))) &&
        absl::Now() >= deadline)
      return absl::DeadlineExceededError(absl::StrCat("waited in vain for ", what, "; heard up to block ", height_));
  }
  return absl::OkStatus();
}

absl::Status Events::WaitForDay(const std::vector<std::string>& isins, const std::string& date,
                                v1::ClassDayStatus status) {
  return WaitFor(absl::StrCat("dealing day ", date, " to be ", v1::ClassDayStatus_Name(status)),
                 [&](const Events& heard) {
                   const auto days = heard.Days();
                   for (const std::string& isin : isins) {
                     const auto day = days.find({isin, date});
                     if (day == days.end() || day->second.status() < status) return false;
                   }
                   return true;
                 });
}

}  // namespace causeway::demo
