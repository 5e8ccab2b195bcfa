// SPDX-License-Identifier: Apache-2.0
#include "tests/support/purse_contract.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "causeway/v1/parties.pb.h"
#include "causeway/v1/transaction.pb.h"
#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/codec/encode.h"

namespace causeway::testing {
namespace {

using execution::Demands;
using execution::Effects;
using execution::OperationContext;

constexpr uint32_t kNotAuthorized = 100;
constexpr uint32_t kTooFewOfficers = 101;
constexpr uint32_t kPaused = 1000;
constexpr uint32_t kContractNumber = v1::Operation::kCash;

// The fields of the two operations, whichever it is.
struct Order {
  bool fills;
  AccountId purse = AccountId::Zero();
  InstrumentId instrument;
  uint64_t amount = 0;
  std::string reference;
};

Order OrderOf(const v1::Operation& operation) {
  const v1::CashOperation& cash = operation.cash();
  const bool fills = cash.has_issue();
  const std::string& account = fills ? cash.issue().to() : cash.redeem().from();
  const std::string& amount = fills ? cash.issue().amount() : cash.redeem().amount();
  Order order{fills, AccountId::FromBytes(account).value_or(AccountId::Zero()),
              *InstrumentId::Parse(fills ? cash.issue().instrument() : cash.redeem().instrument()), 0,
              fills ? cash.issue().payment_reference() : cash.redeem().payment_reference()};
  if (!absl::SimpleAtoi(amount, &order.amount)) order.amount = 0;
  return order;
}

// The number after the n-th colon of "due:5:20".
uint64_t NumberIn(const std::string& reference, size_t n) {
  const std::vector<std::string> parts = absl::StrSplit(reference, ':');
  uint64_t number = 0;
  CAUSEWAY_CHECK(n < parts.size() && absl::SimpleAtoi(parts[n], &number));
  return number;
}

uint64_t ContentOf(const state::StateView& view, const AccountId& purse, const InstrumentId& instrument) {
  return view.Get(kPurses, std::make_tuple(purse, instrument)).value_or(Purse{0}).content;
}

void Change(state::StateTransaction& state, const AccountId& purse, const InstrumentId& instrument, int64_t by,
            bool with_supply) {
  const uint64_t content = ContentOf(state, purse, instrument) + static_cast<uint64_t>(by);
  if (content == 0) {
    state.Erase(kPurses, std::make_tuple(purse, instrument));
  } else {
    state.Put(kPurses, std::make_tuple(purse, instrument), Purse{content});
  }
  if (!with_supply) return;
  const uint64_t supply = state.Get(kSupplies, instrument).value_or(Purse{0}).content + static_cast<uint64_t>(by);
  state.Put(kSupplies, instrument, Purse{supply});
}

void ReadNothing() {
  const std::optional<int> nothing;
  (void)nothing.value();
}

Instant DueOf(const OperationContext& context, const std::string& reference) {
  return *Add(context.now(), Duration::Seconds(NumberIn(reference, 1)));
}

class PurseContract : public execution::Contract {
 public:
  const char* name() const override { return "cash"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kCash; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::CashReason_descriptor(); }
  std::vector<state::TableInfo> tables() const override {
    return {InfoOf(kRevokedKeys),    InfoOf(kPurses),     InfoOf(kSupplies),
            InfoOf(kPolicyCounters), InfoOf(kHeldGroups), InfoOf(kPauses)};
  }

  Demands DemandsOf(const OperationContext& context, const state::StateView&) const override {
    const Order order = OrderOf(*context.operation);
    CAUSEWAY_CHECK(order.reference != "fail-demands");
    if (order.reference == "logic-demands") ReadNothing();
    Demands demands;
    demands.kind = order.fills ? "cash.issue" : "cash.redeem";
    demands.instruments = {order.instrument};
    demands.urgent = order.reference == "urgent";
    if (order.reference == "four-eyes") demands.minimum_officers = 2;
    if (order.reference == "move") {
      demands.movements = {execution::Movement{order.instrument, order.purse, std::nullopt,
                                               Amount::FromMinor(absl::int128(order.amount))}};
    }
    return demands;
  }

