// SPDX-License-Identifier: Apache-2.0
// setr.010.001.04 and setr.004.001.04: several orders of one investment account in one message.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "node/iso20022/element_reader.h"
#include "node/iso20022/messages.h"
#include "node/iso20022/order_draft.h"
#include "node/iso20022/values.h"

namespace causeway::iso20022 {
namespace {

// Reads one message; the two differ in little.
class OrderMessageReader {
 public:
  OrderMessageReader(v1::OrderSide side, const AccountTable& accounts, ImportErrors& errors, OrderCompleter& completer)
      : side_(side), accounts_(accounts), errors_(errors), completer_(completer) {}

  void Read(const XmlElement& document, std::vector<ImportedOperation>& operations) {
    ElementReader root(&document, errors_);
    ElementReader message(root.Required(subscription() ? "SbcptOrdr" : "RedOrdr"), errors_);
    OrderDraft shared;
    shared.side = side_;
    {
      ElementReader id(message.Required("MsgId"), errors_);
      shared.message_id = id.RequiredText("Id");
      id.InformativeDateTime("CreDtTm", true);
    }
    ElementReader orders(message.Required("MltplOrdrDtls"), errors_);
    orders.InformativeDateTime("OrdrDtTm");
    shared.requested_date = orders.OptionalText("ReqdFutrTradDt");
    ReadAccount(orders.Required("InvstmtAcctDtls"), shared);
    orders.DropPersonalData({"BnfcryDtls"});
    const std::vector<const XmlElement*> elements = orders.Repeated("IndvOrdrDtls");
    if (elements.empty()) orders.Fail("lacks IndvOrdrDtls: a message carries one order at least");
    for (const XmlElement* element : elements) {
      OrderDraft draft = shared;
      ReadOrder(*element, draft);
      if (std::optional<ImportedOperation> imported = completer_.Complete(draft))
        operations.push_back(*std::move(imported));
      // What all orders share is wrong once, not once an order.
      Forget(shared, draft);
    }
  }

 private:
  bool subscription() const { return side_ == v1::ORDER_SIDE_SUBSCRIPTION; }

  // After the first order: a shared value that was refused is not looked at again.
  void Forget(OrderDraft& shared, const OrderDraft& draft) {
    ImportErrors unseen;
    if (shared.message_id && !ReadText(*draft.message_id, kMax35Text, unseen)) shared.message_id.reset();
    if (shared.requested_date && !ReadDate(*draft.requested_date, unseen)) shared.requested_date.reset();
    if (shared.account && accounts_.Find(draft.account->text) == nullptr) shared.account.reset();
  }

  void ReadAccount(const XmlElement* element, OrderDraft& draft) {
    ElementReader account(element, errors_);
    draft.account = account.RequiredText("AcctId");
    account.DropPersonalData({"AcctNm", "AcctDsgnt"});
    const XmlElement* owner_element = account.Optional("OwnrId");
    if (owner_element == nullptr) return;
    ElementReader owner(owner_element, errors_);
    CheckOwner(owner.OptionalText("LEI"), draft);
    const XmlElement* party_element = owner.Optional("Pty");
    if (party_element == nullptr) return;
    ElementReader party(party_element, errors_);
    party.DropPersonalData({"NmAndAdr"});
    const XmlElement* proprietary_element = party.Optional("PrtryId");
    if (proprietary_element == nullptr) return;
    ElementReader proprietary(proprietary_element, errors_);
    proprietary.Check("SchmeNm", "LEI", "an owner is known by its LEI", true);
    CheckOwner(proprietary.RequiredText("Id"), draft);
  }

  void CheckOwner(const std::optional<PlacedText>& lei, const OrderDraft& draft) {
    if (!lei || !ReadLei(*lei, errors_) || !draft.account) return;
    const InvestmentAccount* account = accounts_.Find(draft.account->text);
    if (account != nullptr && account->owner.text() != lei->text) {
      errors_.Add(lei->place, absl::StrCat(Quoted(lei->text), " is not the owner of ", Quoted(account->external_id),
                                           " by the account table (", account->owner.text(), ")"));
    }
  }

  void ReadOrder(const XmlElement& element, OrderDraft& draft) {
    draft.place = PlaceOf(element);
    draft.source = element.path;
    ElementReader order(&element, errors_);
    draft.reference = order.RequiredText("OrdrRef");
    ReadInstrument(order.Required("FinInstrmDtls"), draft);
    ReadQuantity(order.Required(subscription() ? "AmtOrUnits" : "AmtOrUnitsOrPctg"), draft);
    if (subscription()) {
      if (std::optional<ElementReader::Money> settlement = order.OptionalMoney("SttlmAmt")) {
        draft.prefunded = std::move(settlement->amount);
        draft.prefunded_currency = std::move(settlement->currency);
      }
    }
    order.Check("SttlmMtd", "APMT", "units are delivered against payment");
    order.Check("PhysDlvryInd", "false", "units have no certificates", true);
    draft.currency = order.OptionalText("ReqdSttlmCcy");
    if (const XmlElement* overhead = order.Optional("TxOvrhd")) ReadFeeDiscount(*overhead, draft);
    if (const XmlElement* settlement = order.Optional("CshSttlmDtls")) ReadCashAccount(*settlement, draft);
  }

