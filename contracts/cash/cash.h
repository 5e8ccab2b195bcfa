// SPDX-License-Identifier: Apache-2.0
// What the contract `cash` offers to the other contracts: whether a share class takes a cash token, and the payments
// that issuers have booked.

#ifndef CAUSEWAY_CONTRACTS_CASH_CASH_H_
#define CAUSEWAY_CONTRACTS_CASH_CASH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "absl/strings/string_view.h"

#include "causeway/v1/cash.pb.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/reason.h"
#include "ledger/execution/contract.h"
#include "ledger/state/view.h"

namespace causeway::cash {

// How long a payment's reference is remembered, and refused a second time.
inline constexpr uint64_t kReferenceDays = 400;
// ISO 20022 Max35Text.
inline constexpr size_t kReferenceLengthMax = 35;

// LEI of the issuer, payment reference.
using PaymentKey = std::tuple<std::string, std::string>;
inline constexpr state::Table<PaymentKey, v1::Payment> kPayments{48, "payments"};

// Adds CASH where the share class does not accept the cash token, and NOT_CASH where `token` is no cash token.
void CheckAccepted(const state::StateView& view, const InstrumentId& share_class, const InstrumentId& token,
                   Reasons& reasons);

// The payment that an issuer has booked under a reference; nothing where it has not, or no longer remembers.
std::optional<v1::Payment> FindPayment(const state::StateView& view, absl::string_view issuer,
                                       absl::string_view reference);

// --- For the registry ---

std::unique_ptr<execution::Contract> MakeCashContract();

}  // namespace causeway::cash

#endif  // CAUSEWAY_CONTRACTS_CASH_CASH_H_
