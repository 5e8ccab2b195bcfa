// SPDX-License-Identifier: Apache-2.0
//
// A share class, a cash token and holders, and the operations of `transfers` in one line each.

#ifndef CAUSEWAY_TESTS_UNIT_CONTRACTS_TRANSFERS_WORLD_H_
#define CAUSEWAY_TESTS_UNIT_CONTRACTS_TRANSFERS_WORLD_H_

#include <optional>
#include <string>
#include <vector>

#include "contracts/transfers/transfers.h"
#include "ledger/base/decimal.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {

// Strings of a refusal's parameters.
using Parameters = std::vector<std::string>;

class TransfersWorld : public ContractFixture {
 protected:
  TransfersWorld() : cash_(AddCashToken()), fund_(AddFund()), isin_(AddShareClass(kIsin, ClassWith({}))) {}

  inline static const std::string kIsin = IsinFor("LU000000001");

  // The class with eligibility rules; SetClass changes the class that is there.
  v1::ShareClass ClassWith(const std::vector<v1::EligibilityRule>& rules) const {
    v1::ShareClass share_class = ShareClassOf(fund_, {cash_}, kIsin);
    for (const v1::EligibilityRule& rule : rules) *share_class.add_eligibility() = rule;
    return share_class;
  }
  void SetClass(const v1::ShareClass& share_class) {
    v1::Operation operation;
    operation.mutable_instruments()->mutable_set_share_class()->set_isin(kIsin);
    *operation.mutable_instruments()->mutable_set_share_class()->mutable_share_class() = share_class;
    ASSERT_THAT(Run(kFmco, Two(kFmco), operation), Applied());
  }

  // An amount of the class (4 decimals) or of the cash token (2).
  Amount Units(absl::string_view text) const { return ParseDecimal(text, 4).value(); }

  // Units as dealing issues them, without an operation; with the contract's checks.
  void Give(const AccountId& to, absl::string_view amount) { GiveOf(isin_, to, amount); }
  void GiveOf(const InstrumentId& instrument, const AccountId& to, absl::string_view amount) {
    Reasons reasons;
    const Amount parsed = *transfers::ParseAmount(view(), instrument, amount, reasons);
    transfers::CheckIssue(view(), instrument, to, parsed, now(), reasons);
    ASSERT_TRUE(reasons.empty()) << reasons;
    InContext([&](const execution::OperationContext& context, state::StateTransaction& state,
                  execution::Effects& effects) { transfers::Issue(context, state, effects, instrument, to, parsed); });
  }

  // Calls what another contract would, in a block of its own, and asks for the invariants afterwards.
  template <class Call>
  void InContext(Call&& call) {
    const execution::BlockContext context_block = block();
    const v1::Operation none;
    const execution::OperationContext context{&context_block, Hash::Zero(), 0, "", {}, &none, nullptr};
    execution::Effects effects(context);
    state::StateTransaction layer(state());
    call(context, layer, effects);
    std::vector<execution::Violation> violations;
    transfers::MakeTransfersContract()->CheckInvariants(layer, violations);
    for (const execution::Violation& violation : violations) ADD_FAILURE() << violation.what;
    layer.MergeInto(state());
  }

  transfers::Balance BalanceOf(const AccountId& account) const {
    return transfers::ReadBalance(view(), account, isin_, now());
  }
  // "total free blocked restricted" in units.
  std::string Parts(const AccountId& account) const {
    const transfers::Balance balance = BalanceOf(account);
    return FormatDecimal(balance.total, 4) + " " + FormatDecimal(balance.free, 4) + " " +
           FormatDecimal(balance.blocked, 4) + " " + FormatDecimal(balance.restricted, 4);
  }

  // --- Operations ---

  v1::Operation TransferOf(const AccountId& from, const AccountId& to, absl::string_view amount) const {
    v1::Operation operation;
    v1::Transfer* request = operation.mutable_transfers()->mutable_transfer();
    request->set_from(from.ToString());
    request->set_to(to.ToString());
    request->set_instrument(kIsin);
    request->set_amount(std::string(amount));
    return operation;
  }

