// SPDX-License-Identifier: Apache-2.0
//
// Who may hold: the catalogue of rules that a prospectus composes. A refusal names every rule that failed.

#include <algorithm>

#include "absl/strings/str_join.h"

#include "contracts/instruments/rules.h"
#include "ledger/base/decimal.h"

namespace causeway::instruments {
namespace {

using Kind = v1::EligibilityRule::KindCase;

std::string AllowedText(const v1::InvestorClassRule& rule) {
  return absl::StrJoin(rule.allowed(), " ",
                       [](std::string* out, int value) { out->append(NameOf(static_cast<v1::InvestorClass>(value))); });
}

std::string RuleText(const v1::JurisdictionRule& rule) {
  std::string text;
  if (!rule.allowed().empty()) text = "only " + absl::StrJoin(rule.allowed(), " ");
  if (!rule.denied().empty())
    text += (text.empty() ? "" : ", ") + std::string("not ") + absl::StrJoin(rule.denied(), " ");
  return text;
}

bool Contains(const google::protobuf::RepeatedPtrField<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// One rule of a class, asked of one holder.
class RuleCheck {
 public:
  RuleCheck(const InstrumentId& isin, const v1::ShareClass& share_class, const HolderFacts& facts)
      : isin_(isin.ToString()), decimals_(static_cast<int>(share_class.unit_decimals())), facts_(facts) {}

  std::optional<Reason> Check(const v1::InvestorClassRule& rule) const {
    if (std::find(rule.allowed().begin(), rule.allowed().end(), facts_.investor_class) != rule.allowed().end())
      return std::nullopt;
    return Failed(v1::INSTRUMENTS_REASON_INVESTOR_CLASS_NOT_ELIGIBLE,
                  {NameOf(facts_.investor_class), AllowedText(rule)});
  }

  std::optional<Reason> Check(const v1::JurisdictionRule& rule) const {
    const bool known = !facts_.jurisdiction.empty();
    const bool allowed = rule.allowed().empty() || Contains(rule.allowed(), facts_.jurisdiction);
    if (known && allowed && !Contains(rule.denied(), facts_.jurisdiction)) return std::nullopt;
    return Failed(v1::INSTRUMENTS_REASON_JURISDICTION_NOT_ELIGIBLE, {facts_.jurisdiction, RuleText(rule)});
  }

  std::optional<Reason> Check(const v1::MaximumShareRule& rule) const {
    const std::optional<Amount> from = LimitOf(rule.from_units_in_issue(), decimals_);
    if (from && facts_.units_in_issue < *from) return std::nullopt;
    if (!facts_.owner_holding.IsPositive()) return std::nullopt;
    const std::optional<Amount> share = LimitOf(rule.share(), kRateDecimals);
    CAUSEWAY_CHECK(share.has_value() && facts_.units_in_issue.IsPositive(),
                   "whoever holds units holds some of those in issue");
    if (CompareQuotients(facts_.owner_holding, facts_.units_in_issue, *share, PowerOfTen(kRateDecimals)) <= 0)
      return std::nullopt;
    return Failed(v1::INSTRUMENTS_REASON_SHARE_TOO_LARGE, {Units(facts_.units_in_issue), rule.share()});
  }

  std::optional<Reason> Check(const v1::MinimumHoldingRule& rule) const {
    const std::optional<Amount> least = LimitOf(rule.units(), decimals_);
    CAUSEWAY_CHECK(least.has_value());
    if (facts_.account_holding.IsZero() || facts_.account_holding >= *least) return std::nullopt;
    return Failed(v1::INSTRUMENTS_REASON_HOLDING_TOO_SMALL, {rule.units()});
  }

  std::optional<Reason> Check(const v1::LockUpRule& rule, Instant now) const {
    if (!facts_.last_acquired) return std::nullopt;
    const Instant until = AddSaturating(*facts_.last_acquired, Duration::Micros(rule.duration_us()));
    if (now >= until) return std::nullopt;
    return Failed(v1::INSTRUMENTS_REASON_LOCKED_UP, {FormatInstant(until)});
  }

 private:
  Reason Failed(v1::InstrumentsReason code, std::vector<std::string> parameters) const {
    parameters.insert(parameters.begin(), isin_);
    return {static_cast<uint32_t>(code), std::move(parameters)};
  }
  std::string Units(Amount amount) const { return FormatDecimal(amount, decimals_); }

  std::string isin_;
  int decimals_;
  const HolderFacts& facts_;
};

// Collects the failures of the rules for which `ask` has an answer, by the rules' numbers.
template <typename Ask>
std::vector<FailedRule> Failures(const v1::ShareClass& share_class, const HolderFacts& facts, const Ask& ask) {
  std::vector<FailedRule> failures;
  if (facts.exempt) return failures;
  for (const v1::EligibilityRule& rule : share_class.eligibility()) {
    std::optional<Reason> reason = ask(rule);
    if (reason) failures.push_back({rule.kind_case(), *std::move(reason)});
  }
  std::sort(failures.begin(), failures.end(), [](const FailedRule& a, const FailedRule& b) { return a.rule < b.rule; });
  return failures;
}

}  // namespace

std::vector<FailedRule> AcquisitionFailures(const InstrumentId& isin, const v1::ShareClass& share_class,
                                            const HolderFacts& facts) {
  const RuleCheck check(isin, share_class, facts);
  return Failures(share_class, facts, [&](const v1::EligibilityRule& rule) -> std::optional<Reason> {
    switch (rule.kind_case()) {
      case Kind::kInvestorClass:
        return check.Check(rule.investor_class());
      case Kind::kJurisdiction:
        return check.Check(rule.jurisdiction());
      case Kind::kMaximumShare:
        return check.Check(rule.maximum_share());
      case Kind::kMinimumHolding:
        return check.Check(rule.minimum_holding());
      default:
        return std::nullopt;
    }
  });
}

std::vector<FailedRule> DisposalFailures(const InstrumentId& isin, const v1::ShareClass& share_class,
                                         const HolderFacts& facts, Instant now) {
  const RuleCheck check(isin, share_class, facts);
  return Failures(share_class, facts, [&](const v1::EligibilityRule& rule) -> std::optional<Reason> {
    switch (rule.kind_case()) {
      case Kind::kMinimumHolding:
        return check.Check(rule.minimum_holding());
      case Kind::kLockUp:
        return check.Check(rule.lock_up(), now);
      default:
        return std::nullopt;
    }
  });
}

void CheckEligibility(const state::StateView& view, const InstrumentId& instrument, Direction direction,
                      const HolderFacts& facts, Instant now, Reasons& reasons) {
  const std::optional<v1::ShareClass> share_class = FindShareClass(view, instrument);
  if (!share_class) return;
  const std::vector<FailedRule> failures = direction == Direction::kAcquires
                                               ? AcquisitionFailures(instrument, *share_class, facts)
                                               : DisposalFailures(instrument, *share_class, facts, now);
  for (const FailedRule& failure : failures) reasons.Add(failure.reason);
}

}  // namespace causeway::instruments
