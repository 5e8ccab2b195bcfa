// SPDX-License-Identifier: Apache-2.0
// Dealing days against a plain model of who pays what and gets which units: random orders, cancellations, prices and
// fees must be accepted where the model accepts them and leave exactly its units, cash and fees; and each close, run in
// random cuts, must leave byte for byte what it leaves in one block.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include "absl/numeric/int128.h"

#include "tests/unit/contracts/dealing/dealing_world.h"

namespace causeway::testing {
namespace {

using Int = absl::int128;

Int FloorOf(Int a, Int b) {
  return a / b;
}
Int CeilingOf(Int a, Int b) {
  return (a + b - 1) / b;
}
Int HalfUpOf(Int a, Int b) {
  return (2 * a + b) / (2 * b);
}
std::string Text(Int minor, int decimals) {
  return FormatDecimal(Amount::FromMinor(minor), decimals);
}

constexpr int kInvestors = 3;
constexpr Int kCents = 100, kUnit = 10'000, kPriceUnit = 10'000, kRateUnit = 100'000'000;

enum class Basis { kNone, kGross, kNet, kFlat, kPerUnit };

struct ModelFee {
  Basis basis = Basis::kNone;
  Int value = 0;  // rate over kRateUnit, cents, or price units a unit

  // Of what is paid in all, which buys or is paid for `units` (minor).
  Int Within(Int gross, Int units) const {
    switch (basis) {
      case Basis::kGross:
        return CeilingOf(gross * value, kRateUnit);
      case Basis::kNet:
        return CeilingOf(gross * value, kRateUnit + value);
      case Basis::kFlat:
        return value;
      case Basis::kPerUnit:
        return CeilingOf(units * value * kCents, kUnit * kPriceUnit);
      default:
        return 0;
    }
  }
  Int OnTop(Int cost, Int units) const {
    switch (basis) {
      case Basis::kGross:
        return CeilingOf(cost * value, kRateUnit - value);
      case Basis::kNet:
        return CeilingOf(cost * value, kRateUnit);
      default:
        return Within(0, units);
    }
  }
};

enum class Kind { kSubscribeAmount, kSubscribeUnits, kRedeemAmount, kRedeemUnits };

struct ModelOrder {
  int investor;
  Kind kind;
  Int quantity;
  Int blocked;
  bool IsRedemption() const { return kind == Kind::kRedeemAmount || kind == Kind::kRedeemUnits; }
};

struct Model {
  ModelFee entry, exit;
  std::vector<Int> units = std::vector<Int>(kInvestors, 0), cash = std::vector<Int>(kInvestors, 0);
  Int fund = 0, fees = 0, residual = 0, supply = 0, last_price = 0;
  // By label, which sorts in order of acceptance.
  std::map<std::string, ModelOrder> book;

  Int Blocked(int investor, bool units_asked) const {
    Int sum = 0;
    for (const auto& [label, order] : book) {
      if (order.investor == investor && order.IsRedemption() == units_asked) sum += order.blocked;
    }
    return sum;
  }
  Int FreeCash(int investor) const { return cash[investor] - Blocked(investor, false); }
  Int FreeUnits(int investor) const { return units[investor] - Blocked(investor, true); }

  // What a redemption blocks; nothing where the holding is too small.
  std::optional<Int> ToBlock(int investor, Kind kind, Int quantity) const {
    const Int free = FreeUnits(investor);
    Int needed = quantity, blocked = quantity;
    if (kind == Kind::kRedeemAmount) {
      needed = last_price == 0 ? free : UnitsFor(quantity, last_price);
      blocked = last_price == 0 ? free : std::max(needed, std::min(CeilingOf(needed * 11, 10), free));
    }
    if (blocked == 0 || needed > free) return std::nullopt;
    return blocked;
  }
  static Int UnitsFor(Int amount, Int price) { return CeilingOf(amount * kUnit * kPriceUnit, kCents * price); }
  static Int Cost(Int of, Int price) { return CeilingOf(of * price * kCents, kUnit * kPriceUnit); }

