// SPDX-License-Identifier: Apache-2.0
// Who reads what of models, decisions and cases.

#include "contracts/policy/kinds.h"

#include <set>

#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class PolicyKinds : public PolicyWorld {
 protected:
  PolicyKinds() {
    AddModel(Registration());
    EXPECT_THAT(Run(kSupervisor, Two(kSupervisor), Supervision(v1::SUPERVISORY_POSITION_NO_OBJECTION)), Applied());
    v1::Bind binding = BindingOf();
    binding.set_fallback_limit("1");
    binding.add_suspenders(kSupervisor);
    Bind(binding);
    Activate();
    EXPECT_THAT(Run(kBank, One(kBank), Suspension()), Applied());
    EXPECT_THAT(Pay("1"), Applied());
    EXPECT_THAT(RunAsBank(Resumption()), Applied());
  }
};

TEST_F(PolicyKinds, NothingThatStandsInTheStateConcernsTheCustomer) {
  HoldPayment();
  const execution::ReadContext context{view(), now()};
  std::set<std::string> seen;
  for (const execution::RecordKind& kind : policy::Kinds()) {
    view().ScanRaw(kind.table, "", std::nullopt, [&](absl::string_view key, absl::string_view value) {
      SCOPED_TRACE(absl::StrCat(kind.name, " ", kind.text(key)));
      seen.insert(kind.name);
      const execution::Concerns concerns = kind.concerns(key, value, context);
      EXPECT_FALSE(concerns.everyone);
      EXPECT_THAT(concerns.parties, Contains(kBank));
      EXPECT_THAT(concerns.parties, ::testing::Not(Contains(kInvestor)));
      EXPECT_THAT(concerns.instruments, IsEmpty());
      EXPECT_EQ(concerns.compliance_only, kind.name != "model" && kind.name != "supervisory-record");
      const absl::StatusOr<state::StateKey> found = kind.find(kind.id(key, value), view());
      EXPECT_TRUE(found.ok() && *found == (state::StateKey{kind.table, std::string(key)}));
      EXPECT_TRUE(view().GetRaw(kind.proof(*found, view()).table, kind.proof(*found, view()).key).has_value());
      EXPECT_FALSE(kind.show(key, value, context).empty());
      return true;
    });
  }
  EXPECT_EQ(seen.size(), policy::Kinds().size()) << "a record of every kind";
}

TEST_F(PolicyKinds, ADecisionConcernsComplianceAndSupervisors) {
  HoldPayment();
  ASSERT_EQ(restricted().size(), 1u);
  const std::optional<execution::Concerns> concerns =
      policy::ConcernsOfRestricted(restricted()[0].type, restricted()[0].bytes, view());
  ASSERT_TRUE(concerns.has_value());
  EXPECT_TRUE(concerns->compliance_only);
  EXPECT_THAT(concerns->parties, ElementsAre(kBank));
  EXPECT_THAT(concerns->instruments, IsEmpty());
  EXPECT_THAT(concerns->supervised, Contains(cash_.ToString()));
  EXPECT_FALSE(policy::ConcernsOfRestricted("causeway.v1.Order", "", view()).has_value());
}

TEST_F(PolicyKinds, TheCustomerLearnsThatACaseWasOpenedAndNoMore) {
  const v1::OperationResult held = Pay("2000");
  const CaseId id = LastCase();
  const execution::Concerns opened = policy::ConcernsOf(held.events(0).policy(), view(), view());
  EXPECT_FALSE(opened.compliance_only);
  EXPECT_THAT(opened.parties, UnorderedElementsAre(kBank, kInvestor));
  state::StateTransaction after(view());
  after.Erase(policy::kCases, id);
  v1::PolicyEvent closed;
  closed.mutable_case_closed()->set_case_id(id.ToString());
  v1::PolicyEvent handled;
  handled.mutable_case_handled()->set_case_id(id.ToString());
  v1::PolicyEvent refused;
  refused.mutable_case_release_refused()->set_case_id(id.ToString());
  for (const v1::PolicyEvent& event : {closed, handled, refused}) {
    const execution::Concerns concerns = policy::ConcernsOf(event, view(), after);
    EXPECT_TRUE(concerns.compliance_only) << event.DebugString();
    EXPECT_THAT(concerns.parties, ElementsAre(kBank)) << event.DebugString();
  }
}

TEST_F(PolicyKinds, ABindingConcernsWhoMayStopIt) {
  v1::PolicyEvent event;
  event.mutable_binding_changed()->set_instrument(cash_.ToString());
  event.mutable_binding_changed()->set_operation(kTransfer);
  EXPECT_THAT(policy::ConcernsOf(event, view(), view()).parties, UnorderedElementsAre(kBank, kSupervisor));
  v1::PolicyEvent stage;
  *stage.mutable_model_stage_changed()->mutable_model() = Ref();
  EXPECT_THAT(policy::ConcernsOf(stage, view(), view()).parties,
              UnorderedElementsAre(kBank, kAdministrator, kIntermediary));
  v1::PolicyEvent supervision;
  *supervision.mutable_supervision_recorded()->mutable_model() = Ref();
  supervision.mutable_supervision_recorded()->set_supervisor(kSupervisor);
  EXPECT_THAT(policy::ConcernsOf(supervision, view(), view()).parties, Contains(kSupervisor));
}

}  // namespace
}  // namespace causeway::testing
