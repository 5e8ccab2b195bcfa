// SPDX-License-Identifier: Apache-2.0
#include "contracts/transfers/rules.h"

#include <string>

#include "contracts/instruments/instruments.h"
#include "contracts/transfers/transfers.h"
#include "ledger/base/bytes.h"

namespace causeway::transfers {

bool AskInstrument(const state::StateView& view, const InstrumentId& instrument, Reasons& reasons) {
  if (instruments::KindOf(view, instrument)) return true;
  reasons.Add(v1::TRANSFERS_REASON_UNKNOWN_INSTRUMENT, {instrument.ToString()});
  return false;
}

bool AskAccount(const state::StateView& view, const AccountId& account, Reasons& reasons) {
  const std::optional<v1::Account> found = FindAccount(view, account);
  if (!found) {
    reasons.Add(v1::TRANSFERS_REASON_UNKNOWN_ACCOUNT, {account.ToHex()});
    return false;
  }
  if (!found->successor().empty()) {
    reasons.Add(v1::TRANSFERS_REASON_ACCOUNT_CLOSED, {account.ToHex(), BytesToHex(found->successor())});
    return false;
  }
  return true;
}

bool AskNotFrozen(const state::StateView& view, const AccountId& account, const InstrumentId& instrument,
                  Reasons& reasons) {
  const std::optional<v1::Freeze> freeze = FindFreeze(view, account, instrument);
  if (!freeze) return true;
  reasons.Add(freeze->reason() == v1::FREEZE_REASON_LEGAL ? v1::TRANSFERS_REASON_DOCC : v1::TRANSFERS_REASON_FROZEN,
              {account.ToHex()});
  return false;
}

bool AskPositive(const state::StateView& view, const InstrumentId& instrument, Amount amount, Reasons& reasons) {
  if (amount.IsPositive()) return true;
  reasons.Add(
      v1::TRANSFERS_REASON_AMOUNT_INVALID,
      {FormatAmount(view, instrument, amount), std::to_string(instruments::DecimalsOf(view, instrument).value_or(0))});
  return false;
}

bool AskFree(const state::StateView& view, const AccountId& account, const InstrumentId& instrument, Amount amount,
             Instant now, Reasons& reasons) {
  const Amount free = ReadBalance(view, account, instrument, now).free;
  if (free >= amount) return true;
  reasons.Add(v1::TRANSFERS_REASON_INSUFFICIENT_FREE,
              {account.ToHex(), instrument.ToString(), FormatAmount(view, instrument, free),
               FormatAmount(view, instrument, amount)});
  return false;
}

bool AskInstrumentOpen(const state::StateView& view, const InstrumentId& instrument, Reasons& reasons) {
  if (instruments::IsOpen(view, instrument)) return true;
  reasons.Add(v1::TRANSFERS_REASON_INSTRUMENT_CLOSED, {instrument.ToString()});
  return false;
}

bool AskSupplyFits(const state::StateView& view, const InstrumentId& instrument, Amount amount, Reasons& reasons) {
  if (Add(ReadSupply(view, instrument).issued, amount)) return true;
  reasons.Add(v1::TRANSFERS_REASON_OVERFLOW, {instrument.ToString()});
  return false;
}

std::optional<AccountId> AskAccountId(absl::string_view bytes, absl::string_view field, Reasons& reasons) {
  std::optional<AccountId> id = AccountId::FromBytes(bytes);
  if (!id) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {std::string(field)});
  return id;
}

std::optional<HoldId> AskHoldId(absl::string_view bytes, absl::string_view field, Reasons& reasons) {
  std::optional<HoldId> id = HoldId::FromBytes(bytes);
  if (!id) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {std::string(field)});
  return id;
}

std::optional<InstrumentId> AskInstrumentId(absl::string_view text, Reasons& reasons) {
  std::optional<InstrumentId> id = instruments::ParseId(text);
  if (!id) reasons.Add(v1::TRANSFERS_REASON_FIELD_INVALID, {"instrument"});
  return id;
}

void ExpectNone(const Reasons& reasons) {
  CAUSEWAY_CHECK(reasons.empty(), "a change that its check refuses with reason ", reasons.begin()->code);
}

}  // namespace causeway::transfers
