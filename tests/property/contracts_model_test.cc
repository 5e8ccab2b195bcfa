// SPDX-License-Identifier: Apache-2.0
// Random sequences over all contracts that move value: transfers, holds, freezes, forced transfers, recoveries, cash,
// orders, prices, approvals, bundles, judged movements and their cases, pauses, and due work in random cuts. Whatever
// is asked, senseless requests among it: nothing comes into being or is lost, every lock has its reason, what is
// refused leaves no trace, and a check never lets pass what its apply then refuses (that would be a violation, and fail
// the test).

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "contracts/dealing/dealing.h"
#include "contracts/governance/governance.h"
#include "contracts/instruments/instruments.h"
#include "contracts/settlement/settlement.h"
#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

constexpr int kIds = 6;

class World : public PolicyWorld {
 public:
  World() : fund_(AddFund()), isin_(InstrumentFor(IsinFor("SGDEAL"))) {
    v1::ShareClass share_class = ShareClassOf(fund_, {cash_}, isin_.text());
    share_class.mutable_minima()->set_remaining_units("5");
    share_class.set_lag_days(0);
    share_class.add_eligibility()->mutable_lock_up()->set_duration_us(Duration::Hours(20).micros());
    AddShareClass(isin_.text(), share_class);
    AddDealingDays(fund_, {"2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"});
    for (const std::string& owner : {kInvestor, kInvestor, kIntermediary, kBank}) {
      accounts_.push_back(Kept(owner));
      owners_.push_back(owner);
      Give(accounts_.back(), "5000");
      Units(accounts_.back(), "500");
    }
    for (const std::string& owner : {kInvestor, kInvestor}) Spare(owner);
    Judge();
    SetTime("2026-03-03T08:00:00Z");
  }
  void TestBody() override {}

  void Step() {
    switch (*rc::gen::inRange(0, 17)) {
      case 0:
      case 1:
        return Try(Owner(), Transfer());
      case 2:
        return Try(Owner(), Place());
      case 3:
        return Try(Owner(), EndHold());
      case 4:
        return Try(*rc::gen::element(kTransferAgent, kBank), Freezing());
      case 5:
        return Try(*rc::gen::element(kTransferAgent, kBank), Forced());
      case 6:
      case 7:
      case 8:
        return Try(Owner(), Order());
      case 9:
        return Try(Owner(), Cancel());
      case 10:
        return Try(kAdministrator, Attested());
      case 11:
        return Try(Owner(), OpenBundle());
      case 12:
        return Try(Owner(), AboutBundle());
      case 13:
        return DecideACase();
      case 14:
        return PauseOrLift();
      case 15:
        return Group();
      default:
        return Pass();
    }
  }

  void Check() const {
    for (const InstrumentId& instrument : {cash_, isin_}) CheckSupply(instrument);
    CheckLocks();
    CheckDealt();
  }

 private:
  // --- The world ---

  AccountId Kept(const std::string& owner) {
    const AccountId id = IdFor<AccountId>("kept " + std::to_string(++opened_));
    v1::Operation operation;
    v1::OpenAccount& request = *operation.mutable_transfers()->mutable_open_account();
    request.set_account(id.ToString());
    request.set_owner(owner);
    request.set_kind(v1::ACCOUNT_KIND_OWN);
    request.set_keeper(kTransferAgent);
    EXPECT_THAT(Run(kTransferAgent, Two(kTransferAgent), operation), Applied());
    return id;
  }
  void Spare(const std::string& owner) {
    accounts_.push_back(Kept(owner));
    owners_.push_back(owner);
  }
  void Units(const AccountId& to, absl::string_view amount) {
    const execution::BlockContext context_block = block();
    const v1::Operation none;
    const execution::OperationContext context{&context_block, Hash::Zero(), 0, "", {}, &none, nullptr};
    execution::Effects effects(context);
    transfers::Issue(context, state(), effects, isin_, to, *ParseDecimal(amount, 4));
  }

  // --- Random requests ---

