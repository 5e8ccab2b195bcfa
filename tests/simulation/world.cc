// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

namespace causeway::simulation {

World::World(const SimulationOptions& options, const Hash& genesis)
    : nodes_(options.nodes),
      trace_(options.trace),
      random_(options.seed),
      observer_(options.nodes, genesis),
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

void World::Transmit(uint32_t from, uint32_t to, const consensus::Bytes& bytes) {
  if (weather_.cut[from][to] || random_.Chance(weather_.loss_permille)) return;
  const uint64_t copies = random_.Chance(weather_.duplication_permille) ? 2 : 1;
  for (uint64_t i = 0; i < copies; ++i) {
    const uint64_t delay_us = 1'000 + weather_.delay_us + random_.Below(weather_.jitter_us + 1);
    Schedule(Event::Kind::kDeliver, delay_us, to, 0, from, bytes);
  }
}

void World::Trace(uint32_t node, absl::string_view text) {
  if (trace_ == nullptr) return;
  std::fprintf(trace_, "%12.6f  node %u  %.*s\n", static_cast<double>(now_us_) / 1e6, node,
               static_cast<int>(text.size()), text.data());
}

}  // namespace causeway::simulation
