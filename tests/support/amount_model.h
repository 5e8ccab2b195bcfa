// SPDX-License-Identifier: Apache-2.0
//
// A model over two of the ledger's features that is small enough to judge by hand: what a world is judged by in tests.

#ifndef CAUSEWAY_TESTS_SUPPORT_AMOUNT_MODEL_H_
#define CAUSEWAY_TESTS_SUPPORT_AMOUNT_MODEL_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "causeway/v1/model.pb.h"

namespace causeway::testing {

// One in the models' fixed point.
inline constexpr int64_t kOne = int64_t{1} << 40;

// The ledger's feature of this name as a model reads it.
v1::FeatureSpec FeatureNamed(const char* name, uint32_t index, bool missing_allowed);
// A tree that adds `margin` from `threshold` of a feature on, and nothing below and where it is missing.
void AddStump(v1::Model& model, uint32_t feature, int64_t threshold, int64_t margin);
// The feature log2_amount of so many units of two decimals.
int64_t LogOf(absl::string_view units);

// Holds from 1,000 on and denies from 100,000 on: the amount adds 1 from 1,000 on and 2 more from 100,000 on; a third
// movement in an hour adds a half.
v1::Model AmountModel();

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_AMOUNT_MODEL_H_
