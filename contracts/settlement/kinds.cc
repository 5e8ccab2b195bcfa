// SPDX-License-Identifier: Apache-2.0
// A bundle is read by the parties that must consent, by who opened it, and by the owners of its accounts: they all
// agree to all of its legs. Keepers of the instruments read the movements that come of it, not the bargain.

#include "contracts/settlement/kinds.h"

#include <string>
#include <tuple>

#include "contracts/settlement/settlement.h"
#include "contracts/transfers/transfers.h"
#include "ledger/execution/record_ids.h"

namespace causeway::settlement {
namespace {

using execution::Concerns;
using execution::KindDefinition;
using execution::MakeKind;
using execution::ReadContext;
using execution::RecordKind;

void AddParty(const std::string& lei, Concerns& concerns) {
  Concerns party;
  party.parties = {lei};
  concerns.Add(party);
}

Concerns OfBundle(const v1::Bundle& bundle, const state::StateView& view) {
  Concerns concerns;
  if (!bundle.opened_by().empty()) AddParty(bundle.opened_by(), concerns);
  for (const v1::BundleConsent& consent : bundle.consents()) AddParty(consent.party(), concerns);
  for (const v1::Leg& leg : bundle.legs()) {
    for (const std::string* account : {&leg.from(), &leg.to()}) {
      const std::optional<AccountId> id = AccountId::FromBytes(*account);
      const std::optional<std::string> owner = id ? transfers::OwnerOf(view, *id) : std::nullopt;
      if (owner) AddParty(*owner, concerns);
    }
    Concerns supervised;
    supervised.supervised = {leg.instrument()};
    concerns.Add(supervised);
  }
  return concerns;
}

Concerns OfBundleId(const std::string& bytes, const state::StateView& before, const state::StateView& after) {
  Concerns concerns;
  const std::optional<InstructionId> id = InstructionId::FromBytes(bytes);
  if (!id) return concerns;
  for (const state::StateView* view : {&before, &after}) {
    const std::optional<v1::Bundle> bundle = view->Get(kBundles, *id);
    if (bundle) concerns.Add(OfBundle(*bundle, *view));
  }
  return concerns;
}

// Of which bundle the event tells.
const std::string& BundleOf(const v1::SettlementEvent& event) {
  switch (event.kind_case()) {
    case v1::SettlementEvent::kBundleConsented:
      return event.bundle_consented().bundle();
    case v1::SettlementEvent::kBundleSettled:
      return event.bundle_settled().bundle();
    case v1::SettlementEvent::kBundleCancellationRequested:
      return event.bundle_cancellation_requested().bundle();
    case v1::SettlementEvent::kBundleCancelled:
      return event.bundle_cancelled().bundle();
    case v1::SettlementEvent::kBundleOpened:
    case v1::SettlementEvent::KIND_NOT_SET:
      break;
  }
  return event.bundle_opened().bundle();
}

RecordKind PartyBundleKinds() {
  const auto bundle_of = [](const PartyBundleKey& key, const ReadContext& context) {
    return execution::Decoded(context.view.Get(kBundles, std::get<1>(key)), kBundles.name);
  };
  RecordKind kind = MakeKind(KindDefinition<PartyBundleKey, v1::IndexEntry, v1::Bundle>{
      "party-bundle", "LEI/BUNDLE", "the open bundles that need a party's consent", kBundlesByParty,
      [bundle_of](const PartyBundleKey& key, const v1::IndexEntry* entry, const ReadContext& context) {
        Concerns concerns;
        if (entry != nullptr) concerns = OfBundle(bundle_of(key, context), context.view);
        AddParty(std::get<0>(key), concerns);
        return concerns;
      },
      [bundle_of](const PartyBundleKey& key, const v1::IndexEntry&, const ReadContext& context) {
        return bundle_of(key, context);
      }});
  kind.proof = [](const state::StateKey& found, const state::StateView&) {
    const auto key = execution::Decoded(state::DecodeKey<PartyBundleKey>(found.key), kBundlesByParty.name);
    return state::StateKey{kBundles.id, state::EncodeKey(std::get<1>(key))};
  };
  return kind;
}

}  // namespace

std::vector<RecordKind> Kinds() {
  return {MakeKind(KindDefinition<InstructionId, v1::Bundle>{
              "bundle", "BUNDLE", "an open bundle of legs that settle together", kBundles,
              [](const InstructionId&, const v1::Bundle* bundle, const ReadContext& context) {
                return bundle == nullptr ? Concerns() : OfBundle(*bundle, context.view);
              }}),
          PartyBundleKinds()};
}

std::function<bool(const v1::Event&)> MakerOf(const v1::SettlementEvent& event, const state::StateView& before,
                                              const state::StateView& after) {
  // Its opening says itself whom it concerns.
  if (event.has_bundle_opened()) return nullptr;
  const std::string& bundle = BundleOf(event);
  const std::optional<InstructionId> id = InstructionId::FromBytes(bundle);
  if (!id || before.Get(kBundles, *id) || after.Get(kBundles, *id)) return nullptr;
  return [bundle](const v1::Event& other) {
    return other.settlement().has_bundle_opened() && other.settlement().bundle_opened().bundle() == bundle;
  };
}

Concerns ConcernsOf(const v1::SettlementEvent& event, const state::StateView& before, const state::StateView& after) {
  switch (event.kind_case()) {
    case v1::SettlementEvent::kBundleOpened: {
      Concerns concerns = OfBundleId(event.bundle_opened().bundle(), before, after);
      for (const std::string& party : event.bundle_opened().parties()) AddParty(party, concerns);
      return concerns;
    }
    case v1::SettlementEvent::kBundleConsented: {
      Concerns concerns = OfBundleId(event.bundle_consented().bundle(), before, after);
      AddParty(event.bundle_consented().party(), concerns);
      return concerns;
    }
    case v1::SettlementEvent::kBundleSettled:
      return OfBundleId(event.bundle_settled().bundle(), before, after);
    case v1::SettlementEvent::kBundleCancellationRequested: {
      Concerns concerns = OfBundleId(event.bundle_cancellation_requested().bundle(), before, after);
      AddParty(event.bundle_cancellation_requested().party(), concerns);
      return concerns;
    }
    case v1::SettlementEvent::kBundleCancelled:
      return OfBundleId(event.bundle_cancelled().bundle(), before, after);
    case v1::SettlementEvent::KIND_NOT_SET:
      break;
  }
  return {};
}

}  // namespace causeway::settlement
