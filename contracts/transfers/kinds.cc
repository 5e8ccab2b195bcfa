// SPDX-License-Identifier: Apache-2.0
// An account is read by who owns it and who keeps it, and by who attests for it while it holds units of a register that
// the attester keeps; what it holds of an instrument, by its owner and by whoever keeps that instrument's register; a
// hold also by the party that may end it and by who would receive.

#include "contracts/transfers/kinds.h"

#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "causeway/v1/views.pb.h"
#include "contracts/instruments/instruments.h"
#include "contracts/transfers/hold_records.h"
#include "contracts/transfers/transfers.h"
#include "ledger/execution/record_ids.h"

namespace causeway::transfers {
namespace {

using execution::Concerns;
using execution::KindDefinition;
using execution::MakeKind;
using execution::ReadContext;
using execution::RecordKind;
using state::StateKey;
using state::StateView;

// --- Whom it concerns ---

void AddOwner(const StateView& view, const std::string& account, Concerns& concerns) {
  const std::optional<AccountId> id = AccountId::FromBytes(account);
  const std::optional<std::string> owner = id ? OwnerOf(view, *id) : std::nullopt;
  if (!owner) return;
  Concerns other;
  other.parties = {*owner};
  concerns.Add(other);
}

// Whoever keeps a register of units that the account holds.
std::set<std::string> RegistrarsOf(const StateView& view, const AccountId& account) {
  std::set<std::string> registrars;
  view.ForEach(kBalances, std::tuple<AccountId>{account}, [&](const HoldingKey& key, const Balance&) {
    registrars.insert(instruments::KeeperOf(view, std::get<1>(key)).value_or(std::string()));
    return true;
  });
  return registrars;
}

// An attestation alone makes nobody a reader: any keeper of registers may attest for any account, before it holds
// anything.
Concerns OfAccount(const StateView& view, const AccountId& id, const v1::Account& account) {
  Concerns concerns;
  concerns.parties = {account.owner()};
  Concerns others;
  if (!account.keeper().empty()) others.parties.push_back(account.keeper());
  const std::set<std::string> registrars = RegistrarsOf(view, id);
  for (const v1::Attribute& attribute : account.attributes()) {
    if (registrars.contains(attribute.attester())) others.parties.push_back(attribute.attester());
  }
  concerns.Add(others);
  return concerns;
}

Concerns OfHolding(const StateView& view, const std::string& account, const std::string& instrument) {
  Concerns concerns;
  AddOwner(view, account, concerns);
  concerns.instruments = {instrument};
  return concerns;
}

Concerns OfHold(const StateView& view, const v1::Hold& hold) {
  Concerns concerns = OfHolding(view, hold.account(), hold.instrument());
  AddOwner(view, hold.beneficiary(), concerns);
  Concerns controller;
  if (!hold.controller_party().empty()) controller.parties = {hold.controller_party()};
  concerns.Add(controller);
  return concerns;
}

// What an event about a hold says of whom it concerns, and what the hold says, where it is found.
Concerns OfHoldEvent(const StateView& before, const StateView& after, const std::string& id_bytes,
                     const std::string& account, const std::string& instrument) {
  Concerns concerns = OfHolding(after, account, instrument);
  const std::optional<HoldId> id = HoldId::FromBytes(id_bytes);
  if (!id) return concerns;
  for (const StateView* view : {&before, &after}) {
    const std::optional<v1::Hold> hold = view->Get(kHolds, *id);
    // An id may be used again after its hold has ended.
    if (hold && hold->account() == account && hold->instrument() == instrument) concerns.Add(OfHold(*view, *hold));
  }
  return concerns;
}

// --- What is shown ---

v1::HoldingView ShowHolding(const AccountId& account, const InstrumentId& instrument, const ReadContext& context) {
  const Balance balance = ReadBalance(context.view, account, instrument, context.now);
  const auto text = [&](Amount amount) { return FormatAmount(context.view, instrument, amount); };
  v1::HoldingView view;
  view.set_account(account.ToString());
  view.set_instrument(instrument.ToString());
  view.set_owner(OwnerOf(context.view, account).value_or(""));
  view.set_total(text(balance.total));
  view.set_free(text(balance.free));
  view.set_blocked(text(balance.blocked));
  view.set_pledged(text(balance.pledged));
  view.set_restricted(text(balance.restricted));
  return view;
}

v1::Hold ShowHold(const HoldId& id, const ReadContext& context) {
  return execution::Decoded(context.view.Get(kHolds, id), kHolds.name);
}

// The row of another table that proves an entry of an index.
template <class IndexKey, class Key, class Record>
std::function<StateKey(const StateKey&, const StateView&)> ProvedBy(const state::Table<IndexKey, v1::IndexEntry>& index,
                                                                    const state::Table<Key, Record>& table,
                                                                    Key (*key_of)(const IndexKey&)) {
  return [&index, &table, key_of](const StateKey& found, const StateView&) {
    const IndexKey key = execution::Decoded(state::DecodeKey<IndexKey>(found.key), index.name);
    return StateKey{table.id, state::EncodeKey(key_of(key))};
  };
}

// --- Kinds ---

RecordKind AccountKinds() {
  return MakeKind(KindDefinition<AccountId, v1::Account>{
      "account", "ACCOUNT", "an account", kAccounts,
      [](const AccountId& id, const v1::Account* account, const ReadContext& context) {
        return account == nullptr ? Concerns() : OfAccount(context.view, id, *account);
      }});
}

RecordKind PartyAccountKinds() {
  RecordKind kind = MakeKind(KindDefinition<OwnerKey, v1::IndexEntry, v1::Account>{
      "party-account", "LEI/ACCOUNT", "the accounts of a party", kAccountsByOwner,
      [](const OwnerKey& key, const v1::IndexEntry*, const ReadContext&) {
        Concerns concerns;
        concerns.parties = {std::get<0>(key)};
        return concerns;
      },
      [](const OwnerKey& key, const v1::IndexEntry&, const ReadContext& context) {
        return execution::Decoded(FindAccount(context.view, std::get<1>(key)), kAccounts.name);
      }});
  kind.proof = ProvedBy(
      kAccountsByOwner, kAccounts, +[](const OwnerKey& key) { return std::get<1>(key); });
  return kind;
}

RecordKind BalanceKinds() {
  return MakeKind(KindDefinition<HoldingKey, Balance, v1::HoldingView>{
      "balance", "ACCOUNT/INSTRUMENT", "what an account holds of an instrument", kBalances,
      [](const HoldingKey& key, const Balance*, const ReadContext& context) {
        return OfHolding(context.view, std::get<0>(key).ToString(), std::get<1>(key).ToString());
      },
      [](const HoldingKey& key, const Balance&, const ReadContext& context) {
        return ShowHolding(std::get<0>(key), std::get<1>(key), context);
      }});
}

RecordKind RegisterKinds() {
  RecordKind kind = MakeKind(KindDefinition<RegisterKey, v1::IndexEntry, v1::HoldingView>{
      "holding", "INSTRUMENT/ACCOUNT", "the register of an instrument: who holds what", kRegister,
      [](const RegisterKey& key, const v1::IndexEntry*, const ReadContext& context) {
        return OfHolding(context.view, std::get<1>(key).ToString(), std::get<0>(key).ToString());
      },
      [](const RegisterKey& key, const v1::IndexEntry&, const ReadContext& context) {
        return ShowHolding(std::get<1>(key), std::get<0>(key), context);
      }});
  kind.proof = ProvedBy(
      kRegister, kBalances, +[](const RegisterKey& key) {
        return HoldingKey{std::get<1>(key), std::get<0>(key)};
      });
  return kind;
}

RecordKind HoldKinds() {
  return MakeKind(KindDefinition<HoldId, v1::Hold>{"hold", "HOLD", "a part of a holding that is set aside", kHolds,
                                                   [](const HoldId&, const v1::Hold* hold, const ReadContext& context) {
                                                     return hold == nullptr ? Concerns() : OfHold(context.view, *hold);
                                                   }});
}

RecordKind AccountHoldKinds() {
  RecordKind kind = MakeKind(KindDefinition<AccountHoldKey, v1::IndexEntry, v1::Hold>{
      "account-hold", "ACCOUNT/HOLD", "the holds of an account", kHoldsByAccount,
      [](const AccountHoldKey& key, const v1::IndexEntry* entry, const ReadContext& context) {
        Concerns concerns;
        AddOwner(context.view, std::get<0>(key).ToString(), concerns);
        if (entry != nullptr) concerns.Add(OfHold(context.view, ShowHold(std::get<1>(key), context)));
        return concerns;
      },
      [](const AccountHoldKey& key, const v1::IndexEntry&, const ReadContext& context) {
        return ShowHold(std::get<1>(key), context);
      }});
  kind.proof = ProvedBy(
      kHoldsByAccount, kHolds, +[](const AccountHoldKey& key) { return std::get<1>(key); });
  return kind;
}

RecordKind SupplyKinds() {
  return MakeKind(KindDefinition<InstrumentId, Supply, v1::SupplyView>{
      "supply", "INSTRUMENT", "what is in issue of an instrument", kSupplies,
      [](const InstrumentId& instrument, const Supply*, const ReadContext&) {
        Concerns concerns;
        concerns.instruments = {instrument.ToString()};
        return concerns;
      },
      [](const InstrumentId& instrument, const Supply& supply, const ReadContext& context) {
        v1::SupplyView view;
        view.set_instrument(instrument.ToString());
        view.set_issued(FormatAmount(context.view, instrument, supply.issued));
        view.set_holders(supply.holders);
        return view;
      }});
}

template <class Record>
RecordKind PartOfHolding(const char* name, const char* what, const state::Table<HoldingKey, Record>& table) {
  return MakeKind(KindDefinition<HoldingKey, Record>{
      name, "ACCOUNT/INSTRUMENT", what, table, [](const HoldingKey& key, const Record*, const ReadContext& context) {
        return OfHolding(context.view, std::get<0>(key).ToString(), std::get<1>(key).ToString());
      }});
}

RecordKind PartyHoldingKinds() {
  return MakeKind(KindDefinition<OwnerHoldingKey, OwnerHolding, v1::PartyHoldingView>{
      "party-holding", "LEI/INSTRUMENT", "what a party's accounts hold together", kOwnerHoldings,
      [](const OwnerHoldingKey& key, const OwnerHolding*, const ReadContext&) {
        Concerns concerns;
        concerns.parties = {std::get<0>(key)};
        concerns.instruments = {std::get<1>(key).ToString()};
        return concerns;
      },
      [](const OwnerHoldingKey& key, const OwnerHolding& holding, const ReadContext& context) {
        v1::PartyHoldingView view;
        view.set_party(std::get<0>(key));
        view.set_instrument(std::get<1>(key).ToString());
        view.set_total(FormatAmount(context.view, std::get<1>(key), holding.total));
        return view;
      }});
}

}  // namespace

std::vector<RecordKind> Kinds() {
  return {AccountKinds(),
          PartyAccountKinds(),
          BalanceKinds(),
          RegisterKinds(),
          HoldKinds(),
          AccountHoldKinds(),
          SupplyKinds(),
          PartOfHolding("freeze", "a holding that stands still", kHoldingFreezes),
          PartOfHolding("lots", "units of a holding that may not leave yet", kLots),
          PartyHoldingKinds()};
}

Concerns ConcernsOf(const v1::TransfersEvent& event, const StateView& before, const StateView& after) {
  const auto account_of = [&](const std::string& account) {
    const std::optional<AccountId> id = AccountId::FromBytes(account);
    const std::optional<v1::Account> record = id ? FindAccount(after, *id) : std::nullopt;
    return record ? OfAccount(after, *id, *record) : Concerns();
  };
  switch (event.kind_case()) {
    case v1::TransfersEvent::kAccountOpened:
      return account_of(event.account_opened().account());
    case v1::TransfersEvent::kAttributesSet: {
      Concerns concerns = account_of(event.attributes_set().account());
      Concerns attester;
      attester.parties = {event.attributes_set().attester()};
      concerns.Add(attester);
      return concerns;
    }
    case v1::TransfersEvent::kUnitsMoved: {
      Concerns concerns;
      AddOwner(after, event.units_moved().from(), concerns);
      AddOwner(after, event.units_moved().to(), concerns);
      concerns.instruments = {event.units_moved().instrument()};
      return concerns;
    }
    case v1::TransfersEvent::kHoldPlaced:
      return OfHoldEvent(before, after, event.hold_placed().hold(), event.hold_placed().account(),
                         event.hold_placed().instrument());
    case v1::TransfersEvent::kHoldReleased:
      return OfHoldEvent(before, after, event.hold_released().hold(), event.hold_released().account(),
                         event.hold_released().instrument());
    case v1::TransfersEvent::kFreezeChanged: {
      Concerns concerns = account_of(event.freeze_changed().account());
      if (!event.freeze_changed().instrument().empty())
        concerns = OfHolding(after, event.freeze_changed().account(), event.freeze_changed().instrument());
      return concerns;
    }
    case v1::TransfersEvent::kAccountRecovered: {
      Concerns concerns = account_of(event.account_recovered().account());
      concerns.Add(account_of(event.account_recovered().successor()));
      return concerns;
    }
    case v1::TransfersEvent::KIND_NOT_SET:
      break;
  }
  return {};
}

}  // namespace causeway::transfers