  void Subscribe(const ModelOrder& order, Int price) {
    Int gross, fee, bought;
    if (order.kind == Kind::kSubscribeAmount) {
      gross = order.quantity;
      if (entry.basis == Basis::kPerUnit) {
        bought = FloorOf(gross * kUnit * kPriceUnit, kCents * (price + entry.value));
        fee = entry.Within(gross, bought);
      } else {
        fee = entry.Within(gross, 0);
        if (fee > gross) return;
        bought = FloorOf((gross - fee) * kUnit * kPriceUnit, kCents * price);
      }
    } else {
      bought = order.quantity;
      fee = entry.OnTop(Cost(bought, price), bought);
      gross = Cost(bought, price) + fee;
    }
    const Int cost = Cost(bought, price);
    if (bought == 0 || fee > gross || gross > order.blocked) return;
    fee = std::min(fee, gross - cost);
    cash[order.investor] -= gross;
    fund += cost;
    fees += fee;
    residual += gross - fee - cost;
    units[order.investor] += bought;
    supply += bought;
  }
  void Redeem(const ModelOrder& order, Int price) {
    const bool by_units = order.kind == Kind::kRedeemUnits;
    const Int given = by_units ? order.quantity : UnitsFor(order.quantity, price);
    const Int gross = by_units ? FloorOf(given * price * kCents, kUnit * kPriceUnit) : order.quantity;
    const Int fee = exit.Within(gross, given);
    if (gross == 0 || fee > gross || given > order.blocked) return;
    units[order.investor] -= given;
    supply -= given;
    cash[order.investor] += gross - fee;
    fees += fee;
    fund -= gross;
  }
  void Deal(Int price) {
    last_price = price;
    const std::map<std::string, ModelOrder> orders = std::move(book);
    book.clear();
    for (const auto& [label, order] : orders) order.IsRedemption() ? Redeem(order, price) : Subscribe(order, price);
  }
};

class World : public DealingTest {
 public:
  World() {
    owners_ = {kInvestor, kIntermediary, kInvestorAbroad};
    v1::ShareClass share_class = Class();
    share_class.clear_fees();
    model_.entry = AddFee(v1::FEE_SIDE_ENTRY, share_class);
    model_.exit = AddFee(v1::FEE_SIDE_EXIT, share_class);
    AddShareClass(isin_.text(), share_class);
    AddDealingDays(fund_, dates_);
    for (int i = 0; i < kInvestors; ++i) {
      units_.push_back(AddAccount(owners_[i]));
      cash_.push_back(AddAccount(owners_[i]));
      IssueCash(cash_[i], "10000");
      model_.cash[i] = 10000 * kCents;
    }
    // So that no redemption waits for cash.
    IssueCash(ClassAccount(isin_, "cash"), "1000000");
    model_.fund = 1'000'000 * kCents;
  }
  void TestBody() override {}

  void PlayDay(const std::string& date) {
    SetTime(date + "T08:00:00Z");
    const int steps = *rc::gen::inRange(0, 14);
    for (int i = 0; i < steps; ++i) {
      if (!model_.book.empty() && *rc::gen::inRange(0, 6) == 0) {
        CancelOne();
      } else {
        PlaceOne();
      }
      Compare();
    }
    Close(date);
    Compare();
  }

