// SPDX-License-Identifier: Apache-2.0
// The features that a model may read, inside this contract: the catalogue, by the enum PolicyFeature.
//
// Every value is a whole number within its bounds (a larger one counts as the bound), at most 2^24 in size, so that a
// 32-bit float holds it exactly and a model trained on floats splits as the ledger does.

#ifndef CAUSEWAY_CONTRACTS_POLICY_FEATURES_H_
#define CAUSEWAY_CONTRACTS_POLICY_FEATURES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

#include "causeway/v1/policy.pb.h"

namespace causeway::policy {

struct LedgerFeature {
  v1::PolicyFeature feature;
  // As models name it: the enum's value in lower case, without its prefix.
  const char* name;
  const char* unit;
  int64_t lower;
  int64_t upper;
  // Whether a movement can be without it.
  bool can_be_missing;
};

// Bits of the fraction in logarithms.
inline constexpr int kLogFractionBits = 10;

// In the order of the enum: the feature n stands at n − 1.
inline constexpr size_t kFeatureCount = 21;
const std::array<LedgerFeature, kFeatureCount>& Features();
// Nothing for an unknown name.
const LedgerFeature* FindFeature(absl::string_view name);

// The values of all features of one movement, by the catalogue's positions; nothing where missing.
using FeatureValues = std::array<std::optional<int64_t>, kFeatureCount>;

}  // namespace causeway::policy

#endif  // CAUSEWAY_CONTRACTS_POLICY_FEATURES_H_
