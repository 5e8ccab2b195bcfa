// SPDX-License-Identifier: Apache-2.0

#include "tests/support/amount_model.h"

#include "contracts/policy/features.h"
#include "contracts/policy/profile.h"
#include "contracts/policy/trees.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"
#include "ledger/crypto/sha256.h"

namespace causeway::testing {
namespace {

void AddRow(v1::FeatureRow& row, int64_t log, int64_t count) {
  row.add_values(log);
  row.add_values(count);
}

void AddGolden(v1::Model& model, int64_t log, int64_t count, int64_t margin) {
  v1::GoldenVector& golden = *model.add_golden_vectors();
  AddRow(*golden.mutable_row(), log, count);
  golden.set_margin(margin);
}

}  // namespace

v1::FeatureSpec FeatureNamed(const char* name, uint32_t index, bool missing_allowed) {
  const policy::LedgerFeature* const feature = policy::FindFeature(name);
  CAUSEWAY_CHECK(feature != nullptr, name);
  v1::FeatureSpec spec;
  spec.set_index(index);
  spec.set_name(feature->name);
  spec.set_unit(feature->unit);
  spec.set_lower(feature->lower);
  spec.set_upper(feature->upper);
  spec.set_missing_allowed(missing_allowed);
  return spec;
}

void AddStump(v1::Model& model, uint32_t feature, int64_t threshold, int64_t margin) {
  v1::Tree& tree = *model.add_trees();
  for (const uint32_t split : {feature + 1, 0u, 0u}) tree.add_splits(split);
  for (const int64_t value : {threshold, int64_t{0}, margin}) tree.add_values(value);
  tree.add_default_left(true);
}

int64_t LogOf(absl::string_view units) {
  return policy::Log2Units(*ParseDecimal(units, 2), 2);
}

v1::Model AmountModel() {
  v1::Model model;
  *model.add_features() = FeatureNamed("log2_amount", 0, false);
  *model.add_features() = FeatureNamed("count_1h", 1, false);
  AddStump(model, 0, LogOf("1000"), kOne);
  AddStump(model, 0, LogOf("100000"), 2 * kOne);
  AddStump(model, 1, 2, kOne / 2);
  model.set_theta_hold(kOne);
  model.set_theta_deny(3 * kOne);
  for (const char* amount : {"1", "10"}) AddRow(*model.add_references(), LogOf(amount), 0);
  AddGolden(model, LogOf("999"), 2, kOne / 2);
  AddGolden(model, LogOf("1000"), 0, kOne);
  AddGolden(model, LogOf("100000"), 1, 3 * kOne);
  model.set_lossless(true);
  model.set_error_bound(policy::LeastErrorBound(model));
  model.set_source_hash(crypto::Sha256("source").ToString());
  model.set_card_hash(crypto::Sha256("card").ToString());
  return model;
}

}  // namespace causeway::testing
