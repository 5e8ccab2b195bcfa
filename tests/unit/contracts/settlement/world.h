// SPDX-License-Identifier: Apache-2.0
//
// A seller with units, a buyer with cash, and bundles between them in one line each.

#ifndef CAUSEWAY_TESTS_UNIT_CONTRACTS_SETTLEMENT_WORLD_H_
#define CAUSEWAY_TESTS_UNIT_CONTRACTS_SETTLEMENT_WORLD_H_

#include <string>
#include <vector>

#include "contracts/settlement/settlement.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/decimal.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {

using Parameters = std::vector<std::string>;

class SettlementWorld : public ContractFixture {
 protected:
  inline static const std::string kIsin = IsinFor("LU000000001");

  SettlementWorld()
      : cash_(AddCashToken()),
        fund_(AddFund()),
        isin_(AddShareClass(kIsin, ShareClassOf(fund_, {cash_}, kIsin))),
        seller_units_(AddAccount(kInvestor)),
        seller_cash_(AddAccount(kInvestor)),
        buyer_units_(AddAccount(kIntermediary)),
        buyer_cash_(AddAccount(kIntermediary)) {
    Give(isin_, seller_units_, "100");
    Give(cash_, buyer_cash_, "5000");
  }

  void Give(const InstrumentId& instrument, const AccountId& to, absl::string_view text) {
    InContext([&](const execution::OperationContext& context, state::StateTransaction& state,
                  execution::Effects& effects) {
      Reasons none;
      transfers::Issue(context, state, effects, instrument, to, *transfers::ParseAmount(state, instrument, text, none));
    });
  }
  template <class Call>
  void InContext(Call&& call) {
    const execution::BlockContext context_block = block();
    const v1::Operation none;
    const execution::OperationContext context{&context_block, Hash::Zero(), 0, "", {}, &none, nullptr};
    execution::Effects effects(context);
    call(context, state(), effects);
  }

  std::string Total(const InstrumentId& instrument, const AccountId& account) const {
    return transfers::FormatAmount(view(), instrument,
                                   transfers::ReadBalance(view(), account, instrument, now()).total);
  }
  std::string Free(const InstrumentId& instrument, const AccountId& account) const {
    return transfers::FormatAmount(view(), instrument, transfers::ReadBalance(view(), account, instrument, now()).free);
  }

  // --- Legs ---

  static v1::Leg LegOf(v1::LegKind kind, const std::string& from, const std::string& to, const InstrumentId& instrument,
                       absl::string_view amount) {
    v1::Leg leg;
    leg.set_kind(kind);
    leg.set_from(from);
    leg.set_to(to);
    leg.set_instrument(instrument.ToString());
    leg.set_amount(std::string(amount));
    return leg;
  }
  static v1::Leg Moves(const AccountId& from, const AccountId& to, const InstrumentId& instrument,
                       absl::string_view amount) {
    return LegOf(v1::LEG_KIND_TRANSFER, from.ToString(), to.ToString(), instrument, amount);
  }
  static v1::Leg Issues(const AccountId& to, const InstrumentId& instrument, absl::string_view amount) {
    return LegOf(v1::LEG_KIND_ISSUE, "", to.ToString(), instrument, amount);
  }
  static v1::Leg Cancels(const AccountId& from, const InstrumentId& instrument, absl::string_view amount) {
    return LegOf(v1::LEG_KIND_CANCEL, from.ToString(), "", instrument, amount);
  }
  // Units against cash.
  std::vector<v1::Leg> Dvp(absl::string_view units = "40", absl::string_view price = "2000") const {
    return {Moves(seller_units_, buyer_units_, isin_, units), Moves(buyer_cash_, seller_cash_, cash_, price)};
  }

  // --- Operations ---

  // Deadline an hour from now.
  v1::Operation Open(absl::string_view label, const std::string& party, const std::vector<v1::Leg>& legs) const {
    v1::Operation operation;
    v1::OpenBundle* request = operation.mutable_settlement()->mutable_open();
    request->set_bundle(Id(label).ToString());
    for (const v1::Leg& leg : legs) *request->add_legs() = leg;
    request->set_deadline_us(AddSaturating(now(), Duration::Hours(1)).micros());
    request->set_party(party);
    return operation;
  }
  static v1::Operation ConsentTo(const v1::Operation& open, const std::string& party) {
    v1::Operation operation;
    v1::ConsentBundle* request = operation.mutable_settlement()->mutable_consent();
    request->set_bundle(open.settlement().open().bundle());
    request->set_party(party);
    request->set_terms_hash(settlement::TermsHash(open.settlement().open()).ToString());
    return operation;
  }
  static v1::Operation Decline(absl::string_view label, const std::string& party) {
    v1::Operation operation;
    operation.mutable_settlement()->mutable_decline()->set_bundle(Id(label).ToString());
    operation.mutable_settlement()->mutable_decline()->set_party(party);
    return operation;
  }
  static v1::Operation Cancel(absl::string_view label, const std::string& party) {
    v1::Operation operation;
    operation.mutable_settlement()->mutable_cancel()->set_bundle(Id(label).ToString());
    operation.mutable_settlement()->mutable_cancel()->set_party(party);
    return operation;
  }
  static InstructionId Id(absl::string_view label) { return IdFor<InstructionId>(label); }

  v1::OperationResult By(const std::string& party, const v1::Operation& operation) {
    return Run(party, One(party), operation);
  }
  bool IsOpen(absl::string_view label) const { return view().Has(settlement::kBundles, Id(label)); }

  const InstrumentId cash_;
  const InstrumentId fund_;
  const InstrumentId isin_;
  const AccountId seller_units_;
  const AccountId seller_cash_;
  const AccountId buyer_units_;
  const AccountId buyer_cash_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_CONTRACTS_SETTLEMENT_WORLD_H_
