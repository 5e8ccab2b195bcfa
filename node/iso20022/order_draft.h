// SPDX-License-Identifier: Apache-2.0
// What orders in XML and in CSV have in common: an order as texts with their places, and how it becomes an operation.
#ifndef CAUSEWAY_NODE_ISO20022_ORDER_DRAFT_H_
#define CAUSEWAY_NODE_ISO20022_ORDER_DRAFT_H_

#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "causeway/v1/dealing.pb.h"
#include "node/iso20022/account_table.h"
#include "node/iso20022/import.h"
#include "node/iso20022/import_errors.h"

namespace causeway::iso20022 {

enum class QuantityKind { kAmount, kUnits, kPercentage };

// An order as it was read. What is absent is nothing; whoever reads it has reported by then what must not be absent.
struct OrderDraft {
  v1::OrderSide side = v1::ORDER_SIDE_UNSPECIFIED;
  // The order as a whole, and what ImportedOperation calls it.
  Place place;
  std::string source;

  std::optional<PlacedText> message_id;
  std::optional<PlacedText> reference;
  std::optional<PlacedText> account;
  std::optional<PlacedText> isin;
  QuantityKind kind = QuantityKind::kAmount;
  std::optional<PlacedText> quantity;
  // The currency of the amount, of the amount to block, and as such: whichever are stated must agree.
  std::optional<PlacedText> quantity_currency;
  std::optional<PlacedText> prefunded;
  std::optional<PlacedText> prefunded_currency;
  std::optional<PlacedText> currency;
  // A proportion of the fee, "0.5", or per cent of it, "50".
  std::optional<PlacedText> fee_discount;
  bool fee_discount_in_per_cent = false;
  std::optional<PlacedText> cash_account;
  // That it names one, readable or not.
  bool names_cash_account = false;
  std::optional<PlacedText> requested_date;
};

// Makes operations of drafts. Reports every error of a draft, and an order reference that one owner uses twice in one
// message.
class OrderCompleter {
 public:
  // All must outlive it.
  OrderCompleter(const AccountTable& accounts, const ReadOptions& options, ImportErrors& errors)
      : accounts_(accounts), options_(options), errors_(errors) {}

  // Nothing where there were errors.
  std::optional<ImportedOperation> Complete(const OrderDraft& draft);

 private:
  const KnownClass* FindClass(const Isin& isin, const Place& place);
  std::optional<std::string> ReadCurrencies(const OrderDraft& draft, const KnownClass* share_class, bool& sound);
  const CashAccount* ChooseCashAccount(const OrderDraft& draft, const InvestmentAccount& account,
                                       const std::optional<std::string>& currency);
  std::optional<std::string> ReadQuantity(const OrderDraft& draft, const KnownClass* share_class,
                                          const std::optional<std::string>& currency);
  std::optional<std::string> ReadPrefunded(const OrderDraft& draft, const std::optional<std::string>& currency);
  std::optional<std::string> ReadFeeDiscount(const OrderDraft& draft);

  const AccountTable& accounts_;
  const ReadOptions& options_;
  ImportErrors& errors_;
  // Owner, message id, reference.
  std::set<std::tuple<Lei, std::string, std::string>> seen_;
};

// The id of an order that is imported: the first 16 bytes of a hash over owner, message id and reference, so that
// importing the same message again gives the same ids, and two institutions that number alike do not meet.
OrderId ImportedOrderId(const Lei& owner, absl::string_view message_id, absl::string_view reference);

}  // namespace causeway::iso20022

#endif  // CAUSEWAY_NODE_ISO20022_ORDER_DRAFT_H_
