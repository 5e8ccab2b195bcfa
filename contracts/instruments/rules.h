// SPDX-License-Identifier: Apache-2.0
//
// What the sources of `instruments` share. Not for other contracts.

#ifndef CAUSEWAY_CONTRACTS_INSTRUMENTS_RULES_H_
#define CAUSEWAY_CONTRACTS_INSTRUMENTS_RULES_H_

#include <optional>
#include <string>

#include "contracts/instruments/instruments.h"
#include "ledger/codec/json.h"

namespace causeway::instruments {

inline constexpr size_t kMostNameBytes = 140;
inline constexpr int kMostListed = 256;
// Decimals of rates and proportions.
inline constexpr int kRateDecimals = 8;
inline constexpr uint64_t kMostLockUpDays = 3650;
inline constexpr uint32_t kMostLagDays = 30;
inline constexpr uint64_t kMostGraceHours = 72;

// Strictly ascending: sorted and without repetition.
template <typename List>
bool IsAscending(const List& list) {
  for (int i = 1; i < static_cast<int>(list.size()); ++i) {
    if (!(list[i - 1] < list[i])) return false;
  }
  return true;
}

// An enum's value as people see it.
template <typename Enum>
std::string NameOf(Enum value) {
  return codec::ShortEnumName(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}

// Adds NAME and party reasons that funds, classes and tokens have in common.
void CheckName(const std::string& name, Reasons& reasons);
// FIELD_MISSING where the enum is UNSPECIFIED.
void CheckStated(int value, const char* field, Reasons& reasons);
// CURRENCY_INVALID where the text is no currency; else the currency.
std::optional<CurrencyCode> CheckCurrency(const std::string& text, Reasons& reasons);
// The amount in minor units; FIELD_INVALID where the text is no decimal of so many decimals, or negative, or zero.
// Empty text: nothing, no reason.
std::optional<Amount> CheckPositive(const std::string& text, int decimals, const std::string& field, Reasons& reasons);
// The id; ID_INVALID where the text is none.
std::optional<InstrumentId> CheckId(const std::string& text, Reasons& reasons);
// The id in a request that was checked.
InstrumentId CheckedId(const std::string& text);
// FIELD_FIXED where the field has changed.
void CheckFixed(bool same, const char* field, const std::string& value, Reasons& reasons);

// --- Operations ---

void CheckSetFund(const v1::SetFund& request, const state::StateView& view, Reasons& reasons);
void CheckSetShareClass(const v1::SetShareClass& request, const state::StateView& view, Reasons& reasons);
void CheckSetCashToken(const v1::SetCashToken& request, const state::StateView& view, Reasons& reasons);
void CheckSetDealingDays(const v1::SetDealingDays& request, const state::StateView& view, Instant now,
                         Reasons& reasons);
void ApplySetDealingDays(const v1::SetDealingDays& request, state::StateTransaction& state,
                         execution::Effects& effects);
void CheckExtendGrace(const v1::ExtendGrace& request, const state::StateView& view, Instant now, Reasons& reasons);
void ApplyExtendGrace(const v1::ExtendGrace& request, state::StateTransaction& state, execution::Effects& effects);

}  // namespace causeway::instruments

#endif  // CAUSEWAY_CONTRACTS_INSTRUMENTS_RULES_H_
