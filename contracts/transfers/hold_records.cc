// SPDX-License-Identifier: Apache-2.0
#include "contracts/transfers/hold_records.h"

#include <optional>
#include <string>
#include <tuple>

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/events.h"
#include "contracts/transfers/holdings.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/check.h"
#include "ledger/base/decimal.h"
#include "ledger/codec/encode.h"

namespace causeway::transfers {
namespace {

constexpr uint32_t kContract = v1::Operation::kTransfers;

HoldExpiryKey ExpiryKey(const StoredHold& hold) {
  return {hold.account, hold.instrument, Instant::FromMicros(hold.record.expires_us()), hold.id};
}

// A record as the numbers that it states; it came from this contract, so it states some.
StoredHold Read(const state::StateView& view, const HoldId& id, v1::Hold record) {
  const std::optional<AccountId> account = AccountId::FromBytes(record.account());
  const std::optional<InstrumentId> instrument = instruments::ParseId(record.instrument());
  CAUSEWAY_CHECK(account && instrument);
  const std::optional<int> decimals = instruments::DecimalsOf(view, *instrument);
  CAUSEWAY_CHECK(decimals.has_value());
  const absl::StatusOr<Amount> amount = ParseDecimal(record.amount(), *decimals);
  CAUSEWAY_CHECK(amount.ok());
  return {id, std::move(record), *account, *instrument, *amount};
}

void Erase(state::StateTransaction& state, const StoredHold& hold) {
  state.Erase(kHolds, hold.id);
  state.Erase(kHoldsByAccount, AccountHoldKey{hold.account, hold.id});
  if (hold.record.expires_us() == 0) return;
  state.Erase(kHoldExpiries, ExpiryKey(hold));
  execution::CancelDue(state, Instant::FromMicros(hold.record.expires_us()), kContract, hold.id.bytes());
}

}  // namespace

StoredHold LoadHold(const state::StateView& view, const HoldId& id) {
  std::optional<v1::Hold> record = view.Get(kHolds, id);
  CAUSEWAY_CHECK(record.has_value(), "no hold ", id.ToHex());
  return Read(view, id, *std::move(record));
}

bool HasExpired(const v1::Hold& hold, Instant now) {
  return hold.expires_us() != 0 && hold.expires_us() <= now.micros();
}

std::vector<HoldId> ExpiredHolds(const state::StateView& view, const AccountId& account, const InstrumentId& instrument,
                                 Instant now) {
  std::vector<HoldId> expired;
  view.ForEach(kHoldExpiries, HoldingKey{account, instrument}, [&](const HoldExpiryKey& key, const v1::IndexEntry&) {
    if (std::get<2>(key) > now) return false;
    expired.push_back(std::get<3>(key));
    return true;
  });
  return expired;
}

void AddHold(const execution::OperationContext& context, state::StateTransaction& state, execution::Effects& effects,
             const HoldId& id, const v1::Hold& record) {
  CAUSEWAY_CHECK(!state.Has(kHolds, id), "hold ", id.ToHex(), " exists");
  const StoredHold hold = Read(state, id, record);
  Shift(state, hold.account, hold.instrument, Part::kFree, PartOf(record.kind()), hold.amount);
  state.Put(kHolds, id, record);
  state.Put(kHoldsByAccount, AccountHoldKey{hold.account, id}, v1::IndexEntry());
  if (record.expires_us() != 0) {
    state.Put(kHoldExpiries, ExpiryKey(hold), v1::IndexEntry());
    v1::ReleaseHold release;
    release.set_hold(id.ToString());
    execution::ScheduleDue(state, {Instant::FromMicros(record.expires_us()), id.ToString(), kContract,
                                   context.transaction_id, codec::SerializeCanonical(release)});
  }
  EmitHoldPlaced(effects, id, record);
}

void EndHold(state::StateTransaction& state, execution::Effects& effects, const StoredHold& hold, bool expired) {
  Shift(state, hold.account, hold.instrument, PartOf(hold.record.kind()), Part::kFree, hold.amount);
  Erase(state, hold);
  EmitHoldReleased(effects, hold.id, hold.record, expired);
}

void ShrinkHold(state::StateTransaction& state, const StoredHold& hold, Amount amount) {
  CAUSEWAY_CHECK(amount.IsPositive() && amount <= hold.amount, "more than is held");
  const Amount rest = *Subtract(hold.amount, amount);
  if (rest.IsZero()) {
    Erase(state, hold);
    return;
  }
  v1::Hold record = hold.record;
  record.set_amount(FormatAmount(state, hold.instrument, rest));
  state.Put(kHolds, hold.id, record);
}

void ReleaseExpired(const execution::OperationContext& context, state::StateTransaction& state,
                    execution::Effects& effects, const AccountId& account, const InstrumentId& instrument) {
  for (const HoldId& id : ExpiredHolds(state, account, instrument, context.now()))
    EndHold(state, effects, LoadHold(state, id), true);
}

void ReleaseExpiredId(state::StateTransaction& state, execution::Effects& effects, const HoldId& id) {
  if (state.Has(kHolds, id)) EndHold(state, effects, LoadHold(state, id), true);
}

}  // namespace causeway::transfers
