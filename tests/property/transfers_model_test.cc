// SPDX-License-Identifier: Apache-2.0
// Transfers, holds, freezes, restrictions and forced transfers against a plain model of who has what: random
// operations, some of them senseless, must be accepted exactly where the model accepts them and leave exactly its
// balances, whether expired holds have been swept or not.

#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/contracts/transfers/world.h"

namespace causeway::testing {
namespace {

constexpr int kAccounts = 4;
constexpr int kHoldIds = 5;

struct ModelHold {
  int account;
  int amount;
  bool restricted;
  int beneficiary = -1;
  int expires_hour = -1;  // -1: never
};

// What everybody has, in whole units; time in hours.
struct Model {
  std::vector<int> total = {100, 100, 100, 0};
  std::vector<int> owner = {0, 0, 1, 2};
  std::set<int> frozen;
  std::map<int, ModelHold> holds;
  int hour = 0;

  void Pass(int hours) {
    hour += hours;
    std::erase_if(holds,
                  [&](const auto& hold) { return hold.second.expires_hour >= 0 && hold.second.expires_hour <= hour; });
  }
  int Held(int account, bool restricted) const {
    return std::accumulate(holds.begin(), holds.end(), 0, [&](int sum, const auto& hold) {
      const bool counts = hold.second.account == account && hold.second.restricted == restricted;
      return sum + (counts ? hold.second.amount : 0);
    });
  }
  int Free(int account) const { return total[account] - Held(account, false) - Held(account, true); }
  bool Live(int id, bool restricted) const { return holds.contains(id) && holds.at(id).restricted == restricted; }
  void Shrink(int id, int amount) {
    holds.at(id).amount -= amount;
    if (holds.at(id).amount == 0) holds.erase(id);
  }
};

class World : public TransfersWorld {
 public:
  World() {
    for (const std::string& owner : {kInvestor, kInvestor, kBank, kIntermediary})
      accounts_.push_back(AddAccount(owner));
    for (int i = 0; i < 3; ++i) Give(accounts_[i], "100");
  }
  void TestBody() override {}

  // One random operation, in the model and on the ledger.
  void Step() {
    const int kind = *rc::gen::inRange(0, 11);
    const int a = *rc::gen::inRange(0, kAccounts), b = *rc::gen::inRange(0, kAccounts);
    const int id = *rc::gen::inRange(0, kHoldIds), other = *rc::gen::inRange(0, kHoldIds);
    const int amount = *rc::gen::inRange(1, 61);
    switch (kind) {
      case 0:
        return Move(a, b, amount);
      case 1:
      case 2:
        return Place(id, a, b, amount);
      case 3:
        return ReleaseIt(id);
      case 4:
        return ExecuteIt(id, amount);
      case 5:
        return RestrictIt(id, a, amount);
      case 6:
        return LiftIt(id);
      case 7:
        return FreezeOrNot(a);
      case 8:
        return ForceIt(a, b, amount);
      case 9:
        return ForceRestricted(a, b, amount, id, other);
      default:
        model_.Pass(1);
        Advance(Duration::Hours(1));
        if (*rc::gen::arbitrary<bool>()) RunDue();
    }
  }

  void Compare() const {
    for (int i = 0; i < kAccounts; ++i) {
      const transfers::Balance balance = BalanceOf(accounts_[i]);
      const auto units = [&](int n) { return Units(std::to_string(n)); };
      RC_ASSERT(balance.total == (model_.total[i] == 0 ? Amount::Zero() : units(model_.total[i])));
      RC_ASSERT(FormatDecimal(balance.free, 4) == std::to_string(model_.Free(i)));
      RC_ASSERT(FormatDecimal(balance.blocked, 4) == std::to_string(model_.Held(i, false)));
      RC_ASSERT(FormatDecimal(balance.restricted, 4) == std::to_string(model_.Held(i, true)));
    }
    RC_ASSERT(FormatDecimal(transfers::ReadSupply(view(), isin_).issued, 4) == "300");
  }

 private:
  static std::string Label(int id) { return "hold " + std::to_string(id); }
  const std::string& OwnerLei(int account) const {
    return model_.owner[account] == 0 ? kInvestor : model_.owner[account] == 1 ? kBank : kIntermediary;
  }
  // True where both agree that it happens.
  bool Agree(bool expected, const v1::OperationResult& result) const {
    RC_LOG(result.DebugString());
    RC_ASSERT((result.status() == v1::OPERATION_STATUS_APPLIED) == expected);
    return expected;
  }
  bool EitherFrozen(int a, int b) const { return model_.frozen.contains(a) || model_.frozen.contains(b); }

