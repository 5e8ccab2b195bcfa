// SPDX-License-Identifier: Apache-2.0
// The simulation's only source of chance: splitmix64 (Steele, Lea, Flood 2014). The standard library's distributions
// differ between implementations, and a seed must give one story everywhere.
#ifndef CAUSEWAY_TESTS_SIMULATION_RANDOM_H_
#define CAUSEWAY_TESTS_SIMULATION_RANDOM_H_

#include <cstdint>

namespace causeway::simulation {

constexpr uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(Mix(seed)) {}
  constexpr uint64_t Next() { return Mix(state_ += 0x9e3779b97f4a7c15u); }
  // 0 to bound − 1; bound > 0. The bias of the remainder is far below what a simulation can notice.
  constexpr uint64_t Below(uint64_t bound) { return Next() % bound; }
  // low to high, both included.
  constexpr uint64_t Between(uint64_t low, uint64_t high) { return low + Below(high - low + 1); }
  // True `permille` times in a thousand.
  constexpr bool Chance(uint64_t permille) { return Below(1000) < permille; }

 private:
  uint64_t state_;
};

}  // namespace causeway::simulation

#endif  // CAUSEWAY_TESTS_SIMULATION_RANDOM_H_
