// SPDX-License-Identifier: Apache-2.0

#include "node/api/read_rules.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "contracts/governance/governance.h"
#include "contracts/instruments/instruments.h"
#include "contracts/parties/parties.h"

namespace causeway::api {
namespace {

using execution::Concerns;

template <class List, class Value>
bool Contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Keeps what `find` found.
template <class Find>
bool Remembered(std::map<std::string, bool>& known, const std::string& key, Find&& find) {
  const auto [entry, fresh] = known.try_emplace(key, false);
  if (fresh) entry->second = find();
  return entry->second;
}

}  // namespace

ReadRules::ReadRules(Reader reader, const state::StateView& now, const execution::ChainParameters& chain)
    : reader_(std::move(reader)), now_(now) {
  const std::optional<v1::Party> party = parties::FindParty(now, reader_.party);
  active_ = party && party->status() == v1::PARTY_STATUS_ACTIVE;
  if (!active_) return;
  complies_ = Contains(reader_.roles, v1::OFFICER_ROLE_COMPLY);
  operator_ = Contains(governance::Operators(now, chain), reader_.party);
  if (Contains(party->roles(), v1::PARTY_ROLE_SUPERVISOR) || Contains(party->roles(), v1::PARTY_ROLE_AUDITOR))
    grant_ = governance::FindGrant(now, reader_.party);
}

bool ReadRules::MayRead(const Concerns& concerns, Height at) const {
  if (!active_) return false;
  if (IsGranted(concerns, at)) return true;
  if (concerns.compliance_only) return complies_ && Contains(concerns.parties, reader_.party);
  if (concerns.everyone || (concerns.operators && operator_)) return true;
  if (Contains(concerns.parties, reader_.party)) return true;
  return std::any_of(concerns.instruments.begin(), concerns.instruments.end(),
                     [&](const std::string& instrument) { return Serves(instrument); });
}

bool ReadRules::MayReadBlock(Height at) const {
  return active_ && IsWithinGrant(at) && GrantCoversAll();
}

bool ReadRules::GrantCoversAll() const {
  if (covers_all_) return *covers_all_;
  bool any = false, all = true;
  const auto cover = [&](const InstrumentId& id, const auto&) {
    any = true;
    all = GrantCovers(id.ToString());
    return all;
  };
  now_.ForEach(instruments::kShareClasses, std::tuple<>(), cover);
  if (all) now_.ForEach(instruments::kCashTokens, std::tuple<>(), cover);
  covers_all_ = any && all;
  return *covers_all_;
}

bool ReadRules::IsGranted(const Concerns& concerns, Height at) const {
  if (!IsWithinGrant(at)) return false;
  if (GrantCoversAll()) return true;
  const auto covers = [&](const std::string& instrument) { return GrantCovers(instrument); };
  return std::any_of(concerns.instruments.begin(), concerns.instruments.end(), covers) ||
         std::any_of(concerns.supervised.begin(), concerns.supervised.end(), covers) ||
         std::any_of(concerns.parties.begin(), concerns.parties.end(),
                     [&](const std::string& lei) { return GrantCoversParty(lei); });
}

bool ReadRules::IsWithinGrant(Height at) const {
  return grant_ && at.value() >= grant_->from_height() &&
         (grant_->to_height() == 0 || at.value() <= grant_->to_height());
}

bool ReadRules::GrantCovers(const std::string& instrument) const {
  return Remembered(covered_, instrument, [&] {
    std::optional<InstrumentId> id = instruments::ParseId(instrument);
    // A class, its fund, the umbrella: none is its own.
    for (int step = 0; id && step < 3; ++step) {
      if (Contains(grant_->instruments(), id->ToString())) return true;
      const std::optional<InstrumentId> fund = instruments::FundOf(now_, *id);
      const std::optional<v1::Fund> record = fund ? std::nullopt : instruments::FindFund(now_, *id);
      id = fund ? fund : record ? instruments::ParseId(record->umbrella()) : std::nullopt;
    }
    return false;
  });
}

bool ReadRules::GrantCoversParty(const std::string& lei) const {
  return Remembered(covered_parties_, lei, [&] {
    const std::optional<v1::Party> party = parties::FindParty(now_, lei);
    return party && Contains(grant_->jurisdictions(), party->jurisdiction());
  });
}

bool ReadRules::Serves(const std::string& instrument) const {
  return Remembered(served_, instrument, [&] {
    const std::optional<InstrumentId> id = instruments::ParseId(instrument);
    if (!id) return false;
    const std::optional<v1::CashToken> token = instruments::FindCashToken(now_, *id);
    if (token) return token->issuer() == reader_.party;
    const std::optional<v1::Fund> fund = instruments::FindFund(now_, instruments::FundOf(now_, *id).value_or(*id));
    return fund && (fund->fmco() == reader_.party || fund->administrator() == reader_.party ||
                    fund->transfer_agent() == reader_.party);
  });
}

}  // namespace causeway::api