  void Check(const OperationContext& context, const state::StateView& view, Reasons& reasons) const override {
    const Order order = OrderOf(*context.operation);
    CAUSEWAY_CHECK(order.reference != "fail-check");
    if (order.amount == 0) reasons.Add(v1::CASH_REASON_REFERENCE_INVALID, {order.reference});
    if (order.reference == "unwritable") reasons.Add(v1::CASH_REASON_REFERENCE_INVALID, {std::string("\x01\xff", 2)});
    if (!order.fills && ContentOf(view, order.purse, order.instrument) < order.amount)
      reasons.Add(v1::CASH_REASON_NOT_ISSUERS_ACCOUNT, {order.purse.ToHex()});
  }

  uint64_t WorkOf(const OperationContext& context, const state::StateView&) const override {
    const Order order = OrderOf(*context.operation);
    return absl::StartsWith(order.reference, "work:") ? NumberIn(order.reference, 1) : 1;
  }

  void Apply(const OperationContext& context, state::StateTransaction& state, Effects& effects) const override {
    const Order order = OrderOf(*context.operation);
    if (order.reference == "host") throw state::HostFailure(absl::DataLossError("the disk is gone"));
    Change(state, order.purse, order.instrument,
           order.fills ? static_cast<int64_t>(order.amount) : -static_cast<int64_t>(order.amount),
           order.reference != "lose");
    CAUSEWAY_CHECK(order.reference != "fail", "asked to fail");
    if (order.reference == "logic") ReadNothing();
    Plan(context, order, state);
    if (order.reference == "release") Release(context, state, effects);
    v1::Event event;
    v1::PaymentBooked* booked = event.mutable_cash()->mutable_payment_booked();
    booked->set_instrument(order.instrument.ToString());
    booked->set_amount(absl::StrCat(order.amount));
    effects.Emit(std::move(event));
  }

  bool RunDue(const OperationContext&, const execution::DueItem& item, state::StateTransaction& state, Effects& effects,
              execution::WorkBudget& budget) const override {
    v1::Operation planned;
    *planned.mutable_cash() = *codec::ParseTrusted<v1::CashOperation>(item.payload);
    const Order order = OrderOf(planned);
    const std::string& reference = order.reference;
    const AccountId& purse = order.purse;
    const InstrumentId& instrument = order.instrument;
    CAUSEWAY_CHECK(!absl::StartsWith(reference, "due-fail"), "asked to fail");
    // How far it came is kept beside the purses.
    const InstrumentId progress = *InstrumentId::Parse("PROGRESS");
    const uint64_t wanted = NumberIn(reference, 2);
    uint64_t done = ContentOf(state, purse, progress);
    while (done < wanted && budget.Take(1)) {
      Change(state, purse, instrument, 1, true);
      Change(state, purse, progress, 1, true);
      ++done;
    }
    v1::Event event;
    event.mutable_cash()->mutable_payment_booked()->set_amount(absl::StrCat(done));
    effects.Emit(std::move(event));
    effects.Restrict(planned.cash());
    if (done < wanted) return false;
    Change(state, purse, progress, -static_cast<int64_t>(done), true);
    return true;
  }

  void CheckInvariants(const state::StateTransaction& after,
                       std::vector<execution::Violation>& violations) const override {
    std::set<InstrumentId> touched;
    for (const auto& [key, value] : after.changes()) {
      if (key.table != kPurses.id) continue;
      touched.insert(std::get<1>(*state::DecodeKey<std::tuple<AccountId, InstrumentId>>(key.key)));
    }
    for (const InstrumentId& instrument : touched) {
      uint64_t sum = 0;
      after.ForEach(kPurses, std::tuple<>(), [&](const auto& key, const Purse& purse) {
        if (std::get<1>(key) == instrument) sum += purse.content;
        return true;
      });
      const uint64_t supply = after.Get(kSupplies, instrument).value_or(Purse{0}).content;
      if (sum != supply) violations.push_back({absl::StrCat("purses hold ", sum, ", supply is ", supply), instrument});
    }
  }

