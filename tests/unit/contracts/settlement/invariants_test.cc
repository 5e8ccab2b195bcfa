// SPDX-License-Identifier: Apache-2.0
// Each invariant of bundles, broken by hand.

#include "tests/unit/contracts/settlement/world.h"

namespace causeway::testing {
namespace {

using ::testing::HasSubstr;

class BundleInvariants : public SettlementWorld {
 protected:
  void SetUp() override {
    ASSERT_THAT(By(kInvestor, open_), Applied());
    ASSERT_THAT(By(kInvestor, ConsentTo(open_, kInvestor)), Applied());
  }
  template <class Change>
  std::string Violated(Change&& change) {
    state::StateTransaction layer(state());
    v1::Bundle bundle = *layer.Get(settlement::kBundles, Id("b"));
    change(layer, bundle);
    std::vector<execution::Violation> violations;
    settlement::MakeSettlementContract()->CheckInvariants(layer, violations);
    std::string all;
    for (const execution::Violation& violation : violations) all += violation.what + "|";
    return all;
  }
  const v1::Operation open_ = Open("b", kInvestor, Dvp());
};

TEST_F(BundleInvariants, ASoundBundleViolatesNothing) {
  EXPECT_EQ(Violated([&](state::StateTransaction& layer, v1::Bundle& bundle) {
              layer.Put(settlement::kBundles, Id("b"), bundle);
            }),
            "");
}

TEST_F(BundleInvariants, AnOpenBundleMissesAConsent) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer, v1::Bundle& bundle) {
                for (v1::BundleConsent& consent : *bundle.mutable_consents()) consent.set_given_us(1);
                layer.Put(settlement::kBundles, Id("b"), bundle);
              }),
              HasSubstr("has all consents and is open"));
}

TEST_F(BundleInvariants, WhatWasConsentedToIsLocked) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer, v1::Bundle& bundle) {
                layer.Erase(transfers::kHolds, settlement::LegHold(Id("b"), 0));
                layer.Put(settlement::kBundles, Id("b"), bundle);
              }),
              HasSubstr("leg 0 of bundle " + Id("b").ToHex() + " is not locked"));
}

TEST_F(BundleInvariants, WhatWasNotConsentedToIsNotLocked) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer, v1::Bundle& bundle) {
                for (v1::BundleConsent& consent : *bundle.mutable_consents()) consent.set_given_us(0);
                layer.Put(settlement::kBundles, Id("b"), bundle);
              }),
              HasSubstr("is locked"));
}

TEST_F(BundleInvariants, AnEndedBundleHoldsNothingPastItsDeadline) {
  EXPECT_THAT(Violated([&](state::StateTransaction& layer, v1::Bundle&) {
                v1::Hold hold = *layer.Get(transfers::kHolds, settlement::LegHold(Id("b"), 0));
                hold.set_expires_us(0);
                layer.Put(transfers::kHolds, settlement::LegHold(Id("b"), 0), hold);
                layer.Erase(settlement::kBundles, Id("b"));
              }),
              HasSubstr("leg 0 of ended bundle"));
}

}  // namespace
}  // namespace causeway::testing
