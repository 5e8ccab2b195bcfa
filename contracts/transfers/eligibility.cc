// SPDX-License-Identifier: Apache-2.0
#include "contracts/transfers/eligibility.h"

#include <algorithm>
#include <optional>
#include <string>

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/lots.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"

namespace causeway::transfers {
namespace {

// The attribute that the instrument's keeper attests and that counts at `now`; empty where there is none.
std::string AttributeOf(const v1::Account& account, absl::string_view attester, absl::string_view name, Instant now) {
  for (const v1::Attribute& attribute : account.attributes()) {
    if (attribute.attester() == attester && attribute.name() == name && attribute.expires_us() > now.micros())
      return attribute.value();
  }
  return std::string();
}

// Who holds, without what it holds.
instruments::HolderFacts HolderOf(const state::StateView& view, const AccountId& id, const v1::Account& account,
                                  const InstrumentId& instrument, Instant now) {
  instruments::HolderFacts facts;
  facts.owner = account.owner();
  facts.exempt = IsExempt(view, id, instrument);
  const std::string keeper = instruments::KeeperOf(view, instrument).value_or(std::string());
  v1::InvestorClass investor_class = v1::INVESTOR_CLASS_UNSPECIFIED;
  if (v1::InvestorClass_Parse("INVESTOR_CLASS_" + AttributeOf(account, keeper, "investor_class", now), &investor_class))
    facts.investor_class = investor_class;
  facts.jurisdiction = AttributeOf(account, keeper, "jurisdiction", now);
  return facts;
}

// As much as there can be where the sum does not fit.
Amount PlusOrMost(Amount a, Amount b) {
  return Add(a, b).value_or(Amount::Max());
}

Amount OwnerTotal(const state::StateView& view, const std::string& owner, const InstrumentId& instrument) {
  return view.Get(kOwnerHoldings, OwnerHoldingKey{owner, instrument}).value_or(OwnerHolding()).total;
}

// The purchase of the last units that must leave a lock-up for `amount` to leave, as instruments asks for it: under
// today's rule it unlocks when its lot does. Nothing where the unlocked units are enough, or all free ones are not.
std::optional<Instant> LastLockedPurchase(const state::StateView& view, const AccountId& from, const Passage& passage) {
  if (ReadBalance(view, from, passage.instrument, passage.now).free < passage.amount) return std::nullopt;
  const std::optional<Duration> lock_up = LockUpOf(view, passage.instrument);
  if (!lock_up) return std::nullopt;
  Amount reached = ReadAvailable(view, from, passage.instrument, passage.now);
  std::optional<Instant> last;
  for (const LockedLot& lot : LockedLots(view, from, passage.instrument, passage.now)) {
    if (reached >= passage.amount) break;
    last = SubtractSaturating(lot.unlocks, *lock_up);
    reached = PlusOrMost(reached, lot.amount);
  }
  return last;
}

}  // namespace

bool IsExempt(const state::StateView& view, const AccountId& account, const InstrumentId& instrument) {
  const std::optional<v1::ShareClass> share_class = instruments::FindShareClass(view, instrument);
  if (!share_class) return false;
  return account.bytes() == share_class->issuance_account_id() || account.bytes() == share_class->residual_account_id();
}

void CheckAcquisition(const state::StateView& view, const AccountId& to, absl::string_view from_owner, Origin origin,
                      const Passage& passage, Reasons& reasons) {
  if (instruments::KindOf(view, passage.instrument) != instruments::InstrumentKind::kShareClass) return;
  const std::optional<v1::Account> account = FindAccount(view, to);
  CAUSEWAY_CHECK(account.has_value());
  instruments::HolderFacts facts = HolderOf(view, to, *account, passage.instrument, passage.now);
  const Amount held = ReadBalance(view, to, passage.instrument, passage.now).total;
  const Amount owned = OwnerTotal(view, account->owner(), passage.instrument);
  const Amount issued = ReadSupply(view, passage.instrument).issued;
  // More than there is cannot arrive: whoever lacks it is told so, and no share of it can be asked.
  if (origin == Origin::kMoved && passage.amount > issued) return;
  facts.account_holding = PlusOrMost(held, passage.amount);
  facts.owner_holding = account->owner() == from_owner ? owned : PlusOrMost(owned, passage.amount);
  facts.units_in_issue = std::max(origin == Origin::kIssued ? PlusOrMost(issued, passage.amount) : issued,
                                  passage.units_dealt.value_or(Amount::Zero()));
  instruments::CheckEligibility(view, passage.instrument, instruments::Direction::kAcquires, facts, passage.now,
                                reasons);
}

void CheckDisposal(const state::StateView& view, const AccountId& from, Remainder remainder, const Passage& passage,
                   Reasons& reasons) {
  if (instruments::KindOf(view, passage.instrument) != instruments::InstrumentKind::kShareClass) return;
  const std::optional<v1::Account> account = FindAccount(view, from);
  CAUSEWAY_CHECK(account.has_value());
  instruments::HolderFacts facts = HolderOf(view, from, *account, passage.instrument, passage.now);
  const Amount held = ReadBalance(view, from, passage.instrument, passage.now).total;
  const bool leaves_some = remainder == Remainder::kAsked && held > passage.amount;
  facts.account_holding = leaves_some ? *Subtract(held, passage.amount) : Amount::Zero();
  facts.owner_holding = OwnerTotal(view, account->owner(), passage.instrument);
  facts.units_in_issue = ReadSupply(view, passage.instrument).issued;
  facts.last_acquired = LastLockedPurchase(view, from, passage);
  instruments::CheckEligibility(view, passage.instrument, instruments::Direction::kDisposes, facts, passage.now,
                                reasons);
}

void CheckReceipt(const state::StateView& view, const AccountId& to, const std::optional<std::string>& from_owner,
                  const InstrumentId& instrument, Amount amount, Instant now, Reasons& reasons,
                  std::optional<Amount> units_dealt) {
  CheckAcquisition(view, to, from_owner.value_or(std::string()), from_owner ? Origin::kMoved : Origin::kIssued,
                   {instrument, amount, now, units_dealt}, reasons);
}

void CheckRemainder(const state::StateView& view, const AccountId& account, const InstrumentId& instrument, Instant now,
                    Reasons& reasons) {
  CheckDisposal(view, account, Remainder::kAsked, {instrument, Amount::Zero(), now}, reasons);
}

}  // namespace causeway::transfers
