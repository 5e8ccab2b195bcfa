// SPDX-License-Identifier: Apache-2.0
#include "contracts/policy/features.h"

namespace causeway::policy {

const std::array<LedgerFeature, kFeatureCount>& Features() {
  static constexpr std::array<LedgerFeature, kFeatureCount> kFeatures = {{
      {v1::POLICY_FEATURE_LOG2_AMOUNT, "log2_amount", "1/1024", -65536, 131072, false},
      {v1::POLICY_FEATURE_AMOUNT_ZSCORE, "amount_zscore", "1/100sd", -10000, 10000, true},
      {v1::POLICY_FEATURE_COUNT_1H, "count_1h", "movements", 0, 65535, false},
      {v1::POLICY_FEATURE_COUNT_24H, "count_24h", "movements", 0, 65535, false},
      {v1::POLICY_FEATURE_COUNT_7D, "count_7d", "movements", 0, 65535, false},
      {v1::POLICY_FEATURE_VALUE_24H_RATIO, "value_24h_ratio", "percent", 0, 1000000, true},
      {v1::POLICY_FEATURE_VALUE_30D_RATIO, "value_30d_ratio", "percent", 0, 1000000, true},
      {v1::POLICY_FEATURE_COUNTERPARTY_AGE, "counterparty_age", "hours", 0, 87600, true},
      {v1::POLICY_FEATURE_DISTINCT_OUT_7D, "distinct_out_7d", "accounts", 0, 32, false},
      {v1::POLICY_FEATURE_DISTINCT_IN_7D, "distinct_in_7d", "accounts", 0, 32, false},
      {v1::POLICY_FEATURE_PASS_THROUGH_RATIO, "pass_through_ratio", "percent", 0, 1000000, true},
      {v1::POLICY_FEATURE_MINUTES_SINCE_INFLOW, "minutes_since_inflow", "minutes", 0, 5256000, true},
      {v1::POLICY_FEATURE_DORMANCY, "dormancy", "hours", 0, 87600, true},
      {v1::POLICY_FEATURE_BELOW_THRESHOLD_COUNT, "below_threshold_count", "movements", 0, 65535, true},
      {v1::POLICY_FEATURE_TRAILING_ZEROS, "trailing_zeros", "digits", 0, 38, false},
      {v1::POLICY_FEATURE_CROSS_BORDER, "cross_border", "flag", 0, 1, true},
      {v1::POLICY_FEATURE_JURISDICTION_TIER, "jurisdiction_tier", "tier", 0, 9, true},
      {v1::POLICY_FEATURE_HOUR_UTC, "hour_utc", "hour", 0, 23, false},
      {v1::POLICY_FEATURE_MINUTES_TO_CUT_OFF, "minutes_to_cut_off", "minutes", 0, 5256000, true},
      {v1::POLICY_FEATURE_ORDER_BPS, "order_bps", "1/10000", 0, 1000000, true},
      {v1::POLICY_FEATURE_AGENT_SIGNED, "agent_signed", "flag", 0, 1, false},
  }};
  return kFeatures;
}

const LedgerFeature* FindFeature(absl::string_view name) {
  for (const LedgerFeature& spec : Features()) {
    if (name == spec.name) return &spec;
  }
  return nullptr;
}

}  // namespace causeway::policy
