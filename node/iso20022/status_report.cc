// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/status_report.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "ledger/base/bytes.h"
#include "ledger/base/check.h"
#include "ledger/base/identifiers.h"
#include "node/iso20022/values.h"
#include "node/iso20022/xml_writer.h"

namespace causeway::iso20022 {
namespace {

constexpr absl::string_view kNamespace = "urn:iso:std:iso:20022:tech:xsd:setr.016.001.04";
// Rejected occurs at most ten times in an order's status, a conditional acceptance's reason five times.
constexpr size_t kRejectionsMax = 10;
constexpr size_t kConditionsMax = 5;

// RejectedStatusReason11Code, ascending.
constexpr std::array<absl::string_view, 56> kRejectionCodes = {
    "ADEA", "BLCA", "BLTR", "BMIN", "BMRA", "BMRV", "CASH", "CLOS", "CUTO", "DDAT", "DEPT", "DFOR", "DLVY", "DMON",
    "DOCC", "DQUA", "DSEC", "DTRD", "FEEE", "ICAG", "ICTR", "IDDB", "IDNA", "IEXE", "ILLI", "INSU", "INTE", "IOTP",
    "IPAC", "IPAY", "ISAF", "IVAG", "LATE", "LOCK", "MONY", "NCRR", "NRGM", "NSLA", "ORRF", "PHYS", "PLCE", "POIN",
    "PRCT", "RTGS", "SAFE", "SECU", "SETR", "SHIG", "SLOW", "UDCY", "ULNK", "UNAV", "UNSC", "UPAY", "URSC", "UWAI"};
// ConditionallyAcceptedStatusReason2Code, ascending.
constexpr std::array<absl::string_view, 5> kConditionCodes = {"AWRM", "AWSM", "CRED", "DOCC", "DUPL"};

template <size_t N>
bool IsOneOf(absl::string_view name, const std::array<absl::string_view, N>& codes) {
  return std::binary_search(codes.begin(), codes.end(), name);
}

// What a person needs beside the code; cut with an ellipsis where it is longer than the element, which is information
// only.
void WriteAdditional(XmlWriter& writer, absl::string_view text) {
  if (text.empty()) return;
  if (text.size() <= kMax350Text) return writer.Text("AddtlInf", text, kMax350Text);
  constexpr absl::string_view kEllipsis = "…";
  size_t end = kMax350Text - kEllipsis.size();
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  writer.Text("AddtlInf", absl::StrCat(text.substr(0, end), kEllipsis), kMax350Text);
}

template <size_t N>
void WriteReason(XmlWriter& writer, const ReportedReason& reason, const std::array<absl::string_view, N>& codes) {
  const XmlScope scope(writer, "Rsn");
  if (IsOneOf(reason.name, codes)) return writer.Code("Cd", reason.name);
  const XmlScope proprietary(writer, "Prtry");
  writer.Text("Id", reason.name, kMax35Text);
  writer.Code("SchmeNm", "CAUSEWAY");
}

// The reasons that an element can hold; the last one says how many it stands for where there are more.
std::vector<ReportedReason> Fitting(std::vector<ReportedReason> reasons, size_t count_max) {
  if (reasons.size() <= count_max) return reasons;
  const size_t more = reasons.size() - count_max;
  reasons.resize(count_max);
  reasons.back().parameters.insert(reasons.back().parameters.begin(), absl::StrCat("and ", more, " more reasons"));
  return reasons;
}

void WriteStatus(XmlWriter& writer, const OrderReport& order) {
  const XmlScope scope(writer, "OrdrSts");
  switch (order.status) {
    case ReportedStatus::kReceived:
      return writer.Code("Sts", "RECE");
    case ReportedStatus::kAccepted:
      return writer.Code("Sts", "PACK");
    case ReportedStatus::kConfirmed:
      return writer.Code("Sts", "COSE");
    case ReportedStatus::kSettled:
      return writer.Code("Sts", "SETT");
    case ReportedStatus::kCancelled: {
      const XmlScope cancelled(writer, "Canc");
      const XmlScope reason(writer, "Rsn");
      return writer.Code("Cd", "CXLR");
    }
    case ReportedStatus::kRejected: {
      for (const ReportedReason& reason : Fitting(order.reasons, kRejectionsMax)) {
        const XmlScope rejected(writer, "Rjctd");
        if (!reason.name.empty()) WriteReason(writer, reason, kRejectionCodes);
        WriteAdditional(writer, absl::StrJoin(reason.parameters, ", "));
      }
      return;
    }
    case ReportedStatus::kHeldForReview: {
      const XmlScope conditional(writer, "CondlyAccptd");
      if (order.reasons.empty()) return writer.Code("NoSpcfdRsn", "NORE");
      for (const ReportedReason& reason : Fitting(order.reasons, kConditionsMax)) {
        const XmlScope details(writer, "RsnDtls");
        WriteReason(writer, reason, kConditionCodes);
        WriteAdditional(writer, absl::StrJoin(reason.parameters, ", "));
      }
      return;
    }
  }
  CAUSEWAY_CHECK(false, "an unknown status");
}

void WriteOrder(XmlWriter& writer, const OrderReport& order, const std::string& initiator) {
  const XmlScope scope(writer, "IndvOrdrDtlsRpt");
  writer.Text("OrdrRef", order.order_reference, kMax35Text);
  if (!order.order_id.empty()) writer.Text("DealRef", order.order_id, kMax35Text);
  WriteStatus(writer, order);
  writer.Party("StsInitr", initiator);
  // What the ledger refused may be of a class or day that is none; its reason says so then.
  const bool class_told = Isin::Parse(order.isin).ok();
  if (class_told || !order.account.empty()) {
    const XmlScope data(writer, "OrdrData");
    if (!order.account.empty()) {
      const XmlScope account(writer, "InvstmtAcctDtls");
      writer.Text("AcctId", order.account, kMax35Text);
    }
    if (class_told) {
      const XmlScope instrument(writer, "FinInstrmDtls");
      const XmlScope id(writer, "Id");
      writer.Code("ISIN", order.isin);
    }
  }
  if (ParseDate(order.dealing_date).ok()) {
    const XmlScope details(writer, "NewDtls");
    const XmlScope expected(writer, "XpctdTradDtTm");
    writer.Date("Dt", order.dealing_date);
  }
}

std::string AccountName(absl::string_view account, const AccountTable& accounts) {
  const std::optional<AccountId> id = AccountId::FromBytes(account);
  const InvestmentAccount* known = id ? accounts.Find(*id) : nullptr;
  return known == nullptr ? "" : known->external_id;
}

ReportedStatus StatusOf(v1::OrderStatus status) {
  switch (status) {
    case v1::ORDER_STATUS_RECE:
      return ReportedStatus::kReceived;
    case v1::ORDER_STATUS_PACK:
      return ReportedStatus::kAccepted;
    case v1::ORDER_STATUS_COSE:
      return ReportedStatus::kConfirmed;
    case v1::ORDER_STATUS_SETT:
      return ReportedStatus::kSettled;
    case v1::ORDER_STATUS_REJECTED:
      return ReportedStatus::kRejected;
    case v1::ORDER_STATUS_CANCELLED:
      return ReportedStatus::kCancelled;
    default:
      CAUSEWAY_CHECK(false, "an order's event has a status");
  }
}

template <typename Request>
OrderReport ReportOfRequest(const Request& request, ReportedStatus status, std::vector<ReportedReason> reasons,
                            const AccountTable& accounts) {
  return {request.order_reference(),
          BytesToHex(request.order_id()),
          AccountName(request.account(), accounts),
          request.isin(),
          status,
          std::move(reasons),
          request.requested_date()};
}

}  // namespace

OrderReport ReportOf(const v1::OrderChanged& changed, const AccountTable& accounts) {
  const v1::Order& order = changed.order();
  std::vector<ReportedReason> reasons;
  for (const std::string& name : changed.reasons()) reasons.push_back({name, {}});
  return {order.order_reference(),
          BytesToHex(order.order_id()),
          AccountName(order.account(), accounts),
          order.isin(),
          StatusOf(changed.status()),
          std::move(reasons),
          order.dealing_date()};
}

OrderReport ReportOf(const v1::Operation& operation, ReportedStatus status, std::vector<ReportedReason> reasons,
                     const AccountTable& accounts) {
  const v1::DealingOperation& dealing = operation.dealing();
  if (dealing.has_subscribe()) return ReportOfRequest(dealing.subscribe(), status, std::move(reasons), accounts);
  CAUSEWAY_CHECK(dealing.has_redeem(), "only orders have a status");
  return ReportOfRequest(dealing.redeem(), status, std::move(reasons), accounts);
}

absl::StatusOr<std::string> WriteAcknowledgement(const StatusReport& report) {
  if (report.orders.empty()) return absl::InvalidArgumentError("a status report tells of one order at least");
  for (const OrderReport& order : report.orders) {
    if (order.status == ReportedStatus::kRejected && order.reasons.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the rejection of order ", order.order_reference, " has no reason"));
    }
  }
  XmlWriter writer(kNamespace);
  writer.Open("OrdrInstrStsRpt");
  {
    const XmlScope id(writer, "MsgId");
    writer.Text("Id", report.message_id, kMax35Text);
    writer.Time("CreDtTm", report.created);
  }
  if (!report.related_message_id.empty()) {
    const XmlScope references(writer, "Ref");
    const XmlScope related(writer, "RltdRef");
    writer.Text("Ref", report.related_message_id, kMax35Text);
  }
  {
    const XmlScope status(writer, "StsRpt");
    for (const OrderReport& order : report.orders) WriteOrder(writer, order, report.initiator);
  }
  return writer.Finish();
}

}  // namespace causeway::iso20022
