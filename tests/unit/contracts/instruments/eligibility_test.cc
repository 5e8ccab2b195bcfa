// SPDX-License-Identifier: Apache-2.0
// Who may hold: every rule of the catalogue, alone and together.

#include "contracts/instruments/instruments.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {
namespace {

using instruments::HolderFacts;

class Eligibility : public ::testing::Test {
 protected:
  Eligibility() {
    share_class_.set_unit_decimals(4);
    facts_.owner = LeiFor("INVESTOR");
    facts_.investor_class = v1::INVESTOR_CLASS_ACCREDITED;
    facts_.jurisdiction = "SG";
    facts_.account_holding = facts_.owner_holding = Units(100);
    facts_.units_in_issue = Units(1000);
  }
  static Amount Units(int64_t whole) { return Amount::FromMinor(whole * 10'000); }
  std::vector<uint32_t> Acquiring() const {
    return Codes(instruments::AcquisitionFailures(isin_, share_class_, facts_));
  }
  std::vector<uint32_t> Disposing(absl::string_view now = "2026-03-02T09:00:00Z") const {
    return Codes(instruments::DisposalFailures(isin_, share_class_, facts_, At(now)));
  }
  static std::vector<uint32_t> Codes(const std::vector<instruments::FailedRule>& failures) {
    std::vector<uint32_t> codes;
    for (const instruments::FailedRule& failure : failures) {
      codes.push_back(failure.reason.code);
      NoteReason(failure.reason.code);
    }
    return codes;
  }
  v1::EligibilityRule& AddRule() { return *share_class_.add_eligibility(); }

  const InstrumentId isin_ = InstrumentFor(IsinFor("LU1"));
  v1::ShareClass share_class_;
  HolderFacts facts_;
};

using List = std::vector<uint32_t>;
const List kNone;

TEST_F(Eligibility, WithoutRulesEverybodyMayHold) {
  facts_ = HolderFacts();
  EXPECT_EQ(Acquiring(), kNone);
  EXPECT_EQ(Disposing(), kNone);
}

TEST_F(Eligibility, OnlyAllowedInvestorClasses) {
  AddRule().mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_ACCREDITED);
  EXPECT_EQ(Acquiring(), kNone);
  facts_.investor_class = v1::INVESTOR_CLASS_RETAIL;
  EXPECT_EQ(Acquiring(), List{v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE});
  facts_.investor_class = v1::INVESTOR_CLASS_UNSPECIFIED;
  EXPECT_EQ(Acquiring(), List{v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE});
  EXPECT_EQ(Disposing(), kNone);
}

TEST_F(Eligibility, OnlyAllowedJurisdictionsAndNeverDeniedOnes) {
  v1::JurisdictionRule& rule = *AddRule().mutable_jurisdiction();
  rule.add_denied("US");
  EXPECT_EQ(Acquiring(), kNone);
  facts_.jurisdiction = "US";
  EXPECT_EQ(Acquiring(), List{v1::INSTRUMENTS_REASON_JURISDICTION_NOT_ELIGIBLE});
  facts_.jurisdiction = "";
  EXPECT_EQ(Acquiring(), List{v1::INSTRUMENTS_REASON_JURISDICTION_NOT_ELIGIBLE});
  facts_.jurisdiction = "IE";
  EXPECT_EQ(Acquiring(), kNone);
  rule.add_allowed("SG");
  EXPECT_EQ(Acquiring(), List{v1::INSTRUMENTS_REASON_JURISDICTION_NOT_ELIGIBLE});
}

TEST_F(Eligibility, AnOwnerHoldsAtMostTheMaximumShare) {
  AddRule().mutable_maximum_share()->set_share("0.1");
  EXPECT_EQ(Acquiring(), kNone);  // exactly a tenth
  facts_.owner_holding = Amount::FromMinor(100 * 10'000 + 1);
  EXPECT_EQ(Acquiring(), List{v1::INSTRUMENTS_REASON_SHARE_TOO_LARGE});
  share_class_.mutable_eligibility(0)->mutable_maximum_share()->set_from_units_in_issue("1000.0001");
  EXPECT_EQ(Acquiring(), kNone);  // the class is still starting
  share_class_.mutable_eligibility(0)->mutable_maximum_share()->set_from_units_in_issue("1000");
  EXPECT_EQ(Acquiring(), List{v1::INSTRUMENTS_REASON_SHARE_TOO_LARGE});
}

TEST_F(Eligibility, AnAccountHoldsTheMinimumOrNothing) {
  AddRule().mutable_minimum_holding()->set_units("100");
  EXPECT_EQ(Acquiring(), kNone);
  EXPECT_EQ(Disposing(), kNone);
  facts_.account_holding = Amount::FromMinor(100 * 10'000 - 1);
  EXPECT_EQ(Acquiring(), List{v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL});
  EXPECT_EQ(Disposing(), List{v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL});
  facts_.account_holding = Amount::Zero();
  EXPECT_EQ(Disposing(), kNone);
}

TEST_F(Eligibility, UnitsStayForTheLockUp) {
  AddRule().mutable_lock_up()->set_duration_us(Duration::Days(1).micros());
  EXPECT_EQ(Disposing(), kNone);
  facts_.last_acquired = At("2026-03-01T09:00:00Z");
  EXPECT_EQ(Disposing("2026-03-02T08:59:59.999999Z"), List{v1::INSTRUMENTS_REASON_LOCKED_UP});
  EXPECT_EQ(Disposing("2026-03-02T09:00:00Z"), kNone);
  EXPECT_EQ(Acquiring(), kNone);
}

TEST_F(Eligibility, ARefusalNamesEveryRuleThatFailed) {
  AddRule().mutable_minimum_holding()->set_units("1000");
  AddRule().mutable_maximum_share()->set_share("0.05");
  AddRule().mutable_jurisdiction()->add_allowed("IE");
  AddRule().mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  EXPECT_EQ(Acquiring(),
            (List{v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE, v1::INSTRUMENTS_REASON_JURISDICTION_NOT_ELIGIBLE,
                  v1::INSTRUMENTS_REASON_SHARE_TOO_LARGE, v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL}));
}

TEST_F(Eligibility, TheFundsOwnAccountsAreNoHolders) {
  AddRule().mutable_investor_class()->add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  facts_.exempt = true;
  EXPECT_EQ(Acquiring(), kNone);
}

TEST_F(Eligibility, AReasonTellsWhatIsAndWhatMayBe) {
  v1::InvestorClassRule& classes = *AddRule().mutable_investor_class();
  classes.add_allowed(v1::INVESTOR_CLASS_PROFESSIONAL);
  classes.add_allowed(v1::INVESTOR_CLASS_INSTITUTIONAL);
  v1::JurisdictionRule& jurisdictions = *AddRule().mutable_jurisdiction();
  jurisdictions.add_allowed("IE");
  jurisdictions.add_allowed("LU");
  jurisdictions.add_denied("US");
  const auto failures = instruments::AcquisitionFailures(isin_, share_class_, facts_);
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_EQ(failures[0].reason.parameters,
            (std::vector<std::string>{isin_.ToString(), "ACCREDITED", "PROFESSIONAL INSTITUTIONAL"}));
  EXPECT_EQ(failures[1].reason.parameters, (std::vector<std::string>{isin_.ToString(), "SG", "only IE LU, not US"}));
  EXPECT_EQ(failures[0].rule, v1::EligibilityRule::kInvestorClass);
}

TEST(EligibilityOfInstruments, IsAskedOfShareClassesOnly) {
  class World : public ContractFixture {
   public:
    using ContractFixture::AddCashToken;
    using ContractFixture::now;
    using ContractFixture::view;
    void TestBody() override {}
  } world;
  const InstrumentId cash = world.AddCashToken();
  Reasons reasons;
  instruments::CheckEligibility(world.view(), cash, instruments::Direction::kAcquires, HolderFacts(), world.now(),
                                reasons);
  EXPECT_TRUE(reasons.empty());
}

}  // namespace
}  // namespace causeway::testing
