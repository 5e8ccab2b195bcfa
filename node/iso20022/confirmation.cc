// SPDX-License-Identifier: Apache-2.0
#include "node/iso20022/confirmation.h"

#include "absl/strings/str_cat.h"

#include "ledger/base/bytes.h"
#include "node/iso20022/values.h"
#include "node/iso20022/xml_writer.h"

namespace causeway::iso20022 {
namespace {

constexpr absl::string_view kSubscriptionConfirmation = "urn:iso:std:iso:20022:tech:xsd:setr.012.001.05";
constexpr absl::string_view kRedemptionConfirmation = "urn:iso:std:iso:20022:tech:xsd:setr.006.001.05";

class ConfirmationWriter {
 public:
  ConfirmationWriter(const v1::Order& order, const Confirmation& confirmation)
      : order_(order),
        confirmation_(confirmation),
        writer_(subscription() ? kSubscriptionConfirmation : kRedemptionConfirmation) {}

  absl::StatusOr<std::string> Write() {
    writer_.Open(root());
    {
      const XmlScope id(writer_, "MsgId");
      writer_.Text("Id", confirmation_.message_id, kMax35Text);
      writer_.Time("CreDtTm", confirmation_.created);
    }
    if (!confirmation_.related_message_id.empty()) {
      const XmlScope related(writer_, "RltdRef");
      writer_.Text("Ref", confirmation_.related_message_id, kMax35Text);
    }
    {
      const XmlScope executions(writer_, "MltplExctnDtls");
      writer_.Time("RcvdDtTm", Instant::FromMicros(order_.received_us()));
      {
        const XmlScope account(writer_, "InvstmtAcctDtls");
        writer_.Text("AcctId", confirmation_.account, kMax35Text);
        writer_.Party("OwnrId", order_.owner());
      }
      WriteExecution();
    }
    WriteRest("ResidualAmount", execution().residual_amount());
    WriteRest("Residue", execution().residue());
    return writer_.Finish();
  }

 private:
  bool subscription() const { return order_.side() == v1::ORDER_SIDE_SUBSCRIPTION; }
  absl::string_view root() const { return subscription() ? "SbcptOrdrConf" : "RedOrdrConf"; }
  const v1::Execution& execution() const { return order_.execution(); }
  const std::string& currency() const { return confirmation_.currency; }

  // In the order that the schemas demand.
  void WriteExecution() {
    const XmlScope scope(writer_, "IndvExctnDtls");
    writer_.Text("OrdrRef", order_.order_reference(), kMax35Text);
    writer_.Text("DealRef", BytesToHex(order_.order_id()), kMax35Text);
    {
      const XmlScope instrument(writer_, "FinInstrmDtls");
      {
        const XmlScope id(writer_, "Id");
        writer_.Code("ISIN", order_.isin());
      }
      writer_.Text("Nm", confirmation_.class_name, kMax350Text);
    }
    writer_.Number("UnitsNb", execution().units(), 18, 17);
    writer_.Money("NetAmt", execution().net_amount(), currency());
    writer_.Money("GrssAmt", execution().gross_amount(), currency());
    if (!subscription() && !order_.percentage().empty()) writer_.Number("HldgsRedRate", order_.percentage(), 11, 10);
    {
      const XmlScope trade(writer_, "TradDtTm");
      writer_.Date("Dt", order_.dealing_date());
    }
    {
      const XmlScope price(writer_, "DealgPricDtls");
      {
        const XmlScope type(writer_, "Tp");
        writer_.Code("Cd", "NAVL");
      }
      {
        const XmlScope value(writer_, "Val");
        writer_.Number("Amt", execution().price(), 18, 13, currency());
      }
      writer_.Code("PricMtd", "FORW");
    }
    // What is paid: by the investor, with the fee; to the investor, without.
    writer_.Money("SttlmAmt", subscription() ? execution().gross_amount() : execution().net_amount(), currency());
    if (!confirmation_.cash_settlement_date.empty()) writer_.Date("CshSttlmDt", confirmation_.cash_settlement_date);
    writer_.Code("SttlmMtd", "APMT");
    writer_.Code("PrtlyExctdInd", "false");
    writer_.Code("CumDvddInd", "false");
    WriteFee();
    writer_.Code("PhysDlvryInd", "false");
    writer_.Code("ReqdSttlmCcy", currency());
    WriteFundCompany();
  }

  void WriteFee() {
    const XmlScope overhead(writer_, "TxOvrhd");
    writer_.Money("TtlFees", execution().fee_amount(), currency());
    const XmlScope fee(writer_, "IndvFee");
    {
      const XmlScope type(writer_, "Tp");
      writer_.Code("Cd", subscription() ? "FEND" : "BEND");
    }
    writer_.Money("ApldAmt", execution().fee_amount(), currency());
    writer_.Code("InftvInd", "false");
  }

  void WriteFundCompany() {
    const XmlScope related(writer_, "RltdPtyDtls");
    writer_.Party("Id", confirmation_.fund_company);
    const XmlScope role(writer_, "Role");
    writer_.Code("Cd", "FMCO");
  }

  // An extension names the place that it extends.
  void WriteRest(absl::string_view name, const std::string& amount) {
    const XmlScope extension(writer_, "Xtnsn");
    writer_.Text("PlcAndNm",
                 absl::StrCat("/Document/", root(), "/MltplExctnDtls/IndvExctnDtls[1]/", name, "/", currency()),
                 kMax350Text);
    writer_.Text("Txt", amount.empty() ? "0" : amount, kMax350Text);
  }

  const v1::Order& order_;
  const Confirmation& confirmation_;
  XmlWriter writer_;
};

}  // namespace

absl::StatusOr<std::string> WriteConfirmation(const v1::Order& order, const Confirmation& confirmation) {
  if (!order.has_execution()) {
    return absl::FailedPreconditionError(
        absl::StrCat("order ", order.order_reference(), " has no execution yet, so there is nothing to confirm"));
  }
  return ConfirmationWriter(order, confirmation).Write();
}

}  // namespace causeway::iso20022
