// SPDX-License-Identifier: Apache-2.0
#include "node/cli/iso_output.h"

#include <optional>

#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "node/iso20022/confirmation.h"
#include "node/iso20022/status_report.h"

namespace causeway::cli {
namespace {

// A message's id of at most 35 characters that is the same whenever the same is told again.
std::string MessageId(const std::string& prefix, const v1::Order& order) {
  return absl::StrCat(prefix, BytesToHex(order.order_id()));
}

template <class Record>
absl::StatusOr<Record> Read(client::Client& client, const std::string& kind, const std::string& id) {
  v1::GetRecordRequest request;
  request.set_kind(kind);
  request.set_id(id);
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetRecordResponse answer, client.Get(request));
  if (!answer.has_record()) return absl::NotFoundError(absl::StrCat("there is no ", kind, " ", id));
  return codec::ParseCanonical<Record>(answer.record().record());
}

absl::StatusOr<std::string> ContractNote(const v1::Order& order, const OrderSurroundings& surroundings,
                                         const std::string& account) {
  const iso20022::Confirmation note{.message_id = MessageId("CN-", order),
                                    .created = surroundings.now,
                                    .related_message_id = "",
                                    .class_name = surroundings.share_class.name(),
                                    .currency = surroundings.share_class.currency(),
                                    .fund_company = surroundings.fund.fmco(),
                                    .account = account,
                                    .cash_settlement_date = ""};
  return iso20022::WriteConfirmation(order, note);
}

absl::StatusOr<std::string> Acknowledgement(const v1::Order& order, const OrderSurroundings& surroundings,
                                            const iso20022::AccountTable& accounts) {
  v1::OrderChanged changed;
  *changed.mutable_order() = order;
  if (!order.history().empty()) changed.set_status(order.history(order.history_size() - 1).status());
  iso20022::StatusReport report{MessageId("SR-", order), surroundings.now, "", surroundings.fund.transfer_agent(), {}};
  report.orders.push_back(iso20022::ReportOf(changed, accounts));
  return iso20022::WriteAcknowledgement(report);
}

}  // namespace

absl::StatusOr<OrderSurroundings> ReadSurroundings(client::Client& client, const v1::Order& order) {
  CAUSEWAY_ASSIGN_OR_RETURN(v1::ShareClass share_class, Read<v1::ShareClass>(client, "share-class", order.isin()));
  CAUSEWAY_ASSIGN_OR_RETURN(v1::Fund fund, Read<v1::Fund>(client, "fund", share_class.fund()));
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client.Status());
  return OrderSurroundings{std::move(share_class), std::move(fund), Instant::FromMicros(status.block_time_us())};
}

absl::StatusOr<std::string> OrderToIso(const v1::Order& order, const OrderSurroundings& surroundings,
                                       const iso20022::AccountTable& accounts) {
  if (!order.has_execution()) return Acknowledgement(order, surroundings, accounts);
  const std::optional<AccountId> id = AccountId::FromBytes(order.account());
  const iso20022::InvestmentAccount* const account = id ? accounts.Find(*id) : nullptr;
  return ContractNote(order, surroundings, account == nullptr ? BytesToHex(order.account()) : account->external_id);
}

}  // namespace causeway::cli