 private:
  static ModelFee AddFee(v1::FeeSide side, v1::ShareClass& share_class) {
    const auto basis = static_cast<Basis>(*rc::gen::inRange(0, 5));
    if (basis == Basis::kNone) return {};
    v1::Fee& fee = *share_class.add_fees();
    fee.set_side(side);
    fee.set_recipient_account_id(ClassAccount(InstrumentFor(IsinFor("SGDEAL")), "fees").ToString());
    const Int value = *rc::gen::inRange(1, basis == Basis::kPerUnit ? 400 : 900);
    switch (basis) {
      case Basis::kGross:
      case Basis::kNet:
        fee.set_basis(basis == Basis::kGross ? v1::FEE_BASIS_GRAM : v1::FEE_BASIS_NEAM);
        fee.set_rate(Text(value, 4));
        return {basis, value * 10'000};
      case Basis::kFlat:
        fee.set_basis(v1::FEE_BASIS_FLAT);
        fee.set_amount(Text(value, 2));
        return {basis, value};
      default:
        fee.set_basis(v1::FEE_BASIS_PERU);
        fee.set_amount(Text(value, 4));
        return {basis, value};
    }
  }

  void PlaceOne() {
    const int investor = *rc::gen::inRange(0, kInvestors);
    const auto kind = static_cast<Kind>(*rc::gen::inRange(0, 4));
    // Orders of all sizes: of a few minor units, and more than there is.
    const Int scale = std::vector<Int>{1, 100, 10'000, 1'000'000}[static_cast<size_t>(*rc::gen::inRange(0, 4))];
    const Int quantity = *rc::gen::inRange(1, 120) * scale;
    const std::string label = "order " + std::to_string(1000 + ++orders_);
    ModelOrder order{investor, kind, quantity, quantity};
    v1::Operation operation;
    bool expected = true;
    switch (kind) {
      case Kind::kSubscribeAmount:
        operation = SubscribeAmount(label, Text(quantity, 2));
        break;
      case Kind::kSubscribeUnits:
        order.blocked = *rc::gen::inRange(1, 10'000) * std::max<Int>(1, scale / 100);
        operation = SubscribeUnits(label, Text(quantity, 4), Text(order.blocked, 2));
        break;
      case Kind::kRedeemAmount:
        operation = RedeemAmount(label, Text(quantity, 2));
        break;
      case Kind::kRedeemUnits:
        operation = RedeemUnits(label, Text(quantity, 4));
        break;
    }
    if (order.IsRedemption()) {
      const std::optional<Int> blocked = model_.ToBlock(investor, kind, quantity);
      expected = blocked.has_value();
      order.blocked = blocked.value_or(0);
      Redirect(*operation.mutable_dealing()->mutable_redeem(), investor);
    } else {
      expected = order.blocked <= model_.FreeCash(investor);
      Redirect(*operation.mutable_dealing()->mutable_subscribe(), investor);
    }
    const v1::OperationResult result = Run(owners_[investor], One(owners_[investor]), operation);
    RC_LOG(result.DebugString());
    RC_ASSERT((result.status() == v1::OPERATION_STATUS_APPLIED) == expected);
    if (expected) model_.book.emplace(label, order);
  }
  template <class Message>
  void Redirect(Message& message, int investor) {
    message.set_account(units_[investor].ToString());
    message.set_cash_account(cash_[investor].ToString());
  }

  void CancelOne() {
    auto order = model_.book.begin();
    std::advance(order, *rc::gen::inRange<int>(0, static_cast<int>(model_.book.size())));
    const std::string& owner = owners_[order->second.investor];
    RC_ASSERT(Run(owner, One(owner), Cancel(order->first)).status() == v1::OPERATION_STATUS_APPLIED);
    model_.book.erase(order);
  }

  // Attests a price that the model rounds by itself, and runs the close whole, then again from the same state in random
  // cuts.
  void Close(const std::string& date) {
    if (!dealing::FindClassDay(view(), isin_, date))
      RC_ASSERT(Run(kFmco, Two(kFmco), OpenDay(date)).status() == v1::OPERATION_STATUS_APPLIED);
    SetTime(date + "T16:00:00Z");
    RunAllDue(*rc::gen::inRange<uint64_t>(dealing::kOrderWork, 1000));
    Int price = *rc::gen::inRange(5'000, 30'000), net_assets = 0;
    if (model_.supply > 0) {
      net_assets = CeilingOf(model_.supply * price * kCents, kUnit * kPriceUnit) + *rc::gen::inRange(0, 5);
      price = HalfUpOf(net_assets * kUnit * kPriceUnit, kCents * model_.supply);
    }
    const v1::OperationResult result = Price(Attest(date, Text(net_assets, 2), Text(model_.supply, 4), Text(price, 4)));
    RC_LOG(result.DebugString());
    RC_ASSERT(result.status() == v1::OPERATION_STATUS_APPLIED);
    const state::Changes before = state().changes();
    RunAllDue();
    const auto whole = Records();
    Restore(before);
    for (int block = 0; !RunDue(*rc::gen::inRange<uint64_t>(dealing::kOrderWork, 40)).empty(); ++block)
      RC_ASSERT(block < 1000);
    RC_ASSERT(Records() == whole);
    model_.Deal(price);
  }
  std::map<state::StateKey, std::string> Records() {
    std::map<state::StateKey, std::string> there;
    for (const auto& [key, value] : state().changes()) {
      if (value) there.emplace(key, *value);
    }
    return there;
  }
  void Restore(const state::Changes& before) {
    const state::Changes now = state().changes();
    for (const auto& [key, value] : now) {
      if (!before.contains(key)) state().EraseRaw(key.table, key.key);
    }
    for (const auto& [key, value] : before) {
      if (value) {
        state().PutRaw(key.table, key.key, *value);
      } else {
        state().EraseRaw(key.table, key.key);
      }
    }
  }

  Int Total(const AccountId& account, const InstrumentId& instrument) const {
    return transfers::ReadBalance(view(), account, instrument, now()).total.minor();
  }
  void Compare() const {
    for (int i = 0; i < kInvestors; ++i) {
      const transfers::Balance cash = transfers::ReadBalance(view(), cash_[i], token_, now());
      const transfers::Balance units = transfers::ReadBalance(view(), units_[i], isin_, now());
      RC_ASSERT(cash.total.minor() == model_.cash[i]);
      RC_ASSERT(cash.free.minor() == model_.FreeCash(i));
      RC_ASSERT(units.total.minor() == model_.units[i]);
      RC_ASSERT(units.free.minor() == model_.FreeUnits(i));
    }
    RC_ASSERT(Total(ClassAccount(isin_, "cash"), token_) == model_.fund);
    RC_ASSERT(Total(ClassAccount(isin_, "fees"), token_) == model_.fees);
    RC_ASSERT(Total(ClassAccount(isin_, "residual"), token_) == model_.residual);
    RC_ASSERT(transfers::ReadSupply(view(), isin_).issued.minor() == model_.supply);
    RC_ASSERT(dealing::UnitsDealt(view(), isin_).minor() == model_.supply);
  }

  const std::vector<std::string> dates_ = {"2026-03-03", "2026-03-04", "2026-03-05"};
  std::vector<std::string> owners_;
  std::vector<AccountId> units_, cash_;
  Model model_;
  int orders_ = 0;
};

RC_GTEST_PROP(DealingModel, DaysLeaveWhatAPlainModelSaysHoweverTheyAreCut, ()) {
  World world;
  for (const char* date : {"2026-03-03", "2026-03-04", "2026-03-05"}) world.PlayDay(date);
}

}  // namespace
}  // namespace causeway::testing
