# SPDX-License-Identifier: Apache-2.0
"""ISO 20022 messages as their senders would write them: setr.010.001.04, setr.004.001.04 and reda.001.001.04.

Each function returns the bytes of one document that is valid against its schema. Amounts are decimal text, times RFC 3339 in UTC.
"""
from xml.sax.saxutils import escape


class Writer:
    """An indented document; `with writer.element(name):` opens and closes."""

    def __init__(self, namespace):
        self.lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<Document xmlns="{namespace}">']
        self.depth = 1

    def leaf(self, name, text, **attributes):
        written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
        self.lines.append(f"{' ' * self.depth}<{name}{written}>{escape(text)}</{name}>")

    def open(self, *names):
        for name in names:
            self.lines.append(f"{' ' * self.depth}<{name}>")
            self.depth += 1

    def close(self, *names):
        for name in names:
            self.depth -= 1
            self.lines.append(f"{' ' * self.depth}</{name}>")

    def finish(self):
        return ("\n".join(self.lines + ["</Document>"]) + "\n").encode()


def orders(side, message_id, created, account, date, orders):
    """Orders of one investment account: setr.010 for subscriptions, setr.004 for redemptions."""
    subscription = side == "SUBSCRIPTION"
    writer = Writer(f"urn:iso:std:iso:20022:tech:xsd:{'setr.010.001.04' if subscription else 'setr.004.001.04'}")
    root = "SbcptOrdr" if subscription else "RedOrdr"
    writer.open(root, "MsgId")
    writer.leaf("Id", message_id)
    writer.leaf("CreDtTm", created)
    writer.close("MsgId")
    writer.open("MltplOrdrDtls")
    writer.leaf("OrdrDtTm", created)
    writer.leaf("ReqdFutrTradDt", date)
    writer.open("InvstmtAcctDtls")
    writer.leaf("AcctId", account)
    writer.close("InvstmtAcctDtls")
    for order in orders:
        writer.open("IndvOrdrDtls")
        writer.leaf("OrdrRef", order["reference"])
        writer.open("FinInstrmDtls", "Id")
        writer.leaf("ISIN", order["isin"])
        writer.close("Id", "FinInstrmDtls")
        quantity = "AmtOrUnits" if subscription else "AmtOrUnitsOrPctg"
        writer.open(quantity)
        if order["kind"] == "AMOUNT":
            writer.leaf("GrssAmt", order["quantity"], Ccy=order["currency"])
        elif order["kind"] == "UNITS":
            writer.leaf("UnitsNb", order["quantity"])
        else:
            writer.leaf("HldgsRedRate", order["quantity"])
        writer.close(quantity)
        if order["prefunded"]:
            writer.leaf("SttlmAmt", order["prefunded"], Ccy=order["currency"])
        writer.leaf("PhysDlvryInd", "false")
        writer.leaf("ReqdSttlmCcy", order["currency"])
        writer.close("IndvOrdrDtls")
    writer.close("MltplOrdrDtls", root)
    return writer.finish()


def price_report(message_id, created, isin, currency, date, valuation, net_assets, units, price):
    """The price of one class for one dealing day."""
    writer = Writer("urn:swift:xsd:reda.001.001.04")  # this version keeps the namespace of before
    writer.open("PricRpt", "MsgId")
    writer.leaf("Id", message_id)
    writer.leaf("CreDtTm", created)
    writer.close("MsgId")
    writer.open("MsgPgntn")
    writer.leaf("PgNb", "1")
    writer.leaf("LastPgInd", "true")
    writer.close("MsgPgntn")
    writer.leaf("PricRptId", message_id)
    writer.leaf("Fctn", "NEWP")
    writer.open("PricValtnDtls", "ValtnDtTm")
    writer.leaf("DtTm", valuation)
    writer.close("ValtnDtTm")
    writer.open("NAVDtTm")
    writer.leaf("Dt", date)
    writer.close("NAVDtTm")
    writer.open("FinInstrmDtls", "Id")
    writer.leaf("ISIN", isin)
    writer.close("Id")
    writer.leaf("DualFndInd", "false")
    writer.close("FinInstrmDtls")
    writer.leaf("TtlNAV", net_assets, Ccy=currency)
    writer.open("TtlUnitsNb")
    writer.leaf("Unit", units)
    writer.close("TtlUnitsNb")
    writer.leaf("ValtnTp", "USUA")
    writer.leaf("OffclValtnInd", "true")
    writer.leaf("SspdInd", "false")
    writer.open("PricDtls")
    writer.leaf("Tp", "NAVL")
    writer.open("ValInInvstmtCcy")
    writer.leaf("Amt", price, Ccy=currency)
    writer.close("ValInInvstmtCcy")
    writer.leaf("ForExctnInd", "true")
    writer.leaf("CumDvddInd", "false")
    writer.leaf("EstmtdPricInd", "false")
    writer.close("PricDtls", "PricValtnDtls", "PricRpt")
    return writer.finish()