  void Move(int from, int to, int amount) {
    const bool expected = from != to && !EitherFrozen(from, to) && amount <= model_.Free(from);
    const v1::Operation operation = TransferOf(accounts_[from], accounts_[to], std::to_string(amount));
    if (!Agree(expected, Run(OwnerLei(from), One(OwnerLei(from)), operation))) return;
    model_.total[from] -= amount;
    model_.total[to] += amount;
  }

  void Place(int id, int account, int beneficiary, int amount) {
    const bool expected = !model_.holds.contains(id) && account != beneficiary && !EitherFrozen(account, beneficiary) &&
                          amount <= model_.Free(account);
    const v1::Operation operation =
        HoldOf(Label(id), accounts_[account], accounts_[beneficiary], std::to_string(amount));
    if (!Agree(expected, Run(OwnerLei(account), One(OwnerLei(account)), operation))) return;
    model_.holds.emplace(id, ModelHold{account, amount, false, beneficiary, model_.hour + 1});
  }

  const std::string& ControllerOf(int id) const {
    return model_.Live(id, false) ? OwnerLei(model_.holds.at(id).beneficiary) : kTransferAgent;
  }

  void ReleaseIt(int id) {
    const std::string& by = ControllerOf(id);
    if (Agree(model_.Live(id, false), Run(by, One(by), Release(Label(id))))) model_.holds.erase(id);
  }

  void ExecuteIt(int id, int amount) {
    bool expected = model_.Live(id, false);
    if (expected) {
      const ModelHold& hold = model_.holds.at(id);
      expected = amount <= hold.amount && !EitherFrozen(hold.account, hold.beneficiary);
    }
    const std::string& by = ControllerOf(id);
    if (!Agree(expected, Run(by, One(by), Execute(Label(id), std::to_string(amount))))) return;
    const ModelHold hold = model_.holds.at(id);
    model_.Shrink(id, amount);
    model_.total[hold.account] -= amount;
    model_.total[hold.beneficiary] += amount;
  }

  void RestrictIt(int id, int account, int amount) {
    const bool expected = !model_.holds.contains(id) && amount <= model_.Free(account);
    const v1::Operation operation = Restrict(Label(id), accounts_[account], std::to_string(amount));
    if (!Agree(expected, Run(kTransferAgent, One(kTransferAgent), operation))) return;
    model_.holds.emplace(id, ModelHold{account, amount, true});
  }

  void LiftIt(int id) {
    if (Agree(model_.Live(id, true), Run(kTransferAgent, One(kTransferAgent), Lift(Label(id))))) model_.holds.erase(id);
  }

  void FreezeOrNot(int account) {
    const bool freeze = *rc::gen::arbitrary<bool>();
    const v1::Operation operation = freeze ? Freeze(accounts_[account], kIsin) : Unfreeze(accounts_[account], kIsin);
    const bool expected = model_.frozen.contains(account) != freeze;
    if (!Agree(expected, Run(kTransferAgent, One(kTransferAgent), operation))) return;
    if (freeze) {
      model_.frozen.insert(account);
    } else {
      model_.frozen.erase(account);
    }
  }

  bool FreezeWouldLapse(int from, int to) const {
    return model_.owner[from] == model_.owner[to] && model_.frozen.contains(from) && !model_.frozen.contains(to);
  }

  void ForceIt(int from, int to, int amount) {
    const bool expected = from != to && amount <= model_.Free(from) && !FreezeWouldLapse(from, to);
    const v1::Operation operation = Force(accounts_[from], accounts_[to], std::to_string(amount));
    if (!Agree(expected, Run(kTransferAgent, Two(kTransferAgent), operation))) return;
    model_.total[from] -= amount;
    model_.total[to] += amount;
  }

  void ForceRestricted(int from, int to, int amount, int from_id, int to_id) {
    const bool expected = from != to && model_.Live(from_id, true) && model_.holds.at(from_id).account == from &&
                          amount <= model_.holds.at(from_id).amount && !model_.holds.contains(to_id) &&
                          !FreezeWouldLapse(from, to);
    v1::Operation operation = Force(accounts_[from], accounts_[to], std::to_string(amount));
    v1::ForcedTransfer& request = *operation.mutable_transfers()->mutable_forced_transfer();
    request.set_from_restriction(IdFor<HoldId>(Label(from_id)).ToString());
    request.set_to_restriction(IdFor<HoldId>(Label(to_id)).ToString());
    if (!Agree(expected, Run(kTransferAgent, Two(kTransferAgent), operation))) return;
    model_.Shrink(from_id, amount);
    model_.total[from] -= amount;
    model_.total[to] += amount;
    model_.holds.emplace(to_id, ModelHold{to, amount, true});
  }

  Model model_;
  std::vector<AccountId> accounts_;
};

RC_GTEST_PROP(TransfersModel, OperationsDoWhatAPlainModelSays, ()) {
  World world;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    world.Step();
    world.Compare();
  }
}

}  // namespace
}  // namespace causeway::testing
