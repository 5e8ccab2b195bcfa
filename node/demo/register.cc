// SPDX-License-Identifier: Apache-2.0
#include "node/demo/register.h"

#include "absl/strings/str_cat.h"

#include "causeway/v1/views.pb.h"
#include "ledger/base/amount.h"
#include "ledger/base/decimal.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"

namespace causeway::demo {
namespace {

// As many decimals as any instrument may have.
constexpr int kDecimals = 18;

absl::StatusOr<v1::GetRecordResponse> GetRecord(client::Client& keeper, const std::string& kind, const std::string& id,
                                                std::optional<uint64_t> height) {
  v1::GetRecordRequest request;
  request.set_kind(kind);
  request.set_id(id);
  if (height) request.set_at_height(*height);
  return keeper.Get(request);
}

}  // namespace

absl::StatusOr<Register> ReadRegister(client::Client& keeper, const std::string& instrument,
                                      std::optional<uint64_t> height) {
  v1::ListRecordsRequest request;
  request.set_kind("holding");
  request.set_prefix(absl::StrCat(instrument, "/"));
  request.set_page_size(1'000);
  if (height) request.set_at_height(*height);
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::ListRecordsResponse holdings, keeper.ListAll(request));
  Register found;
  found.height = holdings.height();
  Amount sum = Amount::Zero();
  for (const v1::StateRecord& record : holdings.records()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::HoldingView view, codec::ParseCanonical<v1::HoldingView>(record.record()));
    CAUSEWAY_ASSIGN_OR_RETURN(const Amount total, ParseDecimal(view.total(), kDecimals));
    const std::optional<Amount> next = Add(sum, total);
    if (!next) return absl::OutOfRangeError(absl::StrCat("the holdings of ", instrument, " are too many"));
    sum = *next;
    ++found.holders;
  }
  found.held = FormatDecimal(sum, kDecimals);
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetRecordResponse supply, GetRecord(keeper, "supply", instrument, found.height));
  if (supply.has_record()) {
    CAUSEWAY_ASSIGN_OR_RETURN(const v1::SupplyView view,
                              codec::ParseCanonical<v1::SupplyView>(supply.record().record()));
    found.issued = view.issued();
  }
  return found;
}

absl::StatusOr<std::string> ReadHolding(client::Client& keeper, const std::string& instrument,
                                        const std::string& account_hex) {
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetRecordResponse response,
                            GetRecord(keeper, "balance", absl::StrCat(account_hex, "/", instrument), std::nullopt));
  if (!response.has_record()) return std::string("0");
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::HoldingView view,
                            codec::ParseCanonical<v1::HoldingView>(response.record().record()));
  return view.total();
}

}  // namespace causeway::demo
