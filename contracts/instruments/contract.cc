// SPDX-License-Identifier: Apache-2.0
//
// The contract `instruments`: whose decision each change is, and what holds after each transaction.

#include "absl/strings/str_cat.h"

#include "contracts/instruments/kinds.h"
#include "contracts/instruments/rules.h"

namespace causeway::instruments {
namespace {

using execution::Demands;
using execution::Effects;
using execution::OperationContext;
using v1::InstrumentsOperation;

const InstrumentsOperation& RequestOf(const OperationContext& context) {
  return context.operation->instruments();
}

// The fund's management company as the state knows it; nothing for an unknown fund.
std::optional<std::string> CompanyOf(const state::StateView& view, const std::string& fund) {
  const std::optional<InstrumentId> id = ParseId(fund);
  const std::optional<v1::Fund> record = id ? FindFund(view, *id) : std::nullopt;
  if (!record) return std::nullopt;
  return record->fmco();
}

void AddInstrument(const std::string& text, Demands& demands) {
  if (const std::optional<InstrumentId> id = ParseId(text)) demands.instruments.push_back(*id);
}

// A fund that exists belongs to the company that it names; a new one to the company that it will name.
void DemandsOfFund(const v1::SetFund& request, const state::StateView& view, Demands& demands) {
  demands.kind = "instruments.set_fund";
  const std::optional<std::string> owner = CompanyOf(view, request.fund_id());
  demands.acting_for = owner ? *owner : request.fund().fmco();
  AddInstrument(request.fund_id(), demands);
}

void DemandsOfShareClass(const v1::SetShareClass& request, const state::StateView& view, Demands& demands) {
  demands.kind = "instruments.set_share_class";
  const std::optional<InstrumentId> id = ParseId(request.isin());
  const std::optional<v1::ShareClass> known = id ? FindShareClass(view, *id) : std::nullopt;
  const std::string& fund = known ? known->fund() : request.share_class().fund();
  demands.acting_for = CompanyOf(view, fund);
  AddInstrument(request.isin(), demands);
  AddInstrument(fund, demands);
}

void DemandsOfCashToken(const v1::SetCashToken& request, const state::StateView& view, Demands& demands) {
  demands.kind = "instruments.set_cash_token";
  const std::optional<InstrumentId> id = ParseId(request.instrument_id());
  const std::optional<v1::CashToken> known = id ? FindCashToken(view, *id) : std::nullopt;
  demands.acting_for = known ? known->issuer() : request.cash_token().issuer();
  AddInstrument(request.instrument_id(), demands);
}

void DemandsOfCalendar(const char* kind, const std::string& fund, const state::StateView& view, Demands& demands) {
  demands.kind = kind;
  demands.acting_for = CompanyOf(view, fund);
  AddInstrument(fund, demands);
}

void CheckFixedAfter(const state::StateTransaction& after, const InstrumentId& isin,
                     std::vector<execution::Violation>& violations) {
  const std::optional<v1::ShareClass> before = after.parent().Get(kShareClasses, isin);
  if (!before) return;
  const std::optional<v1::ShareClass> now = after.Get(kShareClasses, isin);
  const bool kept = now && now->fund() == before->fund() && now->currency() == before->currency() &&
                    now->unit_decimals() == before->unit_decimals() &&
                    now->price_decimals() == before->price_decimals();
  if (!kept) violations.push_back({absl::StrCat("share class ", isin.ToString(), " has changed what is fixed"), isin});
}

// A day and its place name each other.
void CheckPlaced(const state::StateTransaction& after, const std::tuple<InstrumentId, std::string>& key,
                 std::vector<execution::Violation>& violations) {
  const auto& [fund, date] = key;
  const std::optional<v1::DealingDay> day = after.Get(kDealingDays, key);
  if (!day) return;
  const std::optional<v1::DealingDayPlace> place =
      after.Get(kDealingDayCutOffs, std::tuple(fund, Instant::FromMicros(day->cut_off_us())));
  if (!place || place->date() != date) {
    violations.push_back(
        {absl::StrCat("dealing day ", date, " of ", fund.ToString(), " is not placed by its cut-off"), fund});
  }
}

void CheckPlace(const state::StateTransaction& after, const std::tuple<InstrumentId, Instant>& key,
                std::vector<execution::Violation>& violations) {
  const auto& [fund, cut_off] = key;
  const std::optional<v1::DealingDayPlace> place = after.Get(kDealingDayCutOffs, key);
  if (!place) return;
  const std::optional<v1::DealingDay> day = after.Get(kDealingDays, std::tuple(fund, place->date()));
  if (!day || Instant::FromMicros(day->cut_off_us()) != cut_off) {
    violations.push_back({absl::StrCat("a cut-off of ", fund.ToString(), " places no dealing day"), fund});
  }
}

template <class Key, class Record>
Key KeyIn(const state::Table<Key, Record>& table, const state::StateKey& changed) {
  std::optional<Key> key = state::DecodeKey<Key>(changed.key);
  CAUSEWAY_CHECK(key.has_value(), "undecodable key in table ", table.name);
  return *std::move(key);
}

class InstrumentsContract final : public execution::Contract {
 public:
  const char* name() const override { return "instruments"; }
  v1::Operation::KindCase kind() const override { return v1::Operation::kInstruments; }
  const google::protobuf::EnumDescriptor* reasons() const override { return v1::InstrumentsReason_descriptor(); }
  std::vector<state::TableInfo> tables() const override {
    return {InfoOf(kFunds),       InfoOf(kShareClasses),      InfoOf(kCashTokens),
            InfoOf(kDealingDays), InfoOf(kDealingDayCutOffs), InfoOf(kFundMembers)};
  }