  void ReadInstrument(const XmlElement* element, OrderDraft& draft) {
    ElementReader instrument(element, errors_);
    instrument.InformativeText("Nm", kMax350Text);
    instrument.InformativeText("ShrtNm", kMax35Text);
    ElementReader id(instrument.Required("Id"), errors_);
    draft.isin = id.RequiredText("ISIN");
  }

  void ReadQuantity(const XmlElement* element, OrderDraft& draft) {
    ElementReader choice(element, errors_);
    const int chosen = choice.Has("GrssAmt") + choice.Has("UnitsNb") + (!subscription() && choice.Has("HldgsRedRate"));
    if (choice.present() && chosen != 1) {
      choice.Fail(absl::StrCat("must hold one of ",
                               subscription() ? "UnitsNb and GrssAmt" : "UnitsNb, GrssAmt and HldgsRedRate"));
    }
    if (std::optional<ElementReader::Money> amount = choice.OptionalMoney("GrssAmt")) {
      draft.kind = QuantityKind::kAmount;
      draft.quantity = std::move(amount->amount);
      draft.quantity_currency = std::move(amount->currency);
    }
    if (std::optional<PlacedText> units = choice.OptionalText("UnitsNb")) {
      draft.kind = QuantityKind::kUnits;
      draft.quantity = std::move(units);
    }
    if (!subscription()) {
      if (std::optional<PlacedText> percentage = choice.OptionalText("HldgsRedRate")) {
        draft.kind = QuantityKind::kPercentage;
        draft.quantity = std::move(percentage);
      }
    }
    if (chosen != 1) draft.quantity.reset();
  }

  void ReadFeeDiscount(const XmlElement& element, OrderDraft& draft) {
    ElementReader overhead(&element, errors_);
    ElementReader fee(overhead.Required("IndvFee"), errors_);
    {
      ElementReader type(fee.Required("Tp"), errors_);
      if (subscription()) {
        type.Check("Cd", "FEND", "a subscription has an entry fee only", true);
      } else {
        type.Check("Cd", "BEND", "a redemption has an exit fee only", true);
      }
    }
    ElementReader discount(fee.Required("DscntDtls"), errors_);
    draft.fee_discount = discount.RequiredText("Rate");
    draft.fee_discount_in_per_cent = true;
  }

  void ReadCashAccount(const XmlElement& element, OrderDraft& draft) {
    ElementReader settlement(&element, errors_);
    ElementReader instrument(settlement.Required("PmtInstrm"), errors_);
    draft.names_cash_account = true;
    const int chosen = instrument.Has("CshAcctDtls") + (!subscription() && instrument.Has("CdtTrfDtls"));
    if (chosen != 1)
      instrument.Fail(subscription() ? "must hold CshAcctDtls" : "must hold one of CshAcctDtls and CdtTrfDtls");
    if (const XmlElement* cash = instrument.Optional("CshAcctDtls")) {
      ElementReader account(cash, errors_);
      draft.cash_account = account.RequiredText("AcctId");
    }
    if (!subscription()) {
      if (const XmlElement* transfer = instrument.Optional("CdtTrfDtls")) ReadCreditTransfer(*transfer, draft);
    }
  }

  void ReadCreditTransfer(const XmlElement& element, OrderDraft& draft) {
    ElementReader transfer(&element, errors_);
    transfer.DropPersonalData({"Cdtr"});
    if (const XmlElement* agent_element = transfer.Optional("CdtrAgt")) {
      ElementReader agent(agent_element, errors_);
      if (const std::optional<PlacedText> lei = agent.OptionalText("LEI")) ReadLei(*lei, errors_);
      if (const XmlElement* party_element = agent.Optional("Pty")) {
        ElementReader party(party_element, errors_);
        party.InformativeText("BICFI", 11, true);
      }
    }
    ElementReader account(transfer.Required("CdtrAcct"), errors_);
    account.DropPersonalData({"Nm"});
    ElementReader id(account.Required("Id"), errors_);
    const std::optional<PlacedText> iban = id.OptionalText("IBAN");
    std::optional<PlacedText> other;
    if (const XmlElement* other_element = id.Optional("Othr")) {
      ElementReader reader(other_element, errors_);
      other = reader.RequiredText("Id");
    }
    if (id.present() && iban.has_value() == other.has_value()) id.Fail("must hold one of IBAN and Othr");
    draft.cash_account = iban ? iban : other;
  }

  const v1::OrderSide side_;
  const AccountTable& accounts_;
  ImportErrors& errors_;
  OrderCompleter& completer_;
};

}  // namespace

void ReadSubscriptionOrders(const XmlElement& document, const AccountTable& accounts, const ReadOptions& options,
                            std::vector<ImportedOperation>& operations, ImportErrors& errors) {
  OrderCompleter completer(accounts, options, errors);
  OrderMessageReader(v1::ORDER_SIDE_SUBSCRIPTION, accounts, errors, completer).Read(document, operations);
}

void ReadRedemptionOrders(const XmlElement& document, const AccountTable& accounts, const ReadOptions& options,
                          std::vector<ImportedOperation>& operations, ImportErrors& errors) {
  OrderCompleter completer(accounts, options, errors);
  OrderMessageReader(v1::ORDER_SIDE_REDEMPTION, accounts, errors, completer).Read(document, operations);
}

}  // namespace causeway::iso20022
