// SPDX-License-Identifier: Apache-2.0
// reda.001.001.04: the price of a class for a dealing day, with the net assets and units that it comes from.
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "node/iso20022/element_reader.h"
#include "node/iso20022/messages.h"
#include "node/iso20022/values.h"

namespace causeway::iso20022 {
namespace {

class PriceReportReader {
 public:
  PriceReportReader(const ReadOptions& options, ImportErrors& errors) : options_(options), errors_(errors) {}

  void Read(const XmlElement& document, std::vector<ImportedOperation>& operations) {
    ElementReader root(&document, errors_);
    ElementReader message(root.Required("PricRpt"), errors_);
    {
      ElementReader id(message.Required("MsgId"), errors_);
      const std::optional<PlacedText> text = id.RequiredText("Id");
      if (text) message_id_ = ReadText(*text, kMax35Text, errors_).value_or("");
      id.InformativeDateTime("CreDtTm", true);
    }
    {
      ElementReader page(message.Required("MsgPgntn"), errors_);
      page.Check("PgNb", "1", "send the report in one page", true);
      page.Check("LastPgInd", "true", "send the report in one page", true);
    }
    if (const std::optional<PlacedText> text = message.RequiredText("PricRptId")) {
      report_id_ = ReadText(*text, kMax35Text, errors_).value_or("");
    }
    message.Check("Fctn", "NEWP", "a price that was attested is not replaced by a report", true);
    const std::vector<const XmlElement*> valuations = message.Repeated("PricValtnDtls");
    if (valuations.empty()) message.Fail("lacks PricValtnDtls: a report carries one price at least");
    for (const XmlElement* element : valuations) ReadValuation(*element, operations);
  }

 private:
  void ReadValuation(const XmlElement& element, std::vector<ImportedOperation>& operations) {
    const size_t errors_before = errors_.count();
    ElementReader valuation(&element, errors_);
    CheckForm(valuation);
    std::optional<std::string> date;
    {
      ElementReader choice(valuation.Required("NAVDtTm"), errors_);
      if (const std::optional<PlacedText> text = choice.RequiredText("Dt")) date = ReadDate(*text, errors_);
    }
    std::optional<PlacedText> denomination;
    const std::optional<Isin> isin = ReadInstrument(valuation.Required("FinInstrmDtls"), denomination);
    const std::optional<ElementReader::Money> net_assets = valuation.RequiredMoney("TtlNAV");
    std::optional<PlacedText> units;
    {
      ElementReader quantity(valuation.Required("TtlUnitsNb"), errors_);
      units = quantity.RequiredText("Unit");
    }
    const std::optional<ElementReader::Money> price = ReadPrice(valuation.Required("PricDtls"));

    const KnownClass* share_class = isin ? FindClass(*isin, element) : nullptr;
    const std::optional<std::string> currency = ReadCurrencies(
        share_class, denomination, net_assets ? &net_assets->currency : nullptr, price ? &price->currency : nullptr);
    v1::Operation operation;
    v1::AttestPrice& attest = *operation.mutable_dealing()->mutable_attest_price();
    if (net_assets) {
      const std::optional<std::string> value = ReadDecimal(net_assets->amount, kAmountDigits, errors_);
      if (value && currency) {
        CheckDecimals(*value, CurrencyCode::Parse(*currency)->decimals(), *currency, net_assets->amount.place, errors_);
      }
      attest.set_net_assets(value.value_or(""));
    }
    if (units) {
      const std::optional<std::string> value = ReadDecimal(*units, kUnitDigits, errors_);
      if (value && share_class != nullptr) {
        CheckDecimals(*value, share_class->unit_decimals, "a unit of the class", units->place, errors_);
      }
      attest.set_units(value.value_or(""));
    }
    if (price) {
      const std::optional<std::string> value = ReadPositiveDecimal(price->amount, kPriceDigits, errors_);
      if (value && share_class != nullptr) {
        CheckDecimals(*value, share_class->price_decimals, "a price of the class", price->amount.place, errors_);
      }
      attest.set_price(value.value_or(""));
    }
    if (isin && date && !seen_.emplace(isin->ToString(), *date).second) {
      errors_.Add(PlaceOf(element), absl::StrCat("is a second price of ", isin->text(), " for ", *date, "; send one"));
    }
    if (errors_.count() != errors_before) return;
    attest.set_isin(isin->ToString());
    attest.set_dealing_date(*date);
    operations.push_back({std::move(operation), element.path, element.line, message_id_, report_id_, ""});
  }