 private:
  static void Plan(const OperationContext& context, const Order& order, state::StateTransaction& state) {
    if (absl::StartsWith(order.reference, "due")) {
      execution::ScheduleDue(state, {DueOf(context, order.reference), order.purse.ToString(), kContractNumber,
                                     context.transaction_id, codec::SerializeCanonical(context.operation->cash())});
    }
    if (absl::StartsWith(order.reference, "undue"))
      execution::CancelDue(state, DueOf(context, order.reference), kContractNumber, order.purse.bytes());
    if (absl::StartsWith(order.reference, "revoke:"))
      state.Put(kRevokedKeys, *KeyId::FromHex(order.reference.substr(7)), Purse{1});
  }

  static void Release(const OperationContext& context, state::StateTransaction& state, Effects& effects) {
    const std::optional<HeldGroup> held = state.Get(kHeldGroups, std::string("held"));
    CAUSEWAY_CHECK(held.has_value());
    const auto body = *codec::ParseTrusted<v1::Body>(held->bytes);
    std::vector<execution::ReleasedGroupRunner::StoredOperation> group;
    for (const v1::Operation& operation : body.operations())
      group.push_back({operation, static_cast<uint32_t>(group.size())});
    std::vector<KeyId> signers;
    for (const std::string& key : body.key_ids()) signers.push_back(*KeyId::FromBytes(key));
    context.released_groups->RunReleased(body.party(), signers, *Hash::FromBytes(body.chain_id()),
                                         Instant::FromMicros(body.valid_until_us()), group, state, effects);
    state.Erase(kHeldGroups, std::string("held"));
  }
};

class FakeAuthority : public execution::AuthorityRules {
 public:
  explicit FakeAuthority(KeyRing keys) : keys_(std::move(keys)) {}

  std::optional<crypto::PublicKey> ResolveKey(const state::StateView& view, absl::string_view party, const KeyId& key,
                                              Instant) const override {
    const auto found = keys_.find({std::string(party), key});
    if (found == keys_.end() || view.Has(kRevokedKeys, key)) return std::nullopt;
    return found->second;
  }
  void CheckAuthority(const OperationContext& context, const Demands&, const state::StateView& view,
                      Reasons& reasons) const override {
    for (const KeyId& key : context.signers) {
      if (view.Has(kRevokedKeys, key)) reasons.Add(kNotAuthorized, {key.ToHex()});
    }
  }
  void CheckFourEyes(const OperationContext& context, const Demands& demands, const state::StateView&,
                     Reasons& reasons) const override {
    if (context.signers.size() < demands.minimum_officers)
      reasons.Add(kTooFewOfficers, {absl::StrCat(context.signers.size())});
  }
  void ConsumeApprovals(const OperationContext&, const Demands&, state::StateTransaction&) const override {}

