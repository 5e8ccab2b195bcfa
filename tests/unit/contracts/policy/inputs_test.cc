// SPDX-License-Identifier: Apache-2.0
// The features of movements, as a model that reads them all is given them in the real pipeline.

#include "contracts/dealing/dealing.h"
#include "contracts/policy/features.h"
#include "contracts/policy/trees.h"
#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

// In shadow, so that every movement goes on: what counts is what the decisions record.
class Inputs : public PolicyWorld {
 protected:
  Inputs() {
    v1::RegisterModel request = Registration();
    v1::Model& model = *request.mutable_trees();
    model.Clear();
    uint32_t index = 0;
    for (const policy::LedgerFeature& feature : policy::Features())
      *model.add_features() = FeatureNamed(feature.name, index++, true);
    AddStump(model, 0, 0, kOne);
    v1::FeatureRow row;
    for (const auto& spec : model.features()) row.add_values(spec.lower() > 0 ? spec.lower() : 0);
    *model.add_references() = row;
    *model.add_golden_vectors()->mutable_row() = row;
    model.mutable_golden_vectors(0)->set_margin(kOne);
    model.set_theta_hold(kOne);
    model.set_theta_deny(kOne);
    model.set_lossless(true);
    model.set_error_bound(policy::LeastErrorBound(model));
    model.set_source_hash(crypto::Sha256("source").ToString());
    model.set_card_hash(crypto::Sha256("card").ToString());
    AddModel(request);
  }
  void BindAll() { Bind(BindingOf()); }

  // The value in the last decision; nothing where it is missing.
  std::optional<int64_t> Value(v1::PolicyFeature feature) const {
    const v1::Decision decision = LastDecision();
    for (const v1::DecisionInput& input : decision.inputs()) {
      if (input.feature() != feature) continue;
      return input.has_value() ? std::optional<int64_t>(input.value()) : std::nullopt;
    }
    ADD_FAILURE() << "no such input";
    return std::nullopt;
  }
  std::optional<int64_t> ValueOf(v1::PolicyFeature feature, absl::string_view amount) {
    EXPECT_THAT(Pay(amount), Applied());
    return Value(feature);
  }
};

TEST_F(Inputs, CountsAreOfWhatCameBefore) {
  BindAll();
  SetTime("2026-03-04T00:00:00Z");
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_COUNT_1H, "1"), i);
    EXPECT_EQ(Value(v1::POLICY_FEATURE_COUNT_24H), i);
    EXPECT_EQ(Value(v1::POLICY_FEATURE_COUNT_7D), i);
  }
  SetTime("2026-03-04T01:00:00Z");
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_COUNT_1H, "1"), 0);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_COUNT_24H), 3);
  SetTime("2026-03-05T12:00:00Z");
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_COUNT_24H, "1"), 0);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_COUNT_7D), 4);
  SetTime("2026-03-20T00:00:00Z");
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_COUNT_7D, "1"), 0);
}

TEST_F(Inputs, AmountsAndTheirZeros) {
  BindAll();
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_LOG2_AMOUNT, "1024"), LogOf("1024"));
  EXPECT_EQ(Value(v1::POLICY_FEATURE_TRAILING_ZEROS), 2);
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_TRAILING_ZEROS, "5000"), 5);
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_TRAILING_ZEROS, "12.34"), 0);
}

TEST_F(Inputs, AnAmountUnlikeTheEarlierOnesIsFarFromThem) {
  BindAll();
  for (const char* amount : {"90", "110", "100", "105"}) {
    EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_AMOUNT_ZSCORE, amount), std::nullopt);
  }
  EXPECT_LT(*ValueOf(v1::POLICY_FEATURE_AMOUNT_ZSCORE, "101"), 100);
  EXPECT_GT(*ValueOf(v1::POLICY_FEATURE_AMOUNT_ZSCORE, "10000"), 2000);
}

TEST_F(Inputs, ValueIsComparedWithTheAccountsOwnMean) {
  BindAll();
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_VALUE_24H_RATIO, "300"), std::nullopt) << "nothing in the last 30 days";
  SetTime("2026-03-10T09:00:00Z");
  // A mean day of 30 days is 10: 20 is twice that.
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_VALUE_24H_RATIO, "20"), 200);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_VALUE_30D_RATIO), std::nullopt) << "the first 30 days";
  SetTime("2026-05-01T09:00:00Z");
  // 320 in 60 days is 160 in 30.
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_VALUE_30D_RATIO, "320"), 200);
}

TEST_F(Inputs, CounterpartiesAreKnownByTheirFirstMovement) {
  BindAll();
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_COUNTERPARTY_AGE, "1"), 0);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_DISTINCT_OUT_7D), 0);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_DORMANCY), std::nullopt);
  Advance(Duration::Hours(5));
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_COUNTERPARTY_AGE, "1"), 5);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_DISTINCT_OUT_7D), 1);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_DORMANCY), 5);
}

