// SPDX-License-Identifier: Apache-2.0
#include "contracts/cash/cash.h"

#include "contracts/instruments/instruments.h"

namespace causeway::cash {

void CheckAccepted(const state::StateView& view, const InstrumentId& share_class, const InstrumentId& token,
                   Reasons& reasons) {
  if (!instruments::FindCashToken(view, token)) {
    reasons.Add(v1::CASH_REASON_NOT_CASH, {token.ToString()});
    return;
  }
  const std::optional<v1::ShareClass> record = instruments::FindShareClass(view, share_class);
  if (!record || !instruments::AcceptsCash(*record, token))
    reasons.Add(v1::CASH_REASON_CASH, {share_class.ToString(), token.ToString()});
}

std::optional<v1::Payment> FindPayment(const state::StateView& view, absl::string_view issuer,
                                       absl::string_view reference) {
  return view.Get(kPayments, PaymentKey{std::string(issuer), std::string(reference)});
}

}  // namespace causeway::cash