  AccountId Account() const { return *rc::gen::elementOf(accounts_); }
  std::string Owner() const { return *rc::gen::elementOf(owners_); }
  InstrumentId Instrument() const { return *rc::gen::element(cash_, isin_); }
  static std::string Amount() { return std::to_string(*rc::gen::inRange(1, 1200)); }
  static std::string Label(const char* what) { return what + std::to_string(*rc::gen::inRange(0, kIds)); }

  v1::Operation Transfer() const {
    v1::Operation operation = TransferOf(Amount(), Account(), Account());
    operation.mutable_transfers()->mutable_transfer()->set_instrument(Instrument().ToString());
    return operation;
  }
  v1::Operation Place() const {
    v1::Operation operation;
    v1::PlaceHold& request = *operation.mutable_transfers()->mutable_place_hold();
    request.set_hold(IdFor<HoldId>(Label("id")).ToString());
    request.set_account(Account().ToString());
    request.set_beneficiary(Account().ToString());
    request.set_instrument(Instrument().ToString());
    request.set_amount(Amount());
    request.set_expires_us(AddSaturating(now(), Duration::Hours(*rc::gen::inRange<uint64_t>(1, 30))).micros());
    return operation;
  }
  static v1::Operation EndHold() {
    v1::Operation operation;
    const std::string id = IdFor<HoldId>(Label("id")).ToString();
    if (*rc::gen::arbitrary<bool>()) {
      operation.mutable_transfers()->mutable_release_hold()->set_hold(id);
    } else {
      operation.mutable_transfers()->mutable_execute_hold()->set_hold(id);
      if (*rc::gen::arbitrary<bool>()) operation.mutable_transfers()->mutable_execute_hold()->set_amount(Amount());
    }
    return operation;
  }
  v1::Operation Freezing() const {
    v1::Operation operation;
    if (*rc::gen::arbitrary<bool>()) {
      v1::FreezeAccount& request = *operation.mutable_transfers()->mutable_freeze_account();
      request.set_account(Account().ToString());
      request.set_instrument(Instrument().ToString());
      request.set_reason(v1::FREEZE_REASON_COMPLIANCE);
    } else {
      v1::UnfreezeAccount& request = *operation.mutable_transfers()->mutable_unfreeze_account();
      request.set_account(Account().ToString());
      request.set_instrument(Instrument().ToString());
    }
    return operation;
  }
  v1::Operation Forced() const {
    v1::Operation operation;
    if (*rc::gen::inRange(0, 4) == 0) {
      v1::RecoverAccount& request = *operation.mutable_transfers()->mutable_recover_account();
      request.set_account(Account().ToString());
      request.set_successor(Account().ToString());
      request.set_evidence_hash(crypto::Sha256("evidence").ToString());
      return operation;
    }
    v1::ForcedTransfer& request = *operation.mutable_transfers()->mutable_forced_transfer();
    request.set_from(Account().ToString());
    request.set_to(Account().ToString());
    request.set_instrument(Instrument().ToString());
    request.set_amount(Amount());
    request.set_evidence_hash(crypto::Sha256("evidence").ToString());
    return operation;
  }
  template <class Message>
  void FillOrder(Message& request) const {
    // Ids of orders and of holds clash now and then: both name holds.
    const std::string label = *rc::gen::inRange(0, 8) == 0 ? Label("id") : Label("order");
    request.set_order_id(IdFor<OrderId>(label).ToString());
    request.set_order_reference("REF-" + label);
    request.set_isin(isin_.ToString());
    const AccountId account = Account();
    request.set_account(account.ToString());
    request.set_cash_account((*rc::gen::inRange(0, 4) == 0 ? Account() : account).ToString());
    request.set_cash_token(cash_.ToString());
  }
  v1::Operation Order() const {
    v1::Operation operation;
    const int kind = *rc::gen::inRange(0, 5);
    if (kind < 2) {
      v1::Subscribe& request = *operation.mutable_dealing()->mutable_subscribe();
      FillOrder(request);
      if (kind == 0) {
        request.set_amount(Amount());
      } else {
        request.set_units(Amount());
        request.set_prefunded_amount(Amount());
      }
    } else {
      v1::Redeem& request = *operation.mutable_dealing()->mutable_redeem();
      FillOrder(request);
      if (kind == 2) request.set_amount(Amount());
      if (kind == 3) request.set_units(Amount());
      if (kind == 4) request.set_percentage(std::to_string(*rc::gen::inRange(1, 101)));
    }
    return operation;
  }
  static v1::Operation Cancel() {
    v1::Operation operation;
    operation.mutable_dealing()->mutable_cancel_order()->set_order_id(IdFor<OrderId>(Label("order")).ToString());
    return operation;
  }
  // The oldest day that waits for its price, at one that follows from random net assets.
  v1::Operation Attested() const {
    v1::Operation operation;
    v1::AttestPrice& request = *operation.mutable_dealing()->mutable_attest_price();
    request.set_isin(isin_.ToString());
    for (const char* date : {"2026-03-06", "2026-03-05", "2026-03-04", "2026-03-03"}) {
      const std::optional<v1::ClassDay> day = dealing::FindClassDay(view(), isin_, date);
      if (!day || day->status() != v1::CLASS_DAY_STATUS_VALUED) continue;
      request.set_dealing_date(date);
      request.set_units(day->units_at_valuation());
      const auto units = *ParseDecimal(day->units_at_valuation(), 4);
      if (units.IsZero()) continue;
      const auto net_assets = *ParseDecimal(std::to_string(*rc::gen::inRange(500, 5000)), 2);
      request.set_net_assets(FormatDecimal(net_assets, 2));
      request.set_price(FormatDecimal(*Divide({net_assets, 2}, {units, 4}, 4, Rounding::kHalfUp), 4));
    }
    return operation;
  }
  v1::Leg Leg() const {
    v1::Leg leg;
    leg.set_kind(
        *rc::gen::element(v1::LEG_KIND_TRANSFER, v1::LEG_KIND_TRANSFER, v1::LEG_KIND_ISSUE, v1::LEG_KIND_CANCEL));
    if (leg.kind() != v1::LEG_KIND_ISSUE) leg.set_from(Account().ToString());
    if (leg.kind() != v1::LEG_KIND_CANCEL) leg.set_to(Account().ToString());
    leg.set_instrument(leg.kind() == v1::LEG_KIND_TRANSFER ? Instrument().ToString() : isin_.ToString());
    leg.set_amount(Amount());
    return leg;
  }
  v1::Operation OpenBundle() {
    v1::Operation operation;
    v1::OpenBundle& request = *operation.mutable_settlement()->mutable_open();
    request.set_bundle(IdFor<InstructionId>(Label("bundle")).ToString());
    const int legs = *rc::gen::inRange(1, 4);
    for (int i = 0; i < legs; ++i) *request.add_legs() = Leg();
    request.set_deadline_us(AddSaturating(now(), Duration::Hours(*rc::gen::inRange<uint64_t>(1, 30))).micros());
    request.set_party(Owner());
    return operation;
  }
  v1::Operation AboutBundle() const {
    v1::Operation operation;
    const InstructionId id = IdFor<InstructionId>(Label("bundle"));
    const std::optional<v1::Bundle> bundle = view().Get(settlement::kBundles, id);
    const std::string party = *rc::gen::element(kInvestor, kIntermediary, kBank, kTransferAgent);
    const int kind = *rc::gen::inRange(0, 6);
    if (kind < 4) {
      v1::ConsentBundle& request = *operation.mutable_settlement()->mutable_consent();
      request.set_bundle(id.ToString());
      request.set_party(party);
      request.set_terms_hash(bundle ? bundle->terms_hash() : crypto::Sha256("none").ToString());
    } else if (kind == 4) {
      operation.mutable_settlement()->mutable_decline()->set_bundle(id.ToString());
      operation.mutable_settlement()->mutable_decline()->set_party(party);
    } else {
      operation.mutable_settlement()->mutable_cancel()->set_bundle(id.ToString());
      operation.mutable_settlement()->mutable_cancel()->set_party(party);
    }
    return operation;
  }

