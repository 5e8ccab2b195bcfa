// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

namespace causeway::simulation {

World::World(const SimulationOptions& options, uint32_t spares, const Hash& genesis)
    : nodes_(options.nodes + spares),
      trace_(options.trace),
      random_(options.seed),
      observer_(nodes_, genesis),
      trace_hash_(options.seed) {
  weather_.cut.assign(nodes_, std::vector<bool>(nodes_));
}

void World::Schedule(Event::Kind kind, uint64_t delay_us, uint32_t node, uint64_t life, uint64_t number,
                     consensus::Bytes bytes) {
  queue_.push(Event{now_us_ + delay_us, order_++, kind, node, life, number, std::move(bytes)});
}

void World::Postpone(Event event, uint64_t until_us) {
  event.at_us = std::max(until_us, now_us_);
  event.order = order_++;
  queue_.push(std::move(event));
}

Event World::Next() {
  Event event = queue_.top();
  queue_.pop();
  now_us_ = event.at_us;
  ++events_;
  MixTrace(event);
  return event;
}

void World::MixTrace(const Event& event) {
  uint64_t hash = Mix(trace_hash_ ^ event.at_us) ^ (uint64_t{static_cast<uint8_t>(event.kind)} << 56) ^
                  (uint64_t{event.node} << 40) ^ event.number;
  if (event.bytes) {
    // Every 16th byte and the length: enough to tell two stories apart.
    for (size_t i = 0; i < event.bytes->size(); i += 16) hash = hash * 31 + static_cast<uint8_t>((*event.bytes)[i]);
    hash ^= event.bytes->size();
  }
  trace_hash_ = Mix(hash);
}

uint32_t World::AddTwin(uint32_t validator) {
  const auto place = nodes_ + static_cast<uint32_t>(twins_.size());
  twins_.push_back({validator, place, std::vector<uint8_t>(nodes_, 3)});
  links_ = random_.Next();
  return place;
}

void World::RelinkTwins() {
  uint64_t digits = links_++;
  for (Twins& twins : twins_) {
    for (uint8_t& reach : twins.reaches) {
      reach = static_cast<uint8_t>(1 + digits % 3);
      digits /= 3;
    }
  }
}

const Twins* World::TwinsAt(uint32_t place) const {
  for (const Twins& twins : twins_) {
    if (place == twins.validator || place == twins.second) return &twins;
  }
  return nullptr;
}

void World::Transmit(uint32_t place, uint32_t to, const consensus::Bytes& bytes) {
  const Twins* sender = TwinsAt(place);
  const uint32_t from = sender != nullptr ? sender->validator : place;
  if (sender != nullptr && (sender->reaches[to] & (place == from ? 1 : 2)) == 0) return;
  const Twins* receiver = TwinsAt(to);
  if (receiver == nullptr) return Deliver(from, to, bytes);
  if ((receiver->reaches[from] & 1) != 0) Deliver(from, to, bytes);
  if ((receiver->reaches[from] & 2) != 0) Deliver(from, receiver->second, bytes);
}

void World::Deliver(uint32_t from, uint32_t place, const consensus::Bytes& bytes) {
  const Twins* receiver = TwinsAt(place);
  const uint32_t to = receiver != nullptr ? receiver->validator : place;
  if (weather_.cut[from][to] || random_.Chance(weather_.loss_permille)) return;
  const uint64_t copies = random_.Chance(weather_.duplication_permille) ? 2 : 1;
  for (uint64_t i = 0; i < copies; ++i) {
    const uint64_t delay_us = 1'000 + weather_.delay_us + random_.Below(weather_.jitter_us + 1);
    Schedule(Event::Kind::kDeliver, delay_us, place, 0, from, bytes);
  }
}

void World::Trace(uint32_t node, absl::string_view text) {
  if (trace_ == nullptr) return;
  std::fprintf(trace_, "%12.6f  node %u  %.*s\n", static_cast<double>(now_us_) / 1e6, node,
               static_cast<int>(text.size()), text.data());
}

}  // namespace causeway::simulation
