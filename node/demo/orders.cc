// SPDX-License-Identifier: Apache-2.0
#include "node/demo/orders.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"

#include "contracts/registry.h"
#include "ledger/base/bytes.h"
#include "ledger/base/status.h"
#include "ledger/execution/reason_catalogue.h"
#include "node/iso20022/confirmation.h"
#include "node/iso20022/import.h"

namespace causeway::demo {
namespace {

constexpr char kAdministrator[] = "strait-admin";

absl::Status WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return absl::InternalError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

const execution::ReasonCatalogue& Catalogue() {
  static const execution::ReasonCatalogue* const kCatalogue = new execution::ReasonCatalogue(*MakeRegistry());
  return *kCatalogue;
}

std::vector<iso20022::ReportedReason> ReasonsOf(const v1::OperationResult& result) {
  std::vector<iso20022::ReportedReason> reasons;
  for (const v1::Reason& reason : result.reasons())
    reasons.push_back({Catalogue().NameOf(reason.code()), {reason.parameters().begin(), reason.parameters().end()}});
  return reasons;
}

const v1::OrderChanged* OrderIn(const v1::OperationResult& result) {
  for (const v1::Event& event : result.events()) {
    if (event.dealing().has_order_changed()) return &event.dealing().order_changed();
  }
  return nullptr;
}

std::string OrderIdOf(const v1::Operation& operation) {
  const v1::DealingOperation& dealing = operation.dealing();
  return BytesToHex(dealing.has_subscribe() ? dealing.subscribe().order_id() : dealing.redeem().order_id());
}

std::string FileName(const std::string& file) {
  return std::filesystem::path(file).filename().string();
}

}  // namespace

absl::StatusOr<Orders> Orders::Make(const DemoData& data, const std::string& out) {
  CAUSEWAY_ASSIGN_OR_RETURN(iso20022::AccountTable accounts, iso20022::AccountTable::FromJson(data.account_table));
  for (const char* folder : {"/acknowledgements", "/confirmations"}) {
    std::error_code error;
    std::filesystem::create_directories(out + folder, error);
    if (error) return absl::InternalError(absl::StrCat(out, folder, ": ", error.message()));
  }
  return Orders(data, std::move(accounts), out);
}

absl::Status Orders::Deliver(const Delivery& delivery, Network& network) {
  // One transaction carries what the institution sends at this instant, message after message.
  std::vector<v1::Operation> operations;
  std::vector<std::vector<iso20022::ImportedOperation>> messages;
  for (const std::string& file : delivery.files) {
    CAUSEWAY_ASSIGN_OR_RETURN(std::vector<iso20022::ImportedOperation> message,
                              iso20022::ReadFile(absl::StrCat(data_.folder, "/", file), accounts_));
    for (const iso20022::ImportedOperation& one : message) operations.push_back(one.operation);
    messages.push_back(std::move(message));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const v1::TransactionReceipt receipt, network.Run(delivery.party, {"gamma"}, operations));
  int index = 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    std::vector<iso20022::OrderReport> reports;
    for (const iso20022::ImportedOperation& one : messages[i]) {
      const v1::OperationResult& result = receipt.results(index++);
      const auto expected = data_.refused.find(one.reference);
      message_of_[OrderIdOf(one.operation)] = one.message_id;
      if (const v1::OrderChanged* const order = OrderIn(result)) {
        ++accepted_;
        reports.push_back(iso20022::ReportOf(*order, accounts_));
        continue;
      }
      const std::vector<iso20022::ReportedReason> reasons = ReasonsOf(result);
      bool as_expected = false;
      for (const iso20022::ReportedReason& reason : reasons)
        as_expected = as_expected || (expected != data_.refused.end() && reason.name == expected->second);
      if (!as_expected)
        return absl::FailedPreconditionError(
            absl::StrCat(one.source, " of ", delivery.files[i], ", order ", one.reference,
                         ", was refused and should not have been: ", DescribeReasons(result)));
      ++refused_[expected->second];
      reports.push_back(iso20022::ReportOf(one.operation, iso20022::ReportedStatus::kRejected, reasons, accounts_));
    }
    CAUSEWAY_RETURN_IF_ERROR(Acknowledge(delivery.files[i], messages[i].empty() ? "" : messages[i].front().message_id,
                                         reports, network.now()));
  }
  return absl::OkStatus();
}

absl::Status Orders::Acknowledge(const std::string& file, const std::string& message_id,
                                 const std::vector<iso20022::OrderReport>& reports, Instant now) {
  const iso20022::StatusReport report{absl::StrCat("A-", message_id).substr(0, 35), now, message_id,
                                      data_.transfer_agent, reports};
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string xml, iso20022::WriteAcknowledgement(report));
  return WriteText(absl::StrCat(out_, "/acknowledgements/", FileName(file)), xml);
}

absl::Status Orders::AttestPrice(const std::string& file, Network& network) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<iso20022::ImportedOperation> read,
                            iso20022::ReadFile(absl::StrCat(data_.folder, "/", file), accounts_));
  std::vector<v1::Operation> operations;
  for (const iso20022::ImportedOperation& one : read) operations.push_back(one.operation);
  return network.MustApply(kAdministrator, {"alpha", "beta"}, operations);
}

absl::Status Orders::WriteConfirmations(const Events& events) {
  for (const auto& [id, changed] : events.Orders()) {
    const v1::Order& order = changed.order();
    if (!order.has_execution()) continue;
    const ShareClassFacts* facts = nullptr;
    for (const ShareClassFacts& one : data_.classes) {
      if (one.isin.ToString() == order.isin()) facts = &one;
    }
    if (facts == nullptr) return absl::InternalError(absl::StrCat("an order in an unknown class ", order.isin()));
    const auto carried = message_of_.find(id);
    const std::optional<AccountId> account = AccountId::FromBytes(order.account());
    const iso20022::InvestmentAccount* const known = account ? accounts_.Find(*account) : nullptr;
    const iso20022::Confirmation confirmation{absl::StrCat("C-", id.substr(0, 30)),
                                              Instant::FromMicros(order.history(order.history_size() - 1).at_us()),
                                              carried == message_of_.end() ? "" : carried->second,
                                              facts->name,
                                              facts->currency,
                                              data_.fund_company,
                                              known != nullptr ? known->external_id : BytesToHex(order.account()),
                                              ""};
    CAUSEWAY_ASSIGN_OR_RETURN(const std::string xml, iso20022::WriteConfirmation(order, confirmation));
    CAUSEWAY_RETURN_IF_ERROR(WriteText(absl::StrCat(out_, "/confirmations/", id, ".xml"), xml));
  }
  return absl::OkStatus();
}

}  // namespace causeway::demo