  // Expires an hour from now.
  v1::Operation HoldOf(absl::string_view label, const AccountId& account, const AccountId& beneficiary,
                       absl::string_view amount) const {
    v1::Operation operation;
    v1::PlaceHold* request = operation.mutable_transfers()->mutable_place_hold();
    request->set_hold(IdFor<HoldId>(label).ToString());
    request->set_account(account.ToString());
    request->set_instrument(kIsin);
    request->set_amount(std::string(amount));
    request->set_beneficiary(beneficiary.ToString());
    request->set_expires_us(AddSaturating(now(), Duration::Hours(1)).micros());
    request->set_reference("escrow");
    return operation;
  }
  static v1::Operation Release(absl::string_view label) {
    v1::Operation operation;
    operation.mutable_transfers()->mutable_release_hold()->set_hold(IdFor<HoldId>(label).ToString());
    return operation;
  }
  static v1::Operation Execute(absl::string_view label, absl::string_view amount = "") {
    v1::Operation operation;
    operation.mutable_transfers()->mutable_execute_hold()->set_hold(IdFor<HoldId>(label).ToString());
    operation.mutable_transfers()->mutable_execute_hold()->set_amount(std::string(amount));
    return operation;
  }

  // Of the holding where an instrument is given, else of the account.
  static v1::Operation Freeze(const AccountId& account, absl::string_view instrument,
                              v1::FreezeReason reason = v1::FREEZE_REASON_COMPLIANCE) {
    v1::Operation operation;
    v1::FreezeAccount* request = operation.mutable_transfers()->mutable_freeze_account();
    request->set_account(account.ToString());
    request->set_instrument(std::string(instrument));
    request->set_reason(reason);
    return operation;
  }
  static v1::Operation Unfreeze(const AccountId& account, absl::string_view instrument) {
    v1::Operation operation;
    operation.mutable_transfers()->mutable_unfreeze_account()->set_account(account.ToString());
    operation.mutable_transfers()->mutable_unfreeze_account()->set_instrument(std::string(instrument));
    return operation;
  }
  v1::Operation Restrict(absl::string_view label, const AccountId& account, absl::string_view amount) const {
    v1::Operation operation;
    v1::RestrictUnits* request = operation.mutable_transfers()->mutable_restrict_units();
    request->set_hold(IdFor<HoldId>(label).ToString());
    request->set_account(account.ToString());
    request->set_instrument(kIsin);
    request->set_amount(std::string(amount));
    request->set_reason(v1::FREEZE_REASON_LEGAL);
    return operation;
  }
  static v1::Operation Lift(absl::string_view label) {
    v1::Operation operation;
    operation.mutable_transfers()->mutable_lift_restriction()->set_hold(IdFor<HoldId>(label).ToString());
    return operation;
  }
  v1::Operation Force(const AccountId& from, const AccountId& to, absl::string_view amount) const {
    v1::Operation operation;
    v1::ForcedTransfer* request = operation.mutable_transfers()->mutable_forced_transfer();
    request->set_from(from.ToString());
    request->set_to(to.ToString());
    request->set_instrument(kIsin);
    request->set_amount(std::string(amount));
    request->set_evidence_hash(crypto::Sha256("court order").ToString());
    return operation;
  }
  static v1::Operation Recover(const AccountId& account, const AccountId& successor) {
    v1::Operation operation;
    v1::RecoverAccount* request = operation.mutable_transfers()->mutable_recover_account();
    request->set_account(account.ToString());
    request->set_successor(successor.ToString());
    request->set_evidence_hash(crypto::Sha256("loss report").ToString());
    return operation;
  }
  static v1::Operation Open(const AccountId& account, const std::string& owner, const std::string& keeper) {
    v1::Operation operation;
    v1::OpenAccount* request = operation.mutable_transfers()->mutable_open_account();
    request->set_account(account.ToString());
    request->set_owner(owner);
    request->set_keeper(keeper);
    request->set_kind(v1::ACCOUNT_KIND_OWN);
    return operation;
  }
  // An account that the transfer agent keeps.
  AccountId AddKeptAccount(const std::string& owner, absl::string_view label) {
    const AccountId account = IdFor<AccountId>(label);
    EXPECT_THAT(Run(kTransferAgent, One(kTransferAgent), Open(account, owner, kTransferAgent)), Applied());
    return account;
  }

  const InstrumentId cash_;
  const InstrumentId fund_;
  const InstrumentId isin_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_CONTRACTS_TRANSFERS_WORLD_H_
