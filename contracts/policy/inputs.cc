// SPDX-License-Identifier: Apache-2.0
#include "contracts/policy/inputs.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/numeric/int128.h"

#include "contracts/dealing/dealing.h"
#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"
#include "contracts/policy/profile.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"

namespace causeway::policy {
namespace {

using execution::JudgedOperation;
using execution::Movement;

constexpr uint64_t kMonthDays = 30;
constexpr int64_t kBasisPoints = 10'000;

// The instruments that may carry a binding of an operation: those whose pause stops it, and those that move.
std::set<InstrumentId> InstrumentsOf(const execution::Demands& demands) {
  std::set<InstrumentId> instruments(demands.instruments.begin(), demands.instruments.end());
  for (const Movement& movement : demands.movements) instruments.insert(movement.instrument);
  return instruments;
}

std::optional<Amount> ThresholdOf(const v1::Bind& terms, int decimals) {
  if (terms.reporting_threshold().empty()) return std::nullopt;
  const absl::StatusOr<Decimal> threshold = ParseDecimal(terms.reporting_threshold());
  CAUSEWAY_CHECK(threshold.ok());
  return Round(*threshold, decimals, Rounding::kCeiling);
}

// An instrument that a linked group itself creates is not there before it: its units count as whole ones.
int DecimalsOf(const state::StateView& view, const InstrumentId& instrument) {
  return instruments::DecimalsOf(view, instrument).value_or(0);
}

std::string OwnerOf(const state::StateView& view, const AccountId& account,
                    const execution::OperationContext& context) {
  return transfers::OwnerOf(view, account).value_or(context.party);
}

Amount AddUpTo(Amount a, Amount b) {
  return Add(a, b).value_or(Amount::Max());
}

std::string JurisdictionOf(const state::StateView& view, const AccountId& account) {
  const std::optional<std::string> owner = transfers::OwnerOf(view, account);
  const std::optional<v1::Party> party = owner ? parties::FindParty(view, *owner) : std::nullopt;
  return party ? party->jurisdiction() : "";
}

// A ratio in percent, its parts at most 2^63 each times a factor of at most 2^56.
std::optional<int64_t> Percent(absl::uint128 part, absl::uint128 whole) {
  if (whole == 0) return std::nullopt;
  const absl::uint128 percent = part * 100 / whole;
  return percent > absl::uint128(kSumMax) ? static_cast<int64_t>(kSumMax) : static_cast<int64_t>(percent);
}

// The features of what the account did before.
class History {
 public:
  History(const Subject& subject, const v1::MovementProfile& profile, Instant now)
      : subject_(subject), profile_(profile), now_(now), value_(Saturated(subject.amount)) {}

  // The group's own movements but one count as done: linking them is no way around a count.
  int64_t Count(const v1::Window& window, const WindowShape& shape) const {
    return static_cast<int64_t>(std::min<uint64_t>(SumOf(window, shape, now_), 1'000'000)) + subject_.movements - 1;
  }
  std::optional<int64_t> DayRatio() const {
    const uint64_t month = SumOf(profile_.out_value_days(), kMonthOfDays, now_);
    const uint64_t day = AddSaturated(SumOf(profile_.out_value_hours(), kDayOfHours, now_), value_);
    return Percent(absl::uint128(day) * kMonthDays, month);
  }
  std::optional<int64_t> MonthRatio() const {
    const uint64_t first = profile_.first_out_us();
    if (first == 0 || now_.micros() - first < kMonthDays * kMicrosPerDay) return std::nullopt;
    const uint64_t month = AddSaturated(SumOf(profile_.out_value_days(), kMonthOfDays, now_), value_);
    const uint64_t days = (now_.micros() - first) / kMicrosPerDay;
    return Percent(absl::uint128(month) * days, absl::uint128(profile_.out_value_total()) * kMonthDays);
  }
  std::optional<int64_t> PassThrough() const {
    const uint64_t in = SumOf(profile_.in_value_hours(), kDayOfHours, now_);
    return Percent(AddSaturated(SumOf(profile_.out_value_hours(), kDayOfHours, now_), value_), in);
  }
  // The youngest relation counts.
  std::optional<int64_t> CounterpartyAge() const {
    std::optional<int64_t> youngest;
    for (const AccountId& receiver : subject_.receivers) {
      const Instant since = KnownSince(profile_.receivers(), receiver).value_or(now_);
      const auto hours = static_cast<int64_t>((now_.micros() - since.micros()) / kMicrosPerHour);
      youngest = std::min(youngest.value_or(hours), hours);
    }
    return youngest;
  }
  std::optional<int64_t> Since(uint64_t then_us, uint64_t unit_us) const {
    if (then_us == 0) return std::nullopt;
    return static_cast<int64_t>((now_.micros() - then_us) / unit_us);
  }
  std::optional<int64_t> BelowThreshold() const {
    if (subject_.binding.terms().reporting_threshold().empty()) return std::nullopt;
    const uint64_t before = SumOf(profile_.below_threshold_hours(), kDayOfHours, now_);
    return static_cast<int64_t>(std::min<uint64_t>(before, 1'000'000)) + subject_.just_below;
  }