  // --- Running ---

  // By who asks, or by whom the operation names as its party.
  void Try(std::string by, const v1::Operation& operation) {
    if (operation.has_settlement()) {
      const v1::SettlementOperation& request = operation.settlement();
      by = request.has_open()      ? request.open().party()
           : request.has_consent() ? request.consent().party()
           : request.has_decline() ? request.decline().party()
                                   : request.cancel().party();
    }
    RunChecked(by, {operation});
  }
  void RunChecked(const std::string& by, const std::vector<v1::Operation>& operations) {
    const state::Changes before = state().changes();
    const std::vector<v1::OperationResult> results = RunAll(by, Two(by), operations);
    bool traceless = restricted().empty();
    for (const v1::OperationResult& result : results) {
      RC_LOG(result.DebugString());
      traceless = traceless && result.status() != v1::OPERATION_STATUS_APPLIED;
      for (const v1::Reason& reason : result.reasons()) RC_ASSERT(reason.code() != v1::LEDGER_REASON_INVARIANT);
      RC_TAG(v1::OperationStatus_Name(result.status()).substr(17));
    }
    RC_ASSERT(violations().empty());
    if (traceless) RC_ASSERT(state().changes() == before);
  }
  // A linked group of movements of different kinds.
  void Group() {
    const std::string owner = Owner();
    std::vector<v1::Operation> operations;
    const int size = *rc::gen::inRange(2, 4);
    for (int i = 0; i < size; ++i) {
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          operations.push_back(Transfer());
          break;
        case 1:
          operations.push_back(Place());
          break;
        default:
          operations.push_back(Order());
      }
      operations.back().set_linked(i + 1 < size);
    }
    RunChecked(owner, operations);
  }
  void DecideACase() {
    std::vector<CaseId> cases;
    view().ForEach(policy::kCases, std::tuple<>(), [&](const CaseId& id, const v1::Case&) {
      cases.push_back(id);
      return true;
    });
    if (cases.empty()) return;
    const auto decision =
        *rc::gen::element(v1::CASE_DECISION_RELEASE, v1::CASE_DECISION_REFUSE, v1::CASE_DECISION_FREEZE);
    RunChecked(kBank, {Decision(*rc::gen::elementOf(cases), decision)});
  }
  void PauseOrLift() {
    const std::tuple<uint8_t, std::string> key(3, isin_.ToString());
    if (state().Has(governance::kPauses, key)) {
      state().Erase(governance::kPauses, key);
    } else if (*rc::gen::inRange(0, 3) == 0) {
      v1::Operation operation;
      operation.mutable_governance()->mutable_pause()->set_explanation("random");
      operation.mutable_governance()->mutable_pause()->mutable_subject()->set_instrument(isin_.ToString());
      RunChecked(kOperators[0], {operation});
    }
  }
  // Time passes, and some of what is due is done.
  void Pass() {
    Advance(Duration::Minutes(*rc::gen::element<uint64_t>(15, 60, 240, 600)));
    const int blocks = *rc::gen::inRange(0, 12);
    for (int i = 0; i < blocks; ++i) {
      RunDue(*rc::gen::inRange<uint64_t>(dealing::kOrderWork + 1, 60));
      RC_ASSERT(violations().empty());
    }
  }

  // --- What must hold ---

  // Holdings add up to the supply, parts to their totals, and no part is negative.
  void CheckSupply(const InstrumentId& instrument) const {
    causeway::Amount sum = causeway::Amount::Zero();
    uint64_t holders = 0;
    transfers::ForEachHolding(view(), instrument, now(), std::nullopt, [&](const AccountId&, const auto& balance) {
      RC_ASSERT(balance.total.IsPositive());
      RC_ASSERT(!balance.free.IsNegative() && !balance.blocked.IsNegative() && !balance.restricted.IsNegative());
      RC_ASSERT(Sum({balance.free, balance.blocked, balance.pledged, balance.restricted}) == balance.total);
      sum = *Add(sum, balance.total);
      ++holders;
      return true;
    });
    const transfers::Supply supply = transfers::ReadSupply(view(), instrument);
    RC_ASSERT(sum == supply.issued);
    RC_ASSERT(holders == supply.holders);
    // No operation here brings cash into being or ends it.
    if (instrument == cash_) RC_ASSERT(sum == cash_supply_);
  }

  // Every lock of the ledger's own belongs to an order, a bundle or a case that is alive, and is there for each.
  void CheckLocks() const {
    std::map<v1::HoldController, std::set<std::string>> held;
    view().ForEach(transfers::kHolds, std::tuple<>(), [&](const HoldId& id, const v1::Hold& hold) {
      if (transfers::FindHold(view(), id, now())) held[hold.controller()].insert(id.ToString());
      return true;
    });
    std::set<std::string> orders, legs, cases;
    view().ForEach(dealing::kOrders, std::tuple<>(), [&](const auto&, const v1::Order& order) {
      orders.insert(order.order_id());
      return true;
    });
    view().ForEach(settlement::kBundles, std::tuple<>(), [&](const InstructionId& id, const v1::Bundle& bundle) {
      if (Instant::FromMicros(bundle.deadline_us()) <= now()) return true;
      for (int i = 0; i < bundle.legs_size(); ++i) {
        if (bundle.legs(i).from().empty()) continue;
        const std::string owner = *transfers::OwnerOf(view(), *AccountId::FromBytes(bundle.legs(i).from()));
        for (const v1::BundleConsent& consent : bundle.consents()) {
          if (consent.party() == owner && consent.given_us() != 0)
            legs.insert(settlement::LegHold(id, static_cast<uint32_t>(i)).ToString());
        }
      }
      return true;
    });
    view().ForEach(policy::kCases, std::tuple<>(), [&](const CaseId&, const v1::Case& record) {
      for (const std::string& hold : record.holds()) cases.insert(hold);
      return true;
    });
    RC_ASSERT(held[v1::HOLD_CONTROLLER_DEALING] == orders);
    RC_ASSERT(held[v1::HOLD_CONTROLLER_SETTLEMENT] == legs);
    RC_ASSERT(held[v1::HOLD_CONTROLLER_POLICY] == cases);
  }

  // The book's units are those of its confirmed orders, and an order is found by its id and by its reference.
  void CheckDealt() const {
    causeway::Amount issue = causeway::Amount::Zero(), cancel = issue;
    size_t orders = 0, references = 0;
    view().ForEach(dealing::kOrders, std::tuple<>(), [&](const auto&, const v1::Order& order) {
      ++orders;
      RC_ASSERT(dealing::FindOrder(view(), *OrderId::FromBytes(order.order_id())).has_value());
      if (!order.has_execution()) return true;
      causeway::Amount& sum = order.side() == v1::ORDER_SIDE_SUBSCRIPTION ? issue : cancel;
      sum = *Add(sum, *ParseDecimal(order.execution().units(), 4));
      return true;
    });
    view().ForEach(dealing::kOrderReferences, std::tuple<>(), [&](const auto&, const v1::OrderReferenceUse&) {
      ++references;
      return true;
    });
    RC_ASSERT(orders == references);
    const causeway::Amount issued = transfers::ReadSupply(view(), isin_).issued;
    RC_ASSERT(dealing::UnitsDealt(view(), isin_) == *Subtract(*Add(issued, issue), cancel));
  }

  const InstrumentId fund_;
  const InstrumentId isin_;
  std::vector<AccountId> accounts_;
  std::vector<std::string> owners_;
  int opened_ = 0;
  // Two accounts of PolicyWorld, and four of this one.
  const causeway::Amount cash_supply_ = *ParseDecimal("2020000", 2);
};

RC_GTEST_PROP(Contracts, NothingComesIntoBeingOrIsLostAndEveryLockHasItsReason, ()) {
  World world;
  const int steps = *rc::gen::inRange(1, 80);
  for (int i = 0; i < steps; ++i) {
    world.Step();
    world.Check();
  }
}

}  // namespace
}  // namespace causeway::testing
