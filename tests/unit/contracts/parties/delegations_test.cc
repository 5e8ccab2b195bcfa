// SPDX-License-Identifier: Apache-2.0
// Delegation: a party lets another act on named accounts for named operation kinds, until an instant.

#include "tests/unit/contracts/parties/requests.h"

namespace causeway::testing {
namespace {

class Delegations : public PartiesFixture {
 protected:
  Delegations() {
    demands_.kind = "transfers.transfer";
    demands_.acting_for = kInvestor;
    demands_.accounts = {account_};
  }
  void Grant(const std::vector<AccountId>& accounts, absl::string_view id = "delegation") {
    ASSERT_THAT(Run(kInvestor, Two(kInvestor), Delegate(kIntermediary, {"transfers.transfer"}, accounts, id)),
                Applied());
  }
  std::set<uint32_t> Ask(const std::string& party, Signers signers) {
    const execution::BlockContext context_block = block();
    const execution::OperationContext context{&context_block, Hash::Zero(), 0, party, Sorted(std::move(signers)),
                                              &operation_,    nullptr};
    Reasons reasons;
    registry().authority->CheckAuthority(context, demands_, view(), reasons);
    registry().authority->CheckFourEyes(context, demands_, view(), reasons);
    std::set<uint32_t> codes;
    for (const Reason& reason : reasons) codes.insert(reason.code);
    return codes;
  }

  const AccountId account_ = IdFor<AccountId>("account");
  const AccountId other_account_ = IdFor<AccountId>("another");
  const v1::Operation operation_ = RevokeKey(KeyIdFor("anything"));
  execution::Demands demands_;
};

using Codes = std::set<uint32_t>;
const Codes kNotDelegated{v1::PARTIES_REASON_NOT_DELEGATED};

TEST_F(Delegations, ADelegateActsInItsOwnName) {
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), kNotDelegated);
  Grant({account_});
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), Codes{});
}

TEST_F(Delegations, ADelegatesKeySignsInTheDelegatorsName) {
  demands_.acting_for = std::nullopt;
  EXPECT_EQ(Ask(kInvestor, One(kIntermediary)),
            (Codes{v1::PARTIES_REASON_KEY_FOREIGN, v1::PARTIES_REASON_ROLE_MISSING}));
  Grant({account_});
  EXPECT_EQ(Ask(kInvestor, One(kIntermediary)), Codes{});
  EXPECT_TRUE(registry().authority->ResolveKey(view(), kInvestor, KeyOf(kIntermediary, 1), now()).has_value());
}

TEST_F(Delegations, OnlyNamedAccountsAreCovered) {
  Grant({account_});
  demands_.accounts = {account_, other_account_};
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), kNotDelegated);
  Grant({other_account_}, "second");
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), kNotDelegated);
  Grant({account_, other_account_}, "third");
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), Codes{});
}

TEST_F(Delegations, OnlyNamedKindsAreCovered) {
  Grant({account_});
  demands_.kind = "transfers.place_hold";
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), kNotDelegated);
}

TEST_F(Delegations, ADelegationEndsAtItsInstant) {
  Grant({account_});
  Advance(Duration::Hours(1));
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), kNotDelegated);
  const auto results = RunDue();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(results[0].events(0).parties().has_delegation_expired());
  EXPECT_FALSE(registry().authority->ResolveKey(view(), kInvestor, KeyOf(kIntermediary, 1), now()).has_value());
}

TEST_F(Delegations, ADelegationIsRevokedByOneAdministrator) {
  Grant({account_});
  ASSERT_THAT(Run(kInvestor, One(kInvestor), EndDelegation()), Applied());
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), kNotDelegated);
  EXPECT_EQ(DueCount(), 0u);
  EXPECT_THAT(Run(kInvestor, One(kInvestor), EndDelegation()), Refused(v1::PARTIES_REASON_DELEGATION_UNKNOWN));
}

TEST_F(Delegations, NothingIsDelegatedFurther) {
  Grant({account_});
  ASSERT_THAT(Run(kIntermediary, Two(kIntermediary), Delegate(kBank, {"transfers.transfer"}, {account_})), Applied());
  EXPECT_EQ(Ask(kBank, One(kBank)), kNotDelegated);
  EXPECT_EQ(Ask(kIntermediary, One(kBank)), (Codes{v1::PARTIES_REASON_KEY_FOREIGN, v1::PARTIES_REASON_ROLE_MISSING}));
}

