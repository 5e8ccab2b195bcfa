// SPDX-License-Identifier: Apache-2.0
#include "node/api/finality.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "node/api/errors.h"

namespace causeway::api {
namespace {

absl::Status TooMany(const std::string& what) {
  return RetryAfter(ApiError(absl::StatusCode::kResourceExhausted, v1::API_REASON_WAITING_LIMIT,
                             what + "; end some, ask without waiting, or ask another node"),
                    absl::Seconds(1));
}

}  // namespace

void Finality::Advance(Height height) {
  absl::MutexLock lock(&mutex_);
  height_ = std::max(height_, height);
  advanced_.SignalAll();
}

void Finality::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  advanced_.SignalAll();
}

bool Finality::stopped() const {
  absl::MutexLock lock(&mutex_);
  return stopped_;
}

Height Finality::height() const {
  absl::MutexLock lock(&mutex_);
  return height_;
}

absl::StatusOr<Finality::Place> Finality::Take(const std::string& party) {
  absl::MutexLock lock(&mutex_);
  if (waiting_ >= waiting_max_) return TooMany(absl::StrCat("more than ", waiting_max_, " calls wait at this node"));
  uint32_t& of_party = by_party_[party];
  if (of_party >= waiting_party_max_)
    return TooMany(absl::StrCat("more than ", waiting_party_max_, " calls of ", party, " wait at this node"));
  ++waiting_;
  ++of_party;
  return Place(this, party);
}

Finality::Place::~Place() {
  if (finality_ != nullptr) finality_->GiveBack(party_);
}

void Finality::GiveBack(const std::string& party) {
  absl::MutexLock lock(&mutex_);
  --waiting_;
  const auto found = by_party_.find(party);
  if (--found->second == 0) by_party_.erase(found);
}

bool Finality::WaitAbove(Height height, absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  while (!stopped_ && height_ <= height) {
    if (advanced_.WaitWithDeadline(&mutex_, deadline)) return !stopped_ && height_ > height;
  }
  return !stopped_;
}

}  // namespace causeway::api
