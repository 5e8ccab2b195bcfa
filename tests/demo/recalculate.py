#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Works out every confirmation of a demo run again, from the order messages, the price reports and the prospectus alone.

It shares no code with the ledger and none with the generator: orders are read from their XML, prices from theirs, the terms of each class
from setup.json, and the arithmetic is the prospectus's (units and cash round toward the fund, fees away from zero, one rounding a
quantity). It then demands that each confirmation (setr.012, setr.006) states these figures to the last digit, that each order has either
a confirmation or an acknowledgement that rejects it, and that nothing is confirmed that was not ordered.

Example: tests/demo/recalculate.py --data deploy/demo-data --run DIR

Ends with 0 when all agree, 1 when something differs (each difference is named), 2 on wrong usage.
"""
import argparse
import json
import pathlib
import sys
import xml.etree.ElementTree
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext

EXACT = {"DOWN": ROUND_FLOOR, "UP": ROUND_CEILING, "HALF_UP": ROUND_HALF_UP}


# --- Reading XML without its namespaces.

def name_of(element):
    return element.tag.rsplit("}", 1)[-1]


def children(element, name):
    return [child for child in element if name_of(child) == name]


def find(element, path):
    """The only element at the path; None where there is none."""
    for step in path.split("/"):
        found = children(element, step)
        if not found:
            return None
        if len(found) > 1:
            raise ValueError(f"{path}: {len(found)} of {step}")
        element = found[0]
    return element


def text(element, path):
    found = find(element, path)
    return None if found is None else found.text


def document(path):
    return list(xml.etree.ElementTree.parse(path).getroot())[0]


# --- What was ordered, at what price.

def read_orders(data, schedule):
    orders = []
    for day in schedule["days"]:
        for delivery in day["deliveries"]:
            for name in delivery["files"]:
                message = document(data / name)
                side = {"SbcptOrdr": "SUBSCRIPTION", "RedOrdr": "REDEMPTION"}[name_of(message)]
                details = find(message, "MltplOrdrDtls")
                for order in children(details, "IndvOrdrDtls"):
                    quantity = list(find(order, "AmtOrUnits" if side == "SUBSCRIPTION" else "AmtOrUnitsOrPctg"))[0]
                    orders.append({"message": text(message, "MsgId/Id"), "reference": text(order, "OrdrRef"), "account": text(details, "InvstmtAcctDtls/AcctId"),
                                   "isin": text(order, "FinInstrmDtls/Id/ISIN"), "side": side, "date": text(details, "ReqdFutrTradDt"),
                                   "kind": {"GrssAmt": "AMOUNT", "UnitsNb": "UNITS", "HldgsRedRate": "PERCENTAGE"}[name_of(quantity)],
                                   "quantity": Decimal(quantity.text)})
    return orders


def read_prices(data, schedule):
    prices = {}
    for day in schedule["days"]:
        for name in day["prices"]:
            valuation = find(document(data / name), "PricValtnDtls")
            isin, date = text(valuation, "FinInstrmDtls/Id/ISIN"), text(valuation, "NAVDtTm/Dt")
            price, units, net = (Decimal(text(valuation, p)) for p in ("PricDtls/ValInInvstmtCcy/Amt", "TtlUnitsNb/Unit", "TtlNAV"))
            prices[(isin, date)] = {"price": price, "units": units, "net_assets": net}
    return prices


def read_classes(data):
    classes = {}
    for step in json.loads((data / "setup.json").read_text()):
        for operation in step["operations"]:
            request = operation.get("instruments", {}).get("set_share_class")
            if request:
                classes[request["isin"]] = request["share_class"]
    return classes


# --- The prospectus's arithmetic.

def rounded(value, decimals, mode):
    return value.quantize(Decimal(1).scaleb(-decimals), EXACT[mode])


def quotient(numerator, denominator, decimals, mode):
    """One rounding: the quotient is taken with more digits than any tie or boundary can hide in."""
    with localcontext() as context:
        context.prec = 120
        return rounded(numerator / denominator, decimals, mode)


def fee_of(terms, side):
    for fee in terms["fees"]:
        if fee["side"] == side:
            return fee["basis"], Decimal(fee["rate"])
    return None, Decimal(0)


def fee_within(terms, side, gross):
    basis, rate = fee_of(terms, side)
    mode = terms["roundings"]["fee"]
    if basis == "NEAM":
        return quotient(gross * rate, 1 + rate, 2, mode)
    return rounded(gross * rate, 2, mode)


def fee_on_top(terms, side, net):
    basis, rate = fee_of(terms, side)
    mode = terms["roundings"]["fee"]
    if basis == "GRAM":
        return quotient(net * rate, 1 - rate, 2, mode)
    return rounded(net * rate, 2, mode)


def deal(terms, order, price, held):
    """{gross, fee, net, units, residual} of an order at its price."""
    rounding, unit_decimals = terms["roundings"], terms["unit_decimals"]
    if order["side"] == "SUBSCRIPTION" and order["kind"] == "AMOUNT":
        gross = order["quantity"]
        fee = fee_within(terms, "ENTRY", gross)
        units = quotient(gross - fee, price, unit_decimals, rounding["units_issued"])
        net = rounded(units * price, 2, rounding["cash_received"])
        return {"gross": gross, "fee": fee, "net": net, "units": units, "residual": gross - fee - net}
    if order["side"] == "SUBSCRIPTION":
        units = order["quantity"]
        net = rounded(units * price, 2, rounding["cash_received"])
        fee = fee_on_top(terms, "ENTRY", net)
        return {"gross": net + fee, "fee": fee, "net": net, "units": units, "residual": Decimal(0)}
    if order["kind"] == "AMOUNT":
        gross = order["quantity"]
        units = quotient(gross, price, unit_decimals, rounding["units_cancelled"])
    else:
        units = order["quantity"]
        if order["kind"] == "PERCENTAGE":
            units = quotient(held * order["quantity"], Decimal(100), unit_decimals, "DOWN")
        gross = rounded(units * price, 2, rounding["cash_paid"])
    fee = fee_within(terms, "EXIT", gross)
    return {"gross": gross, "fee": fee, "net": gross - fee, "units": units, "residual": Decimal(0)}


# --- What the run wrote.

def read_confirmations(run):
    """By (account, order reference)."""
    confirmations = {}
    for path in sorted((run / "out" / "confirmations").glob("*.xml")):
        message = document(path)
        details = find(message, "MltplExctnDtls")
        account = text(details, "InvstmtAcctDtls/AcctId")
        for execution in children(details, "IndvExctnDtls"):
            key = (account, text(execution, "OrdrRef"))
            if key in confirmations:
                raise ValueError(f"{path.name}: {key} is confirmed twice")
            fees = [Decimal(amount.text) for amount in execution.iter() if name_of(amount) == "ApldAmt"]
            residual = [Decimal(text(x, "Txt")) for x in children(message, "Xtnsn") if "/ResidualAmount/" in text(x, "PlcAndNm")]
            confirmations[key] = {
                "file": path.name, "isin": text(execution, "FinInstrmDtls/Id/ISIN"), "units": Decimal(text(execution, "UnitsNb")),
                "gross": Decimal(text(execution, "GrssAmt")), "net": Decimal(text(execution, "NetAmt")), "fee": sum(fees, Decimal(0)), "residual": sum(residual, Decimal(0)),
                "price": Decimal(next(e for e in find(execution, "DealgPricDtls").iter() if name_of(e) == "Amt").text)}
    return confirmations


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=pathlib.Path, help="the demo's input")
    parser.add_argument("--run", required=True, type=pathlib.Path, help="the folder of a demo run")
    arguments = parser.parse_args()
    schedule = json.loads((arguments.data / "schedule.json").read_text())
    classes, prices = read_classes(arguments.data), read_prices(arguments.data, schedule)
    orders, confirmations = read_orders(arguments.data, schedule), read_confirmations(arguments.run)
    refused = {(r["reference"], r["code"]) for r in schedule["refused"]}
    differences, seen, held, dealt = [], set(), {}, {}
    for day in schedule["days"]:
        gained = {}
        for isin in classes:
            stated = prices[(isin, day["date"])]
            if stated["units"] != dealt.get(isin, 0):
                differences.append(f"{isin} {day['date']}: the report states {stated['units']} units, dealt are {dealt.get(isin, 0)}")
            if stated["units"] and stated["price"] != quotient(stated["net_assets"], stated["units"], 4, "HALF_UP"):
                differences.append(f"{isin} {day['date']}: the price is not net assets ÷ units")
        for order in (o for o in orders if o["date"] == day["date"]):
            key = (order["account"], order["reference"])
            confirmed = confirmations.get(key)
            if confirmed is None or key in seen:
                if not any(order["reference"] == reference for reference, _ in refused):
                    differences.append(f"{order['message']} {order['reference']}: neither confirmed nor to be refused")
                continue
            seen.add(key)
            price = prices[(order["isin"], order["date"])]["price"]
            holding = (order["account"], order["isin"])
            figures = {**deal(classes[order["isin"]], order, price, held.get(holding, Decimal(0))), "price": price}
            for quantity in ("units", "gross", "net", "fee", "residual", "price"):
                if figures[quantity] != confirmed[quantity]:
                    differences.append(f"{confirmed['file']} {order['reference']}: {quantity} is {confirmed[quantity]}, recalculated {figures[quantity]}")
            sign = 1 if order["side"] == "SUBSCRIPTION" else -1
            gained[holding] = gained.get(holding, Decimal(0)) + sign * figures["units"]
        for (account, isin), units in gained.items():
            held[(account, isin)] = held.get((account, isin), Decimal(0)) + units
            dealt[isin] = dealt.get(isin, Decimal(0)) + units
    for key in sorted(set(confirmations) - seen):
        differences.append(f"{confirmations[key]['file']}: {key} was never ordered")
    for difference in differences:
        print(difference, file=sys.stderr)
    print(f"{len(orders)} orders, {len(seen)} confirmations recalculated, {len(differences)} differences")
    sys.exit(1 if differences or not seen else 0)


if __name__ == "__main__":
    main()