TEST_F(Delegations, TheDelegatorsRuleHoldsForTheDelegate) {
  Grant({account_});
  ASSERT_THAT(Run(kInvestor, Two(kInvestor), SetRule("transfers.transfer", 2)), Applied());
  EXPECT_EQ(Ask(kIntermediary, One(kIntermediary)), Codes{v1::PARTIES_REASON_OFFICERS_TOO_FEW});
  EXPECT_EQ(Ask(kIntermediary, Two(kIntermediary)), Codes{});
}

TEST_F(Delegations, ASuspendedDelegateActsForNobody) {
  Grant({account_});
  v1::Party party = *parties::FindParty(view(), kIntermediary);
  party.set_status(v1::PARTY_STATUS_SUSPENDED);
  state().Put(parties::kParties, kIntermediary, party);
  demands_.acting_for = std::nullopt;
  EXPECT_EQ(Ask(kInvestor, One(kIntermediary)),
            (Codes{v1::PARTIES_REASON_PARTY_NOT_ACTIVE, v1::PARTIES_REASON_ROLE_MISSING}));
}

class Granting : public Delegations {
 protected:
  v1::OperationResult TryGrant(const v1::Operation& operation) { return Run(kInvestor, Two(kInvestor), operation); }
};

TEST_F(Granting, IsFourEyes) {
  EXPECT_THAT(Run(kInvestor, One(kInvestor), Delegate(kIntermediary, {"transfers.transfer"})),
              Refused(v1::PARTIES_REASON_OFFICERS_TOO_FEW));
}

TEST_F(Granting, IsToAnotherActivePartyUnderAFreshId) {
  EXPECT_THAT(TryGrant(Delegate(kInvestor, {"transfers.transfer"})), Refused(v1::PARTIES_REASON_DELEGATION_TO_SELF));
  EXPECT_THAT(TryGrant(Delegate(LeiFor("NOBODY"), {"transfers.transfer"})), Refused(v1::PARTIES_REASON_PARTY_UNKNOWN));
  ASSERT_THAT(TryGrant(Delegate(kIntermediary, {"transfers.transfer"})), Applied());
  EXPECT_THAT(TryGrant(Delegate(kBank, {"transfers.transfer"})), Refused(v1::PARTIES_REASON_DELEGATION_EXISTS));
}

TEST_F(Granting, HasAnEndInTheFuture) {
  EXPECT_THAT(TryGrant(Delegate(kIntermediary, {"transfers.transfer"}, {}, "d", 0)),
              Refused(v1::PARTIES_REASON_DELEGATION_VALIDITY_INVALID));
}

TEST_F(Granting, NamesKindsThatExistAndAscend) {
  EXPECT_THAT(TryGrant(Delegate(kIntermediary, {})), Refused(v1::PARTIES_REASON_DELEGATION_SCOPE_INVALID));
  EXPECT_THAT(TryGrant(Delegate(kIntermediary, {"transfers.transfer", "transfers.place_hold"})),
              Refused(v1::PARTIES_REASON_DELEGATION_SCOPE_INVALID));
  EXPECT_THAT(TryGrant(Delegate(kIntermediary, {"transfers.fly"})), Refused(v1::PARTIES_REASON_OPERATION_KIND_UNKNOWN));
  EXPECT_THAT(TryGrant(Delegate(kIntermediary, {"transfers.transfer"}, std::vector<AccountId>(257, account_))),
              Refused(v1::PARTIES_REASON_LIST_TOO_LONG));
}

TEST_F(Granting, NeverCoversAPartysOwnAdministration) {
  EXPECT_THAT(TryGrant(Delegate(kIntermediary, {"parties.bind_key"})),
              Refused(v1::PARTIES_REASON_DELEGATION_OF_ADMINISTRATION));
  EXPECT_THAT(TryGrant(Delegate(kIntermediary, {"governance.vote"})),
              Refused(v1::PARTIES_REASON_DELEGATION_OF_ADMINISTRATION));
}

}  // namespace
}  // namespace causeway::testing