TEST_F(Inputs, WhatComesInGoesThrough) {
  BindAll();
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_PASS_THROUGH_RATIO, "1"), std::nullopt);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_MINUTES_SINCE_INFLOW), std::nullopt);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_DISTINCT_IN_7D), 0);
  ASSERT_THAT(Run(kBank, One(kBank), TransferOf("1000", bank_account_, payer_)), Applied());
  Advance(Duration::Minutes(30));
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_PASS_THROUGH_RATIO, "949"), 95);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_MINUTES_SINCE_INFLOW), 30);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_DISTINCT_IN_7D), 1);
}

TEST_F(Inputs, StructuringIsCountedBelowTheThreshold) {
  BindAll();
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_BELOW_THRESHOLD_COUNT, "9500"), 1);
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_BELOW_THRESHOLD_COUNT, "9999.99"), 2);
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_BELOW_THRESHOLD_COUNT, "10000"), 2);
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_BELOW_THRESHOLD_COUNT, "8999"), 2);
  SetTime("2026-03-04T09:00:00Z");
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_BELOW_THRESHOLD_COUNT, "9000"), 1);
}

TEST_F(Inputs, WithoutAThresholdNothingIsBelowIt) {
  v1::Bind binding = BindingOf();
  binding.clear_reporting_threshold();
  Bind(binding);
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_BELOW_THRESHOLD_COUNT, "9500"), std::nullopt);
}

TEST_F(Inputs, BordersAndTiers) {
  v1::Bind binding = BindingOf();
  binding.add_jurisdiction_tiers()->set_jurisdiction("IE");
  binding.mutable_jurisdiction_tiers(0)->set_tier(3);
  Bind(binding);
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_CROSS_BORDER, "1"), 0);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_JURISDICTION_TIER), 0);
  const AccountId abroad = AddAccount(kInvestorAbroad);
  ASSERT_THAT(Run(kInvestor, One(kInvestor), TransferOf("1", payer_, abroad)), Applied());
  EXPECT_EQ(Value(v1::POLICY_FEATURE_CROSS_BORDER), 1);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_JURISDICTION_TIER), 3);
}

TEST_F(Inputs, HoursAndAgents) {
  BindAll();
  SetTime("2026-03-04T23:59:59Z");
  EXPECT_EQ(ValueOf(v1::POLICY_FEATURE_HOUR_UTC, "1"), 23);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_AGENT_SIGNED), 0);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_MINUTES_TO_CUT_OFF), std::nullopt);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_ORDER_BPS), std::nullopt);
  ASSERT_THAT(Run(kInvestor, Agent(kInvestor), TransferOf("1", payer_, receiver_)), Applied());
  EXPECT_EQ(Value(v1::POLICY_FEATURE_AGENT_SIGNED), 1);
}

TEST_F(Inputs, OrdersAreMeasuredAgainstTheirClassAndCutOff) {
  const std::string isin = IsinFor("LU000000001");
  const InstrumentId fund = AddFund();
  const InstrumentId id = AddShareClass(isin, ShareClassOf(fund, {cash_}, isin));
  AddDealingDays(fund, {"2026-03-03", "2026-03-04"});
  v1::Bind binding = BindingOf();
  binding.set_operation("dealing.subscribe");
  Bind(binding);
  SetTime("2026-03-03T09:30:00Z");
  v1::Operation operation;
  v1::Subscribe& request = *operation.mutable_dealing()->mutable_subscribe();
  request.set_isin(isin);
  request.set_account(payer_.ToString());
  request.set_cash_account(payer_.ToString());
  request.set_cash_token(cash_.ToString());
  request.set_amount("1000");
  const auto subscribe = [&](absl::string_view label) {
    request.set_order_id(IdFor<OrderId>(label).ToString());
    request.set_order_reference(std::string(label));
    EXPECT_THAT(Run(kInvestor, One(kInvestor), operation), Applied());
  };
  subscribe("before the first price");
  EXPECT_EQ(Value(v1::POLICY_FEATURE_MINUTES_TO_CUT_OFF), 30);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_ORDER_BPS), std::nullopt);
  EXPECT_EQ(Value(v1::POLICY_FEATURE_CROSS_BORDER), 0) << "the receiver is the class's cash account";
  // 20,000 units at 10: the order is half a percent.
  v1::ClassBook book = view().Get(dealing::kClassBooks, id).value_or(v1::ClassBook());
  book.set_last_price("10");
  state().Put(dealing::kClassBooks, id, book);
  transfers::Supply supply;
  supply.issued = *ParseDecimal("20000", 4);
  state().Put(transfers::kSupplies, id, supply);
  subscribe("after it");
  EXPECT_EQ(Value(v1::POLICY_FEATURE_ORDER_BPS), 50);
}

TEST_F(Inputs, MovementsOfInstrumentsThatNobodyWatchesLeaveNoProfile) {
  ASSERT_THAT(Pay("1"), Applied());
  EXPECT_FALSE(view().Has(policy::kProfiles, policy::ProfileKey{cash_, payer_}));
  BindAll();
  ASSERT_THAT(Pay("1"), Applied());
  EXPECT_TRUE(view().Has(policy::kProfiles, policy::ProfileKey{cash_, payer_}));
  EXPECT_TRUE(view().Has(policy::kProfiles, policy::ProfileKey{cash_, receiver_}));
}

}  // namespace
}  // namespace causeway::testing
