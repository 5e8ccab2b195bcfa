// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/order_draft.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "ledger/base/check.h"
#include "ledger/base/decimal.h"
#include "ledger/crypto/domain.h"
#include "node/iso20022/values.h"

namespace causeway::iso20022 {
namespace {

constexpr size_t kReferenceBytesMax = 35;
constexpr int kPercentageDecimals = 8;

// Both canonical.
bool Exceeds(absl::string_view decimal, Decimal limit) {
  const absl::StatusOr<Decimal> value = ParseDecimal(decimal);
  return !value.ok() || CompareDecimals(*value, limit) == std::strong_ordering::greater;
}

// What both operations have.
template <typename Request>
void Fill(Request& request, const OrderId& order_id, const Isin& isin, const InvestmentAccount& account,
          const CashAccount& cash, const std::string& reference) {
  request.set_order_id(order_id.ToString());
  request.set_isin(isin.ToString());
  request.set_account(account.account.ToString());
  request.set_cash_account(cash.account.ToString());
  request.set_cash_token(cash.token.ToString());
  request.set_order_reference(reference);
}

}  // namespace

OrderId ImportedOrderId(const Lei& owner, absl::string_view message_id, absl::string_view reference) {
  const Hash hash = crypto::DomainHash(crypto::kImportedOrderTag, owner.text(), message_id, reference);
  return *OrderId::FromBytes(hash.bytes().substr(0, OrderId::kSize));
}

std::optional<ImportedOperation> OrderCompleter::Complete(const OrderDraft& draft) {
  const size_t errors_before = errors_.count();
  std::optional<std::string> message_id, reference, date;
  if (draft.message_id) message_id = ReadText(*draft.message_id, kReferenceBytesMax, errors_);
  if (draft.reference) reference = ReadText(*draft.reference, kReferenceBytesMax, errors_);
  if (reference && reference->size() > kReferenceBytesMax) {
    errors_.Add(draft.reference->place,
                absl::StrCat("has more than the ", kReferenceBytesMax, " bytes that the ledger keeps; shorten it"));
  }
  if (draft.requested_date) date = ReadDate(*draft.requested_date, errors_);
  std::optional<Isin> isin;
  if (draft.isin) isin = ReadIsin(*draft.isin, errors_);
  const KnownClass* share_class = nullptr;
  if (isin) share_class = FindClass(*isin, draft.isin->place);

  bool currencies_sound = true;
  const std::optional<std::string> currency = ReadCurrencies(draft, share_class, currencies_sound);
  const InvestmentAccount* account = nullptr;
  const CashAccount* cash = nullptr;
  if (draft.account) {
    account = accounts_.Find(draft.account->text);
    if (account == nullptr) {
      errors_.Add(draft.account->place, absl::StrCat("the account table has no account ", Quoted(draft.account->text),
                                                     "; add it to the table, or correct the message"));
    } else if (currencies_sound && (draft.cash_account || !draft.names_cash_account)) {
      cash = ChooseCashAccount(draft, *account, currency);
    }
  }
  const std::optional<std::string> quantity = ReadQuantity(draft, share_class, currency);
  const std::optional<std::string> prefunded = ReadPrefunded(draft, currency);
  const std::optional<std::string> fee_discount = ReadFeeDiscount(draft);
  if (account != nullptr && message_id && reference && !seen_.emplace(account->owner, *message_id, *reference).second) {
    errors_.Add(draft.reference->place,
                absl::StrCat(Quoted(*reference), " occurs twice in the message; each order needs its own reference"));
  }
  if (errors_.count() != errors_before || !message_id || !reference || !isin || account == nullptr || cash == nullptr ||
      !quantity) {
    return std::nullopt;
  }

  ImportedOperation imported;
  const OrderId order_id = ImportedOrderId(account->owner, *message_id, *reference);
  if (draft.side == v1::ORDER_SIDE_SUBSCRIPTION) {
    v1::Subscribe& request = *imported.operation.mutable_dealing()->mutable_subscribe();
    Fill(request, order_id, *isin, *account, *cash, *reference);
    draft.kind == QuantityKind::kAmount ? request.set_amount(*quantity) : request.set_units(*quantity);
    if (prefunded) request.set_prefunded_amount(*prefunded);
    if (fee_discount) request.set_fee_discount(*fee_discount);
    if (date) request.set_requested_date(*date);
  } else {
    v1::Redeem& request = *imported.operation.mutable_dealing()->mutable_redeem();
    Fill(request, order_id, *isin, *account, *cash, *reference);
    if (draft.kind == QuantityKind::kAmount) request.set_amount(*quantity);
    if (draft.kind == QuantityKind::kUnits) request.set_units(*quantity);
    if (draft.kind == QuantityKind::kPercentage) request.set_percentage(*quantity);
    if (fee_discount) request.set_fee_discount(*fee_discount);
    if (date) request.set_requested_date(*date);
  }
  imported.source = draft.source;
  imported.line = draft.place.line;
  imported.message_id = *message_id;
  imported.reference = *reference;
  imported.submitter = account->owner.ToString();
  return imported;
}

// Nothing where the classes are not known.
const KnownClass* OrderCompleter::FindClass(const Isin& isin, const Place& place) {
  if (options_.classes.empty()) return nullptr;
  const auto found = options_.classes.find(isin.ToString());
  if (found != options_.classes.end()) return &found->second;
  errors_.Add(place, absl::StrCat(Quoted(isin.text()), " is not a share class of this ledger; correct the ISIN"));
  return nullptr;
}

// The one currency that the order's amounts are in; nothing where it says none and the class is not known.
std::optional<std::string> OrderCompleter::ReadCurrencies(const OrderDraft& draft, const KnownClass* share_class,
                                                          bool& sound) {
  std::optional<std::string> currency;
  if (share_class != nullptr) currency = share_class->currency;
  absl::string_view of = "its class has";
  for (const std::optional<PlacedText>* stated :
       {&draft.quantity_currency, &draft.prefunded_currency, &draft.currency}) {
    if (!*stated) continue;
    const std::optional<CurrencyCode> code = ReadCurrency(**stated, errors_);
    if (!code) {
      sound = false;
      continue;
    }
    if (currency && *currency != code->text()) {
      errors_.Add((*stated)->place, absl::StrCat(Quoted(code->text()), " is another currency than ", of, " (",
                                                 *currency, "); exchange cash before ordering"));
      sound = false;
      continue;
    }
    currency = code->ToString();
    of = "the order's amount has";
  }
  return currency;
}

const CashAccount* OrderCompleter::ChooseCashAccount(const OrderDraft& draft, const InvestmentAccount& account,
                                                     const std::optional<std::string>& currency) {
  std::vector<const CashAccount*> candidates;
  for (const CashAccount& cash : account.cash_accounts) {
    const bool named = !draft.cash_account || cash.external_id == draft.cash_account->text;
    if (named && (draft.cash_account || !currency || cash.currency.text() == *currency)) candidates.push_back(&cash);
  }
  const std::string money = currency ? absl::StrCat(" in ", *currency) : "";
  if (draft.cash_account && (draft.cash_account->text.empty() || candidates.empty())) {
    errors_.Add(draft.cash_account->place,
                absl::StrCat("the account table has no such cash account of ", Quoted(account.external_id),
                             "; add it to the table, or correct the message"));
    return nullptr;
  }
  if (candidates.size() != 1) {
    errors_.Add(draft.account->place,
                absl::StrCat("the account table has ", candidates.size(), " cash accounts", money, " of ",
                             Quoted(account.external_id), ", and one must be meant; ",
                             candidates.empty() ? "add one to the table" : "name it in the message"));
    return nullptr;
  }
  if (currency && candidates[0]->currency.text() != *currency) {
    errors_.Add(draft.cash_account->place, absl::StrCat("the cash account is in ", candidates[0]->currency.text(),
                                                        ", and the order in ", *currency));
    return nullptr;
  }
  return candidates[0];
}

std::optional<std::string> OrderCompleter::ReadQuantity(const OrderDraft& draft, const KnownClass* share_class,
                                                        const std::optional<std::string>& currency) {
  if (!draft.quantity) return std::nullopt;
  const PlacedText& text = *draft.quantity;
  switch (draft.kind) {
    case QuantityKind::kAmount: {
      const std::optional<std::string> amount = ReadPositiveDecimal(text, kAmountDigits, errors_);
      if (amount && currency)
        CheckDecimals(*amount, CurrencyCode::Parse(*currency)->decimals(), *currency, text.place, errors_);
      return amount;
    }
    case QuantityKind::kUnits: {
      const std::optional<std::string> units = ReadPositiveDecimal(text, kUnitDigits, errors_);
      if (units && share_class != nullptr)
        CheckDecimals(*units, share_class->unit_decimals, "a unit of the class", text.place, errors_);
      return units;
    }
    case QuantityKind::kPercentage: {
      const std::optional<std::string> percentage = ReadPositiveDecimal(text, kPercentageDigits, errors_);
      if (!percentage) return std::nullopt;
      CheckDecimals(*percentage, kPercentageDecimals, "a redemption's percentage", text.place, errors_);
      if (Exceeds(*percentage, {Amount::FromMinor(100), 0})) {
        errors_.Add(text.place, absl::StrCat(Quoted(*percentage), " is more than 100 per cent of the holding"));
      }
      return percentage;
    }
  }
  CAUSEWAY_CHECK(false, "an unknown kind of quantity");
}

std::optional<std::string> OrderCompleter::ReadPrefunded(const OrderDraft& draft,
                                                         const std::optional<std::string>& currency) {
  const bool needed = draft.side == v1::ORDER_SIDE_SUBSCRIPTION && draft.kind == QuantityKind::kUnits;
  if (!draft.prefunded) {
    if (needed && draft.quantity) {
      errors_.Add(draft.quantity->place,
                  "a subscription by units must also state the cash to block for it (SttlmAmt, prefunded_amount): the "
                  "units at the highest "
                  "price that may come, with their fee");
    }
    return std::nullopt;
  }
  if (!needed) {
    errors_.Add(draft.prefunded->place, "only a subscription by units states cash to block; leave it out");
    return std::nullopt;
  }
  const std::optional<std::string> amount = ReadPositiveDecimal(*draft.prefunded, kAmountDigits, errors_);
  if (amount && currency)
    CheckDecimals(*amount, CurrencyCode::Parse(*currency)->decimals(), *currency, draft.prefunded->place, errors_);
  return amount;
}

std::optional<std::string> OrderCompleter::ReadFeeDiscount(const OrderDraft& draft) {
  if (!draft.fee_discount) return std::nullopt;
  const std::optional<std::string> text = ReadPositiveDecimal(*draft.fee_discount, kPercentageDigits, errors_);
  if (!text) return std::nullopt;
  const int shift = draft.fee_discount_in_per_cent ? 2 : 0;
  if (Exceeds(*text, {Amount::FromMinor(shift == 2 ? 100 : 1), 0})) {
    errors_.Add(draft.fee_discount->place, absl::StrCat(Quoted(*text), " is more than the whole fee"));
    return std::nullopt;
  }
  Decimal discount = *ParseDecimal(*text);
  discount.decimals += shift;
  return FormatDecimal(discount);
}

}  // namespace causeway::iso20022