 private:
  const Subject& subject_;
  const v1::MovementProfile& profile_;
  Instant now_;
  uint64_t value_;
};

int64_t TrailingZeros(Amount amount) {
  absl::int128 rest = amount.minor();
  int64_t zeros = 0;
  while (rest != 0 && rest % 10 == 0) {
    rest /= 10;
    ++zeros;
  }
  return zeros;
}

// The share class of an order; nothing for what is none.
std::optional<InstrumentId> OrderedClass(const JudgedOperation& operation, const state::StateView& view) {
  if (operation.context->operation->kind_case() != v1::Operation::kDealing) return std::nullopt;
  for (const InstrumentId& instrument : operation.demands->instruments) {
    if (instruments::FundOf(view, instrument)) return instrument;
  }
  return std::nullopt;
}

std::optional<int64_t> MinutesToCutOff(const InstrumentId& isin, const execution::OperationContext& context,
                                       const state::StateView& view) {
  const std::optional<InstrumentId> fund = instruments::FundOf(view, isin);
  const std::optional<instruments::DealingDay> day =
      fund ? instruments::DealingDayOf(view, *fund, context.now()) : std::nullopt;
  if (!day) return std::nullopt;
  return static_cast<int64_t>((day->cut_off.micros() - context.now().micros()) / kMicrosPerMinute);
}

// An order against the class: units of those in issue; cash of units × last price.
std::optional<int64_t> OrderBps(const InstrumentId& isin, const Subject& subject, const state::StateView& view) {
  const Amount units = transfers::ReadSupply(view, isin).issued;
  const Amount bps = Amount::FromMinor(kBasisPoints);
  std::optional<Amount> share;
  if (subject.moved == isin) {
    share = MultiplyDivide(subject.amount, bps, units, Rounding::kDown);
  } else {
    const std::optional<Amount> price = dealing::LastPrice(view, isin);
    const std::optional<v1::ShareClass> terms = instruments::FindShareClass(view, isin);
    if (!price || !terms) return std::nullopt;
    // Units and price together have so many decimals more than the cash.
    const int more =
        static_cast<int>(terms->unit_decimals()) + static_cast<int>(terms->price_decimals()) - subject.decimals;
    const Amount above = PowerOfTen(std::max(more, 0)), below = PowerOfTen(std::max(-more, 0));
    share = RoundQuotient({subject.amount, bps, above}, {units, *price, below}, Rounding::kDown);
  }
  if (units.IsZero()) return std::nullopt;
  return static_cast<int64_t>(std::min<absl::int128>(share.value_or(Amount::Max()).minor(), 1'000'000));
}

std::optional<int64_t> CrossBorder(const Subject& subject, const state::StateView& view) {
  if (subject.receivers.empty()) return std::nullopt;
  const std::string home = JurisdictionOf(view, subject.payer);
  const bool crosses = std::any_of(subject.receivers.begin(), subject.receivers.end(),
                                   [&](const AccountId& receiver) { return JurisdictionOf(view, receiver) != home; });
  return crosses ? 1 : 0;
}

std::optional<int64_t> HighestTier(const Subject& subject, const state::StateView& view) {
  if (subject.receivers.empty()) return std::nullopt;
  int64_t highest = 0;
  for (const AccountId& receiver : subject.receivers) {
    const std::string jurisdiction = JurisdictionOf(view, receiver);
    for (const v1::JurisdictionTier& tier : subject.binding.terms().jurisdiction_tiers()) {
      if (tier.jurisdiction() == jurisdiction) highest = std::max<int64_t>(highest, tier.tier());
    }
  }
  return highest;
}

// Whether a binding of the operation has a reporting threshold that the movement stays just below.
bool IsJustBelowAny(const state::StateView& view, const std::set<InstrumentId>& instruments, const std::string& kind,
                    const Movement& movement, int decimals) {
  return std::any_of(instruments.begin(), instruments.end(), [&](const InstrumentId& instrument) {
    const std::optional<v1::Binding> binding = FindBinding(view, instrument, kind);
    const std::optional<Amount> threshold = binding ? ThresholdOf(binding->terms(), decimals) : std::nullopt;
    return threshold && IsJustBelow(movement.amount, *threshold);
  });
}

// A movement of a group, and who pays it.
struct Payment {
  const JudgedOperation* operation;
  const Movement* movement;
  std::string owner;
};

std::vector<Payment> PaymentsOf(const JudgedGroup& group, const state::StateView& view) {
  std::vector<Payment> payments;
  for (const JudgedOperation& operation : group) {
    for (const Movement& movement : operation.demands->movements)
      payments.push_back({&operation, &movement, OwnerOf(view, movement.from, *operation.context)});
  }
  return payments;
}

// What of the whole group counts for the subject: all that its payer moves of the instrument, and all that its owner
// does. Splitting a movement over kinds of operation is no way around a model.
class GroupSums {
 public:
  explicit GroupSums(const std::vector<Payment>& payments) {
    for (const Payment& payment : payments) {
      const Movement& movement = *payment.movement;
      by_payer_[{movement.instrument, movement.from}].push_back(&movement);
      Amount& sum = by_owner_.try_emplace({movement.instrument, payment.owner}, Amount::Zero()).first->second;
      sum = AddUpTo(sum, movement.amount);
    }
  }
  void AddTo(Subject& subject) const {
    const std::optional<Amount> threshold = ThresholdOf(subject.binding.terms(), subject.decimals);
    for (const Movement* movement : by_payer_.at({subject.moved, subject.payer})) {
      ++subject.movements;
      if (threshold && IsJustBelow(movement->amount, *threshold)) ++subject.just_below;
      if (movement->to) subject.receivers.push_back(*movement->to);
    }
    subject.amount = by_owner_.at({subject.moved, subject.owner});
  }

