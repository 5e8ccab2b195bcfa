// SPDX-License-Identifier: Apache-2.0
#include "node/cli/iso_output.h"

#include <optional>

#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/status.h"
#include "ledger/codec/encode.h"
#include "ledger/crypto/sha256.h"
#include "node/iso20022/confirmation.h"
#include "node/iso20022/status_report.h"

namespace causeway::cli {
namespace {

// With a prefix of three characters a message's id has the 35 that it may have.
constexpr size_t kMessageIdDigits = 32;

// Writes the message twice: its id of 35 characters is a hash of all that it tells, so that the same message has the
// same id whenever it is written, and no two messages share one.
template <class Write>
absl::StatusOr<std::string> WithMessageId(const std::string& prefix, const Write& write) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string content, write(prefix));
  return write(absl::StrCat(prefix, crypto::Sha256(content).ToHex().substr(0, kMessageIdDigits)));
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
  return WithMessageId("CN-", [&](const std::string& id) {
    const iso20022::Confirmation note{.message_id = id,
                                      .created = surroundings.now,
                                      .related_message_id = "",
                                      .class_name = surroundings.share_class.name(),
                                      .currency = surroundings.share_class.currency(),
                                      .fund_company = surroundings.fund.fmco(),
                                      .account = account,
                                      .cash_settlement_date = ""};
    return iso20022::WriteConfirmation(order, note);
  });
}

absl::StatusOr<std::string> Acknowledgement(const v1::Order& order, v1::OrderStatus status,
                                            const OrderSurroundings& surroundings,
                                            const iso20022::AccountTable& accounts) {
  v1::OrderChanged changed;
  *changed.mutable_order() = order;
  changed.set_status(status);
  iso20022::OrderReport report = iso20022::ReportOf(changed, accounts);
  // An order keeps its statuses and not their reasons.
  if (report.status == iso20022::ReportedStatus::kRejected)
    report.reasons = {{"", {"rejected when it was priced; the event of that moment names the reasons"}}};
  return WithMessageId("SR-", [&](const std::string& id) {
    return iso20022::WriteAcknowledgement({id, surroundings.now, "", surroundings.fund.transfer_agent(), {report}});
  });
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
  const int changes = order.history_size();
  const v1::OrderStatus status = changes == 0 ? v1::ORDER_STATUS_UNSPECIFIED : order.history(changes - 1).status();
  if (status == v1::ORDER_STATUS_UNSPECIFIED)
    return absl::DataLossError(absl::StrCat("the order ", BytesToHex(order.order_id()),
                                            " as the node tells it has no status; ask another node (--node)"));
  const bool dealt = status == v1::ORDER_STATUS_COSE || status == v1::ORDER_STATUS_SETT;
  if (!dealt) return Acknowledgement(order, status, surroundings, accounts);
  const std::optional<AccountId> id = AccountId::FromBytes(order.account());
  const iso20022::InvestmentAccount* const account = id ? accounts.Find(*id) : nullptr;
  return ContractNote(order, surroundings, account == nullptr ? BytesToHex(order.account()) : account->external_id);
}

}  // namespace causeway::cli
