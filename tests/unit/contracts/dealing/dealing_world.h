// SPDX-License-Identifier: Apache-2.0
// A class that is dealt in, an investor with cash, and orders that are valid but for what a test changes in them.
#ifndef CAUSEWAY_TESTS_UNIT_CONTRACTS_DEALING_DEALING_WORLD_H_
#define CAUSEWAY_TESTS_UNIT_CONTRACTS_DEALING_DEALING_WORLD_H_

#include <map>
#include <string>
#include <vector>

#include "contracts/dealing/dealing.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/decimal.h"
#include "tests/support/contract_fixture.h"

namespace causeway::testing {

class DealingTest : public ContractFixture {
 protected:
  static constexpr const char* kToday = "2026-03-02";
  static constexpr const char* kTomorrow = "2026-03-03";

  DealingTest()
      : token_(AddCashToken()),
        fund_(AddFund()),
        isin_(InstrumentFor(IsinFor("SGDEAL"))),
        account_(AddAccount(kInvestor, v1::ACCOUNT_KIND_OWN, "units")),
        cash_account_(AddAccount(kInvestor, v1::ACCOUNT_KIND_OWN, "cash")) {}

  // Adds the class, its calendar, and 2,000,000.00 of cash.
  void Open(const v1::ShareClass& share_class) {
    AddShareClass(isin_.text(), share_class);
    AddDealingDays(fund_, {kToday, kTomorrow, "2026-03-04"});
    IssueCash(cash_account_, "2000000");
  }
  void Open() { Open(Class()); }
  v1::ShareClass Class() const { return ShareClassOf(fund_, {token_}, isin_.text()); }
  void Change(const v1::ShareClass& share_class) {
    v1::Operation operation;
    operation.mutable_instruments()->mutable_set_share_class()->set_isin(isin_.ToString());
    *operation.mutable_instruments()->mutable_set_share_class()->mutable_share_class() = share_class;
    EXPECT_THAT(Run(kFmco, Two(kFmco), operation), Applied());
  }

  void IssueCash(const AccountId& to, const std::string& amount) {
    v1::Operation operation;
    v1::IssueCash& issue = *operation.mutable_cash()->mutable_issue();
    issue.set_instrument(token_.ToString());
    issue.set_to(to.ToString());
    issue.set_amount(amount);
    issue.set_payment_reference("PAY" + std::to_string(++payments_));
    EXPECT_THAT(Run(kBank, Two(kBank), operation), Applied());
  }

  // Leaves the class so much less to pay redemptions with.
  v1::Operation SpendClassCash(const std::string& amount) const {
    v1::Operation operation;
    v1::Transfer& transfer = *operation.mutable_transfers()->mutable_transfer();
    transfer.set_from(ClassAccount(isin_, "cash").ToString());
    transfer.set_to(ClassAccount(isin_, "fees").ToString());
    transfer.set_instrument(token_.ToString());
    transfer.set_amount(amount);
    return operation;
  }

  v1::Operation SubscribeAmount(const std::string& label, const std::string& amount) const {
    v1::Operation operation;
    v1::Subscribe& request = *operation.mutable_dealing()->mutable_subscribe();
    Fill(label, request);
    request.set_amount(amount);
    return operation;
  }
  v1::Operation SubscribeUnits(const std::string& label, const std::string& units, const std::string& prefunded) const {
    v1::Operation operation = SubscribeAmount(label, "1");
    operation.mutable_dealing()->mutable_subscribe()->set_units(units);
    operation.mutable_dealing()->mutable_subscribe()->set_prefunded_amount(prefunded);
    return operation;
  }
  v1::Operation RedeemUnits(const std::string& label, const std::string& units) const {
    v1::Operation operation;
    v1::Redeem& request = *operation.mutable_dealing()->mutable_redeem();
    Fill(label, request);
    request.set_units(units);
    return operation;
  }
  v1::Operation RedeemAmount(const std::string& label, const std::string& amount) const {
    v1::Operation operation = RedeemUnits(label, "1");
    operation.mutable_dealing()->mutable_redeem()->set_amount(amount);
    return operation;
  }
  v1::Operation RedeemPercentage(const std::string& label, const std::string& percentage) const {
    v1::Operation operation = RedeemUnits(label, "1");
    operation.mutable_dealing()->mutable_redeem()->set_percentage(percentage);
    return operation;
  }
  static v1::Operation Cancel(const std::string& label) {
    v1::Operation operation;
    operation.mutable_dealing()->mutable_cancel_order()->set_order_id(IdFor<OrderId>(label).ToString());
    return operation;
  }
  v1::Operation Attest(const std::string& date, const std::string& net_assets, const std::string& units,
                       const std::string& price) const {
    v1::Operation operation;
    v1::AttestPrice& request = *operation.mutable_dealing()->mutable_attest_price();
    request.set_isin(isin_.ToString());
    request.set_dealing_date(date);
    request.set_net_assets(net_assets);
    request.set_units(units);
    request.set_price(price);
    return operation;
  }
  v1::Operation Review(const std::string& date, const std::string& price, bool accept) const {
    v1::Operation operation;
    v1::ReviewPrice& request = *operation.mutable_dealing()->mutable_review_price();
    request.set_isin(isin_.ToString());
    request.set_dealing_date(date);
    request.set_price(price);
    request.set_accept(accept);
    return operation;
  }
  v1::Operation OpenDay(const std::string& date) const {
    v1::Operation operation;
    operation.mutable_dealing()->mutable_open_day()->set_isin(isin_.ToString());
    operation.mutable_dealing()->mutable_open_day()->set_dealing_date(date);
    return operation;
  }