 private:
  std::map<std::pair<InstrumentId, AccountId>, std::vector<const Movement*>> by_payer_;
  std::map<std::pair<InstrumentId, std::string>, Amount> by_owner_;
};

template <class Add>
void ChangeProfile(state::StateTransaction& state, const InstrumentId& instrument, const AccountId& account,
                   Add&& add) {
  const ProfileKey key{instrument, account};
  v1::MovementProfile profile = state.Get(kProfiles, key).value_or(v1::MovementProfile());
  add(profile);
  state.Put(kProfiles, key, profile);
}

}  // namespace

bool AnyBinding(const state::StateView& view) {
  return view.Has(kTotals, uint8_t{0});
}

std::vector<Subject> SubjectsOf(const JudgedGroup& group, const state::StateView& view) {
  const std::vector<Payment> payments = PaymentsOf(group, view);
  std::map<std::tuple<BindingKey, InstrumentId, AccountId>, Subject> found;
  for (const Payment& payment : payments) {
    const JudgedOperation& operation = *payment.operation;
    const Movement& movement = *payment.movement;
    for (const InstrumentId& instrument : InstrumentsOf(*operation.demands)) {
      const BindingKey key{instrument, operation.demands->kind};
      const std::optional<v1::Binding> binding = view.Get(kBindings, key);
      if (!binding) continue;
      const Subject fresh{key,           *binding,      movement.instrument, DecimalsOf(view, movement.instrument),
                          movement.from, payment.owner, &operation};
      Subject& subject = found.try_emplace({key, movement.instrument, movement.from}, fresh).first->second;
      subject.own_amount = AddUpTo(subject.own_amount, movement.amount);
      const uint32_t index = operation.context->index;
      if (subject.indexes.empty() || subject.indexes.back() != index) subject.indexes.push_back(index);
    }
  }
  const GroupSums sums(payments);
  std::vector<Subject> subjects;
  subjects.reserve(found.size());
  for (auto& [key, subject] : found) {
    sums.AddTo(subject);
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

FeatureValues ValuesOf(const Subject& subject, const state::StateView& view) {
  const execution::OperationContext& context = *subject.first->context;
  const Instant now = context.now();
  const v1::MovementProfile profile =
      view.Get(kProfiles, ProfileKey{subject.moved, subject.payer}).value_or(v1::MovementProfile());
  const History history(subject, profile, now);
  const int64_t log = Log2Units(subject.amount, subject.decimals);
  const std::optional<InstrumentId> ordered = OrderedClass(*subject.first, view);

  FeatureValues values;
  const auto set = [&](v1::PolicyFeature feature, std::optional<int64_t> value) {
    const LedgerFeature& spec = Features()[static_cast<size_t>(feature) - 1];
    CAUSEWAY_CHECK(value || spec.can_be_missing, spec.name, " is missing");
    if (value) values[static_cast<size_t>(feature) - 1] = std::clamp(*value, spec.lower, spec.upper);
  };
  set(v1::POLICY_FEATURE_LOG2_AMOUNT, log);
  set(v1::POLICY_FEATURE_AMOUNT_ZSCORE, ZScore(profile, log));
  set(v1::POLICY_FEATURE_COUNT_1H, history.Count(profile.out_count_5m(), kHourOfMinutes));
  set(v1::POLICY_FEATURE_COUNT_24H, history.Count(profile.out_count_hours(), kDayOfHours));
  set(v1::POLICY_FEATURE_COUNT_7D, history.Count(profile.out_count_days(), kWeekOfDays));
  set(v1::POLICY_FEATURE_VALUE_24H_RATIO, history.DayRatio());
  set(v1::POLICY_FEATURE_VALUE_30D_RATIO, history.MonthRatio());
  set(v1::POLICY_FEATURE_COUNTERPARTY_AGE, history.CounterpartyAge());
  set(v1::POLICY_FEATURE_DISTINCT_OUT_7D, CountRecent(profile.receivers(), now));
  set(v1::POLICY_FEATURE_DISTINCT_IN_7D, CountRecent(profile.payers(), now));
  set(v1::POLICY_FEATURE_PASS_THROUGH_RATIO, history.PassThrough());
  set(v1::POLICY_FEATURE_MINUTES_SINCE_INFLOW, history.Since(profile.last_in_us(), kMicrosPerMinute));
  set(v1::POLICY_FEATURE_DORMANCY, history.Since(profile.last_out_us(), kMicrosPerHour));
  set(v1::POLICY_FEATURE_BELOW_THRESHOLD_COUNT, history.BelowThreshold());
  set(v1::POLICY_FEATURE_TRAILING_ZEROS, TrailingZeros(subject.amount));
  set(v1::POLICY_FEATURE_CROSS_BORDER, CrossBorder(subject, view));
  set(v1::POLICY_FEATURE_JURISDICTION_TIER, HighestTier(subject, view));
  set(v1::POLICY_FEATURE_HOUR_UTC, static_cast<int64_t>(now.micros() % kMicrosPerDay / kMicrosPerHour));
  if (ordered) {
    set(v1::POLICY_FEATURE_MINUTES_TO_CUT_OFF, MinutesToCutOff(*ordered, context, view));
    set(v1::POLICY_FEATURE_ORDER_BPS, OrderBps(*ordered, subject, view));
  }
  set(v1::POLICY_FEATURE_AGENT_SIGNED, parties::AnyAgent(view, context.signers) ? 1 : 0);
  return values;
}

void RecordMovements(const JudgedGroup& group, state::StateTransaction& state) {
  for (const JudgedOperation& operation : group) {
    const std::set<InstrumentId> instruments = InstrumentsOf(*operation.demands);
    const bool watched = std::any_of(instruments.begin(), instruments.end(),
                                     [&](const InstrumentId& instrument) { return state.Has(kWatched, instrument); });
    if (!watched) continue;
    const Instant now = operation.context->now();
    for (const Movement& movement : operation.demands->movements) {
      const int decimals = DecimalsOf(state, movement.instrument);
      const ProfiledMovement out{movement.amount, decimals, movement.to,
                                 IsJustBelowAny(state, instruments, operation.demands->kind, movement, decimals)};
      ChangeProfile(state, movement.instrument, movement.from,
                    [&](v1::MovementProfile& profile) { AddOut(profile, out, now); });
      if (!movement.to) continue;
      ProfiledMovement in = out;
      in.counterparty = movement.from;
      ChangeProfile(state, movement.instrument, *movement.to,
                    [&](v1::MovementProfile& profile) { AddIn(profile, in, now); });
    }
  }
}

}  // namespace causeway::policy
