// SPDX-License-Identifier: Apache-2.0
// What MakeRegistry() puts around every contract: authority, four eyes, policy. Each test asserts a refusal that one
// shared rule alone makes, through the registry as it is, and then takes that rule away and sees the same operation
// pass. Whoever takes a rule out of the registry fails the test that is named after it.

#include <memory>

#include "contracts/registry.h"
#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

// All rules of another one, but for those that a test takes away.
class Permissive final : public execution::AuthorityRules {
 public:
  enum class Without { kAuthority, kFourEyes };
  Permissive(std::unique_ptr<execution::AuthorityRules> rules, Without without)
      : rules_(std::move(rules)), without_(without) {}

  std::optional<crypto::PublicKey> ResolveKey(const state::StateView& view, absl::string_view party, const KeyId& key,
                                              Instant now) const override {
    return rules_->ResolveKey(view, party, key, now);
  }
  void CheckAuthority(const execution::OperationContext& context, const execution::Demands& demands,
                      const state::StateView& view, Reasons& reasons) const override {
    if (without_ != Without::kAuthority) rules_->CheckAuthority(context, demands, view, reasons);
  }
  void CheckFourEyes(const execution::OperationContext& context, const execution::Demands& demands,
                     const state::StateView& view, Reasons& reasons) const override {
    if (without_ != Without::kFourEyes) rules_->CheckFourEyes(context, demands, view, reasons);
  }
  void ConsumeApprovals(const execution::OperationContext& context, const execution::Demands& demands,
                        state::StateTransaction& state) const override {
    rules_->ConsumeApprovals(context, demands, state);
  }

 private:
  std::unique_ptr<execution::AuthorityRules> rules_;
  Without without_;
};

class SharedRules : public PolicyWorld {
 protected:
  void TakeAway(Permissive::Without rule) {
    registry().authority = std::make_unique<Permissive>(std::move(registry().authority), rule);
  }
};

TEST_F(SharedRules, WithoutAuthorityAStrangerMovesAnothersCash) {
  const v1::Operation theft = TransferOf("1", payer_, receiver_);
  EXPECT_THAT(Run(kIntermediary, Two(kIntermediary), theft), Refused(v1::PARTIES_REASON_NOT_DELEGATED));
  TakeAway(Permissive::Without::kAuthority);
  EXPECT_THAT(Run(kIntermediary, Two(kIntermediary), theft), Applied());
}

TEST_F(SharedRules, WithoutFourEyesOneOfficerRegistersAModel) {
  EXPECT_THAT(Run(kBank, One(kBank), Of(Registration())), Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  TakeAway(Permissive::Without::kFourEyes);
  EXPECT_THAT(Run(kBank, One(kBank), Of(Registration())), Applied());
}

TEST_F(SharedRules, WithoutFourEyesOneOfficerReleasesACase) {
  Judge();
  const CaseId id = HoldPayment();
  EXPECT_THAT(Run(kBank, One(kBank), Decision(id, v1::CASE_DECISION_RELEASE)),
              Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
  TakeAway(Permissive::Without::kFourEyes);
  EXPECT_THAT(Run(kBank, One(kBank), Decision(id, v1::CASE_DECISION_RELEASE)), Applied());
}

TEST_F(SharedRules, WithoutPolicyNothingIsHeldOrDenied) {
  Judge();
  EXPECT_THAT(Pay("1000"), HeldForReview());
  EXPECT_THAT(Pay("100000"), Refused(v1::LEDGER_REASON_POLICY_DENIED));
  registry().policy = nullptr;
  EXPECT_THAT(Pay("1000"), Applied());
  EXPECT_THAT(Pay("100000"), Applied());
}

TEST_F(SharedRules, AreAllInTheRegistryThatNodesRun) {
  const std::unique_ptr<execution::Registry> made = MakeRegistry();
  EXPECT_NE(made->authority, nullptr);
  EXPECT_NE(made->pauses, nullptr);
  EXPECT_NE(made->policy, nullptr);
}

}  // namespace
}  // namespace causeway::testing
