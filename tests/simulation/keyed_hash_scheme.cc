// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/keyed_hash_scheme.h"

#include "tests/simulation/random.h"

namespace causeway::simulation {

std::string KeyedHashScheme::Tag(uint32_t validator, absl::string_view preimage) const {
  uint64_t state = Mix(secret_ ^ (uint64_t{validator} << 32) ^ preimage.size());
  uint64_t word = 0;
  for (size_t i = 0; i < preimage.size(); ++i) {
    word = word << 8 | static_cast<uint8_t>(preimage[i]);
    if (i % 8 == 7 || i + 1 == preimage.size()) state = Mix(state ^ word);
  }
  std::string tag;
  tag.reserve(64);
  for (uint64_t lane = 0; lane < 8; ++lane) {
    const uint64_t bits = Mix(state + lane);
    for (int shift = 0; shift < 64; shift += 8) tag.push_back(static_cast<char>(bits >> shift));
  }
  return tag;
}

absl::StatusOr<std::string> KeyedHashScheme::Sign(absl::string_view preimage) const {
  return Tag(self_, preimage);
}

bool KeyedHashScheme::Verify(uint32_t validator, absl::string_view preimage, absl::string_view signature) const {
  return validator < validators_ && signature == Tag(validator, preimage);
}

}  // namespace causeway::simulation
