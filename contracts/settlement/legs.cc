// SPDX-License-Identifier: Apache-2.0
#include "contracts/settlement/legs.h"

#include <algorithm>
#include <utility>

#include "contracts/cash/cash.h"
#include "contracts/instruments/instruments.h"
#include "contracts/settlement/settlement.h"
#include "contracts/transfers/transfers.h"

namespace causeway::settlement {
namespace {

// Adds LEG_INVALID for one field of one leg.
class LegReasons {
 public:
  LegReasons(uint32_t index, Reasons& reasons) : index_(index), reasons_(reasons) {}
  void Refuse(const char* field) {
    reasons_.Add(v1::SETTLEMENT_REASON_LEG_INVALID, {std::to_string(index_), field});
    sound_ = false;
  }
  bool sound() const { return sound_; }

 private:
  const uint32_t index_;
  Reasons& reasons_;
  bool sound_ = true;
};

// The account of a side that the leg's kind needs, or must not have.
std::optional<AccountId> AskSide(const state::StateView& view, const std::string& bytes, bool needed, const char* field,
                                 LegReasons& leg_reasons, Reasons& reasons) {
  std::optional<AccountId> account = AccountId::FromBytes(bytes);
  if (account.has_value() != needed || (!needed && !bytes.empty())) {
    leg_reasons.Refuse(field);
    return std::nullopt;
  }
  if (!account) return std::nullopt;
  account = transfers::ResolveAccount(view, *account);
  if (!transfers::FindAccount(view, *account)) {
    reasons.Add(v1::TRANSFERS_REASON_UNKNOWN_ACCOUNT, {account->ToHex()});
    return std::nullopt;
  }
  return account;
}

std::optional<ParsedLeg> AskLeg(const state::StateView& view, const v1::Leg& leg, uint32_t index, Reasons& reasons) {
  LegReasons leg_reasons(index, reasons);
  if (leg.kind() == v1::LEG_KIND_UNSPECIFIED) {
    leg_reasons.Refuse("kind");
    return std::nullopt;
  }
  const bool gives = leg.kind() != v1::LEG_KIND_ISSUE;
  const bool receives = leg.kind() != v1::LEG_KIND_CANCEL;
  const std::optional<AccountId> from = AskSide(view, leg.from(), gives, "from", leg_reasons, reasons);
  const std::optional<AccountId> to = AskSide(view, leg.to(), receives, "to", leg_reasons, reasons);
  if (from && to && *from == *to) leg_reasons.Refuse("to");
  if (leg.receiver_consents() && !receives) leg_reasons.Refuse("receiver_consents");
  const std::optional<InstrumentId> instrument = instruments::ParseId(leg.instrument());
  if (!instrument) {
    leg_reasons.Refuse("instrument");
    return std::nullopt;
  }
  const std::optional<Amount> amount = transfers::ParseAmount(view, *instrument, leg.amount(), reasons);
  // Cash comes into being and ends against a payment, with its reference: contracts/cash.
  if (leg.kind() != v1::LEG_KIND_TRANSFER && IsCash(view, *instrument)) leg_reasons.Refuse("instrument");
  if (!leg_reasons.sound() || !amount || from.has_value() != gives || to.has_value() != receives) return std::nullopt;
  return ParsedLeg{index,
                   leg.kind(),
                   from,
                   to,
                   *instrument,
                   *amount,
                   from ? *transfers::OwnerOf(view, *from) : std::string(),
                   to ? *transfers::OwnerOf(view, *to) : std::string(),
                   leg.kind() != v1::LEG_KIND_TRANSFER ? *instruments::KeeperOf(view, *instrument) : std::string(),
                   leg.receiver_consents()};
}

}  // namespace

bool IsCash(const state::StateView& view, const InstrumentId& instrument) {
  return instruments::KindOf(view, instrument) == instruments::InstrumentKind::kCashToken;
}

bool ParsedLeg::Needs(absl::string_view party) const {
  if (party.empty()) return false;
  return giver == party || keeper == party || (receiver_consents && receiver == party);
}

std::optional<std::vector<ParsedLeg>> AskLegs(const state::StateView& view, const LegList& legs, Reasons& reasons) {
  if (legs.empty() || static_cast<size_t>(legs.size()) > kLegsMax) {
    reasons.Add(v1::SETTLEMENT_REASON_LEG_COUNT, {std::to_string(legs.size())});
    return std::nullopt;
  }
  std::vector<ParsedLeg> parsed;
  for (int i = 0; i < legs.size(); ++i) {
    if (std::optional<ParsedLeg> leg = AskLeg(view, legs[i], static_cast<uint32_t>(i), reasons))
      parsed.push_back(*std::move(leg));
  }
  if (parsed.size() < static_cast<size_t>(legs.size())) return std::nullopt;
  return parsed;
}

std::vector<ParsedLeg> ReadLegs(const state::StateView& view, const LegList& legs) {
  std::vector<ParsedLeg> parsed;
  Reasons unheard;
  for (int i = 0; i < std::min(legs.size(), static_cast<int>(kLegsMax)); ++i) {
    if (std::optional<ParsedLeg> leg = AskLeg(view, legs[i], static_cast<uint32_t>(i), unheard))
      parsed.push_back(*std::move(leg));
  }
  return parsed;
}

std::set<std::string> ConsentersOf(const std::vector<ParsedLeg>& legs) {
  std::set<std::string> parties;
  for (const ParsedLeg& leg : legs) {
    if (!leg.giver.empty()) parties.insert(leg.giver);
    if (!leg.keeper.empty()) parties.insert(leg.keeper);
    if (leg.receiver_consents) parties.insert(leg.receiver);
  }
  return parties;
}

void AskCashAccepted(const state::StateView& view, const std::vector<ParsedLeg>& legs, Reasons& reasons) {
  std::set<InstrumentId> classes;
  std::set<InstrumentId> tokens;
  for (const ParsedLeg& leg : legs) {
    if (leg.IsPrimary()) classes.insert(leg.instrument);
    if (IsCash(view, leg.instrument)) tokens.insert(leg.instrument);
  }
  if (tokens.empty()) return;
  for (const InstrumentId& share_class : classes) {
    Reasons refusals;
    bool accepted = false;
    for (const InstrumentId& token : tokens) {
      const size_t before = refusals.size();
      cash::CheckAccepted(view, share_class, token, refusals);
      accepted = accepted || refusals.size() == before;
    }
    if (!accepted) reasons.AddAll(refusals);
  }
}

}  // namespace causeway::settlement