  Demands DemandsOf(const OperationContext& context, const state::StateView& view) const override {
    Demands demands;
    demands.kind = "instruments";
    demands.role = v1::OFFICER_ROLE_ADMINISTER;
    demands.minimum_officers = 2;
    const InstrumentsOperation& request = RequestOf(context);
    switch (request.kind_case()) {
      case InstrumentsOperation::kSetFund:
        DemandsOfFund(request.set_fund(), view, demands);
        break;
      case InstrumentsOperation::kSetShareClass:
        DemandsOfShareClass(request.set_share_class(), view, demands);
        break;
      case InstrumentsOperation::kSetCashToken:
        DemandsOfCashToken(request.set_cash_token(), view, demands);
        break;
      case InstrumentsOperation::kSetDealingDays:
        DemandsOfCalendar("instruments.set_dealing_days", request.set_dealing_days().fund_id(), view, demands);
        break;
      case InstrumentsOperation::kExtendGrace:
        DemandsOfCalendar("instruments.extend_grace", request.extend_grace().fund_id(), view, demands);
        break;
      case InstrumentsOperation::KIND_NOT_SET:
        demands.minimum_officers = 1;
        break;
    }
    return demands;
  }

  void Check(const OperationContext& context, const state::StateView& view, Reasons& reasons) const override {
    const InstrumentsOperation& request = RequestOf(context);
    switch (request.kind_case()) {
      case InstrumentsOperation::kSetFund:
        return CheckSetFund(request.set_fund(), view, reasons);
      case InstrumentsOperation::kSetShareClass:
        return CheckSetShareClass(request.set_share_class(), view, reasons);
      case InstrumentsOperation::kSetCashToken:
        return CheckSetCashToken(request.set_cash_token(), view, reasons);
      case InstrumentsOperation::kSetDealingDays:
        return CheckSetDealingDays(request.set_dealing_days(), view, context.now(), reasons);
      case InstrumentsOperation::kExtendGrace:
        return CheckExtendGrace(request.extend_grace(), view, context.now(), reasons);
      case InstrumentsOperation::KIND_NOT_SET:
        reasons.Add(v1::INSTRUMENTS_REASON_OPERATION_MISSING);
    }
  }

  void Apply(const OperationContext& context, state::StateTransaction& state, Effects& effects) const override {
    const InstrumentsOperation& request = RequestOf(context);
    v1::Event event;
    switch (request.kind_case()) {
      case InstrumentsOperation::kSetFund: {
        const InstrumentId id = CheckedId(request.set_fund().fund_id());
        event.mutable_instruments()->mutable_fund_set()->set_fund_id(id.ToString());
        event.mutable_instruments()->mutable_fund_set()->set_created(!state.Has(kFunds, id));
        state.Put(kFunds, id, request.set_fund().fund());
        if (const std::string& umbrella = request.set_fund().fund().umbrella(); !umbrella.empty()) {
          state.Put(kFundMembers, std::tuple(CheckedId(umbrella), id), v1::FundMember());
        }
        break;
      }
      case InstrumentsOperation::kSetShareClass: {
        const InstrumentId id = CheckedId(request.set_share_class().isin());
        const v1::ShareClass& share_class = request.set_share_class().share_class();
        event.mutable_instruments()->mutable_share_class_set()->set_isin(id.ToString());
        event.mutable_instruments()->mutable_share_class_set()->set_created(!state.Has(kShareClasses, id));
        state.Put(kShareClasses, id, share_class);
        state.Put(kFundMembers, std::tuple(FundIdOf(share_class), id), v1::FundMember());
        break;
      }
      case InstrumentsOperation::kSetCashToken: {
        const InstrumentId id = CheckedId(request.set_cash_token().instrument_id());
        event.mutable_instruments()->mutable_cash_token_set()->set_instrument_id(id.ToString());
        event.mutable_instruments()->mutable_cash_token_set()->set_created(!state.Has(kCashTokens, id));
        state.Put(kCashTokens, id, request.set_cash_token().cash_token());
        break;
      }
      case InstrumentsOperation::kSetDealingDays:
        return ApplySetDealingDays(request.set_dealing_days(), state, effects);
      case InstrumentsOperation::kExtendGrace:
        return ApplyExtendGrace(request.extend_grace(), state, effects);
      case InstrumentsOperation::KIND_NOT_SET:
        CAUSEWAY_CHECK(false, "checked before");
    }
    effects.Emit(std::move(event));
  }

  // One unit an operation, and one for each dealing day that it lists.
  uint64_t WorkOf(const OperationContext& context, const state::StateView&) const override {
    const v1::SetDealingDays& days = RequestOf(context).set_dealing_days();
    return 1 + static_cast<uint64_t>(days.days_size()) + static_cast<uint64_t>(days.removed_size());
  }

  void CheckInvariants(const state::StateTransaction& after,
                       std::vector<execution::Violation>& violations) const override {
    for (const auto& [changed, value] : after.changes()) {
      if (changed.table == kShareClasses.id) CheckFixedAfter(after, KeyIn(kShareClasses, changed), violations);
      if (changed.table == kDealingDays.id) CheckPlaced(after, KeyIn(kDealingDays, changed), violations);
      if (changed.table == kDealingDayCutOffs.id) CheckPlace(after, KeyIn(kDealingDayCutOffs, changed), violations);
    }
  }

  std::vector<execution::RecordKind> kinds() const override { return Kinds(); }

  execution::Concerns ConcernsOf(const v1::Event& event, const state::StateView& before,
                                 const state::StateView& after) const override {
    return instruments::ConcernsOf(event.instruments(), before, after);
  }
};

}  // namespace

std::unique_ptr<execution::Contract> MakeInstrumentsContract() {
  return std::make_unique<InstrumentsContract>();
}

}  // namespace causeway::instruments