  // What must be so for the price to be one that the ledger can attest.
  void CheckForm(ElementReader& valuation) {
    valuation.InformativeText("Id", kMax35Text);
    valuation.InformativeDateOrDateTime("ValtnDtTm");
    valuation.InformativeDateOrDateTime("NxtValtnDtTm");
    valuation.InformativeDateOrDateTime("PrvsValtnDtTm");
    valuation.InformativeText("ValtnFrqcy", 4);
    valuation.Check("ValtnTp", "USUA", "only the valuation of a dealing day is attested", true);
    valuation.Check("OffclValtnInd", "true", "only an official valuation is attested", true);
    valuation.Check("SspdInd", "false", "a suspension is an operation of its own", true);
  }

  std::optional<Isin> ReadInstrument(const XmlElement* element, std::optional<PlacedText>& denomination) {
    ElementReader instrument(element, errors_);
    instrument.InformativeText("Nm", kMax350Text);
    instrument.InformativeText("DstrbtnPlcy", 4);
    instrument.Check("DualFndInd", "false", "classes have a single price", true);
    denomination = instrument.OptionalText("DnmtnCcy");
    ElementReader id(instrument.Required("Id"), errors_);
    const std::optional<PlacedText> isin = id.RequiredText("ISIN");
    if (!isin) return std::nullopt;
    return ReadIsin(*isin, errors_);
  }

  std::optional<ElementReader::Money> ReadPrice(const XmlElement* element) {
    ElementReader price(element, errors_);
    price.Check("Tp", "NAVL", "classes have a single price, the net asset value", true);
    price.Check("PricMtd", "FORW", "orders are dealt at a price that is not known yet");
    price.Check("ForExctnInd", "true", "only a price at which orders are dealt is attested", true);
    price.Check("EstmtdPricInd", "false", "only a final price is attested", true);
    price.InformativeFlag("CumDvddInd", true);
    ElementReader value(price.Required("ValInInvstmtCcy"), errors_);
    return value.RequiredMoney("Amt");
  }

  const KnownClass* FindClass(const Isin& isin, const XmlElement& element) {
    if (options_.classes.empty()) return nullptr;
    const auto found = options_.classes.find(isin.ToString());
    if (found != options_.classes.end()) return &found->second;
    errors_.Add(PlaceOf(element),
                absl::StrCat(Quoted(isin.text()), " is not a share class of this ledger; correct the ISIN"));
    return nullptr;
  }

  // The one currency of the valuation.
  std::optional<std::string> ReadCurrencies(const KnownClass* share_class,
                                            const std::optional<PlacedText>& denomination, const PlacedText* net_assets,
                                            const PlacedText* price) {
    std::optional<std::string> currency;
    if (share_class != nullptr) currency = share_class->currency;
    for (const PlacedText* stated : {denomination ? &*denomination : nullptr, net_assets, price}) {
      if (stated == nullptr) continue;
      const std::optional<CurrencyCode> code = ReadCurrency(*stated, errors_);
      if (!code) continue;
      if (currency && *currency != code->text()) {
        errors_.Add(stated->place, absl::StrCat(Quoted(code->text()), " is not the currency of the class, ", *currency,
                                                "; net assets and price are stated in it"));
        continue;
      }
      currency = code->ToString();
    }
    return currency;
  }

  const ReadOptions& options_;
  ImportErrors& errors_;
  std::string message_id_, report_id_;
  // Class and dealing day.
  std::set<std::pair<std::string, std::string>> seen_;
};

}  // namespace

void ReadPriceReport(const XmlElement& document, const ReadOptions& options, std::vector<ImportedOperation>& operations,
                     ImportErrors& errors) {
  PriceReportReader(options, errors).Read(document, operations);
}

}  // namespace causeway::iso20022