  v1::OperationResult Order(const v1::Operation& operation) {
    const v1::OperationResult result = Run(kInvestor, One(kInvestor), operation);
    Note({result});
    return result;
  }
  v1::OperationResult Price(const v1::Operation& operation) {
    return Run(kAdministrator, Two(kAdministrator), operation);
  }

  // Runs what is due until nothing is, with so much work a block.
  void RunAllDue(uint64_t work = 1'000'000) {
    for (int blocks = 0; blocks < 10'000; ++blocks) {
      const std::vector<v1::OperationResult> results = RunDue(work);
      if (results.empty()) return;
      Note(results);
    }
    FAIL() << "due work without an end";
  }
  // From the day's book to its valuation.
  void CloseAndValue(const std::string& date) {
    SetTime(date + "T16:00:00Z");
    RunAllDue();
  }
  // The class's first day, at the launch price, with what was ordered on it.
  void Launch(const std::string& price = "1.2514") {
    CloseAndValue(kToday);
    EXPECT_THAT(Price(Attest(kToday, "0", "0", price)), Applied());
    RunAllDue();
  }

  std::string UnitsOf(const AccountId& account) const {
    return DisplayDecimal(transfers::ReadBalance(view(), account, isin_, now()).total, 4);
  }
  std::string CashOf(const AccountId& account) const {
    return DisplayDecimal(transfers::ReadBalance(view(), account, token_, now()).total, 2);
  }
  v1::ClassDay Day(const std::string& date) const { return dealing::FindClassDay(view(), isin_, date).value(); }
  bool IsLive(const std::string& label) const { return dealing::FindOrder(view(), IdFor<OrderId>(label)).has_value(); }

  // An order as its last event told it, also one that is final.
  const v1::Order& Told(const std::string& label) const { return told_.at(IdFor<OrderId>(label).ToString()); }
  // How often an order was told to have ended.
  int EndsOf(const std::string& label) const {
    const auto found = ends_.find(IdFor<OrderId>(label).ToString());
    return found == ends_.end() ? 0 : found->second;
  }

  InstrumentId token_;
  InstrumentId fund_;
  InstrumentId isin_;
  AccountId account_;
  AccountId cash_account_;

 private:
  template <class Message>
  void Fill(const std::string& label, Message& request) const {
    request.set_order_id(IdFor<OrderId>(label).ToString());
    request.set_isin(isin_.ToString());
    request.set_account(account_.ToString());
    request.set_cash_account(cash_account_.ToString());
    request.set_cash_token(token_.ToString());
    request.set_order_reference("REF-" + label);
  }

  void Note(const std::vector<v1::OperationResult>& results) {
    for (const v1::OperationResult& result : results) {
      for (const v1::Event& event : result.events()) {
        if (!event.dealing().has_order_changed()) continue;
        const v1::OrderChanged& changed = event.dealing().order_changed();
        told_[changed.order().order_id()] = changed.order();
        const v1::OrderStatus status = changed.status();
        if (status == v1::ORDER_STATUS_SETT || status == v1::ORDER_STATUS_REJECTED ||
            status == v1::ORDER_STATUS_CANCELLED)
          ++ends_[changed.order().order_id()];
      }
    }
  }

  int payments_ = 0;
  // By the order's id.
  std::map<std::string, v1::Order> told_;
  std::map<std::string, int> ends_;
};

}  // namespace causeway::testing

#endif  // CAUSEWAY_TESTS_UNIT_CONTRACTS_DEALING_DEALING_WORLD_H_