 private:
  KeyRing keys_;
};

class FakePauses : public execution::PauseRules {
 public:
  void CheckPauses(const OperationContext&, const Demands& demands, const state::StateView& view,
                   Reasons& reasons) const override {
    if (demands.urgent) return;
    for (const InstrumentId& instrument : demands.instruments) {
      if (view.Has(kPauses, instrument.ToString())) reasons.Add(kPaused, {instrument.ToString()});
    }
    if (view.Has(kPauses, std::string("cash"))) reasons.Add(kPaused, {"cash"});
  }
  void PauseAfterViolation(const execution::BlockContext&, const execution::Violation& violation,
                           absl::string_view contract, state::StateTransaction& state) const override {
    state.Put(kPauses, violation.instrument ? violation.instrument->ToString() : std::string(contract), Purse{1});
  }
};

class FakePolicy : public execution::PolicyGate {
 public:
  execution::PolicyOutcome Judge(const std::vector<execution::JudgedOperation>& group, state::StateTransaction& state,
                                 Effects& effects) const override {
    Count(state, "judgements");
    absl::int128 sum = 0;
    for (const execution::JudgedOperation& operation : group) {
      for (const execution::Movement& movement : operation.demands->movements) sum += movement.amount.minor();
    }
    if (sum != kDeniedAmount && sum != kHeldAmount) return execution::PolicyOutcome::kAllow;
    effects.Restrict(group.front().context->operation->cash());
    if (sum == kDeniedAmount) return execution::PolicyOutcome::kDeny;
    v1::Body held;
    held.set_chain_id(group.front().context->transaction_id.ToString());  // no body of its own needs the chain here
    held.set_party(group.front().context->party);
    held.set_valid_until_us(group.front().context->now().micros());
    for (const KeyId& key : group.front().context->signers) held.add_key_ids(key.ToString());
    for (const execution::JudgedOperation& operation : group) *held.add_operations() = *operation.context->operation;
    state.Put(kHeldGroups, std::string("held"), HeldGroup{codec::SerializeCanonical(held)});
    return execution::PolicyOutcome::kHold;
  }
  void Record(const std::vector<execution::JudgedOperation>&, state::StateTransaction& state) const override {
    Count(state, "records");
  }
  uint64_t WorkOf(const std::vector<execution::JudgedOperation>& group, const state::StateView&) const override {
    uint64_t movements = 0;
    for (const execution::JudgedOperation& operation : group) movements += operation.demands->movements.size();
    return movements * kJudgementWork;
  }

 private:
  static void Count(state::StateTransaction& state, const std::string& what) {
    state.Put(kPolicyCounters, what, Purse{state.Get(kPolicyCounters, what).value_or(Purse{0}).content + 1});
  }
};

}  // namespace

execution::Registry MakePurseRegistry(KeyRing keys) {
  execution::Registry registry;
  registry.contracts.push_back(std::make_unique<PurseContract>());
  registry.authority = std::make_unique<FakeAuthority>(std::move(keys));
  registry.pauses = std::make_unique<FakePauses>();
  registry.policy = std::make_unique<FakePolicy>();
  return registry;
}

v1::Operation Fill(const AccountId& purse, uint64_t amount, std::string reference, absl::string_view instrument) {
  v1::Operation operation;
  v1::IssueCash* issue = operation.mutable_cash()->mutable_issue();
  issue->set_instrument(std::string(instrument));
  issue->set_to(purse.ToString());
  issue->set_amount(absl::StrCat(amount));
  issue->set_payment_reference(std::move(reference));
  return operation;
}

v1::Operation Empty(const AccountId& purse, uint64_t amount, std::string reference, absl::string_view instrument) {
  v1::Operation operation;
  v1::RedeemCash* redeem = operation.mutable_cash()->mutable_redeem();
  redeem->set_instrument(std::string(instrument));
  redeem->set_from(purse.ToString());
  redeem->set_amount(absl::StrCat(amount));
  redeem->set_payment_reference(std::move(reference));
  return operation;
}

AccountId PurseId(uint8_t number) {
  std::array<uint8_t, AccountId::kSize> bytes{};
  bytes.back() = number;
  return AccountId(bytes);
}

}  // namespace causeway::testing

namespace causeway::state {

std::string RecordCodec<testing::Purse>::Encode(const testing::Purse& purse) {
  std::string out;
  AppendBigEndian64(out, purse.content);
  return out;
}

std::optional<testing::Purse> RecordCodec<testing::Purse>::Decode(absl::string_view bytes) {
  const std::optional<uint64_t> content = TakeBigEndian64(bytes);
  if (!content || !bytes.empty()) return std::nullopt;
  return testing::Purse{*content};
}

}  // namespace causeway::state
