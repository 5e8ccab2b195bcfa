// SPDX-License-Identifier: Apache-2.0
//
// Scoring models for tests: one small enough to score by hand, and any number from a seed.

#ifndef CAUSEWAY_TESTS_SUPPORT_RANDOM_MODEL_H_
#define CAUSEWAY_TESTS_SUPPORT_RANDOM_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <random>

#include "causeway/v1/model.pb.h"
#include "contracts/policy/trees.h"

namespace causeway::testing {

// Two features, `amount` (0 to 100, may be missing) and `tier` (category 0 to 9), and two trees:
//   amount < 50 (missing goes right) ? -8 : (tier in {2, 5} ? +40 : +8)
//   tier in {2, 5} ? +16 : -4
// over a base of 1, in units of 2^-40 as they stand. The one reference is {10, 0}.
v1::Model SmallModel();

struct ModelShape {
  size_t features = 5;
  size_t trees = 3;
  size_t depth = 4;
  size_t references = 4;
};

// A model that compiles; every third feature is a category, every other may be missing.
v1::Model RandomModel(const ModelShape& shape, std::mt19937_64& random);

// A row that fits the model.
policy::FeatureRow RandomRow(const v1::Model& model, std::mt19937_64& random);

// The margin by a reading of the record that shares nothing with contracts/policy: for golden vectors and for
// comparison.
int64_t MarginOf(const v1::Model& model, const policy::FeatureRow& row);

// After a change: golden vectors and error bound as the trees now imply.
void MakeConsistent(v1::Model& model);

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_SUPPORT_RANDOM_MODEL_H_
