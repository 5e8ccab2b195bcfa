#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the demo's input: a fund's static data, its parties, and the orders and prices of three dealing days as ISO 20022 files.

Everything comes from one seed, so the same arguments give the same bytes. The generator knows the prospectus: it deals the orders
itself, because the administrator's price report must state the units that the ledger will have at each valuation point.

Example: deploy/demo-data/generate.py --to deploy/demo-data --orders 200
"""
import argparse
import hashlib
import json
import pathlib
import random
import shutil
import sys
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, getcontext

import messages

getcontext().prec = 60

DAYS = ["2026-03-02", "2026-03-03", "2026-03-04"]
CALENDAR = DAYS + ["2026-03-05", "2026-03-06"]
SLOTS = ["10:00:00", "11:30:00", "13:00:00", "14:30:00"]
LATE = "15:05:00"
ORDERS_A_MESSAGE = 100


# --- Identifiers with check digits, and pseudonyms.

def lei(prefix):
    """ISO 17442: 18 characters and two check digits (ISO 7064, MOD 97-10)."""
    text = (prefix + "0" * 18)[:18]
    digits = "".join(str(int(c, 36)) for c in text + "00")
    return f"{text}{98 - int(digits) % 97:02d}"


def isin(prefix):
    """ISO 6166: 11 characters and a check digit (Luhn over the digits of the letters)."""
    text = (prefix + "0" * 11)[:11]
    digits = "".join(str(int(c, 36)) for c in text)
    total = 0
    for i, c in enumerate(reversed(digits)):
        n = int(c) * (2 if i % 2 == 0 else 1)
        total += n // 10 + n % 10
    return f"{text}{-total % 10}"


def pseudonym(*labels):
    """16 bytes, as hexadecimal text."""
    return hashlib.sha256("causeway demo/".encode() + "/".join(labels).encode()).hexdigest()[:32]


def text_of(value):
    """The one canonical text of a decimal: no exponent, no trailing zeros after the point."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantum(decimals):
    return Decimal(1).scaleb(-decimals)


# --- Parties.

FULL = ["TRADE", "APPROVE", "COMPLY", "ADMINISTER"]


def party(slug, name, jurisdiction, roles, officers=None):
    officers = officers or {"alpha": FULL, "beta": FULL, "gamma": ["TRADE", "APPROVE"], "compliance-1": ["COMPLY"], "compliance-2": ["COMPLY"]}
    return {"slug": slug, "lei": lei(slug.upper().replace("-", "")), "name": name, "jurisdiction": jurisdiction, "roles": sorted(roles, key=ROLES.index),
            "officers": [{"slug": s, "roles": r} for s, r in officers.items()]}


ROLES = ["FMCO", "ADMINISTRATOR", "TRAG", "INTR", "INVESTOR", "BANK", "ISSUER", "OPERATOR", "SUPERVISOR", "AUDITOR"]
READER = {"reader-1": ["ADMINISTER"], "reader-2": ["ADMINISTER"]}

PARTIES = [
    party("meridian-bank", "Meridian Bank Singapore Ltd", "SG", ["BANK", "ISSUER", "OPERATOR"]),
    party("harbour-bank", "Harbour Bank Ltd", "SG", ["BANK", "OPERATOR"]),
    party("ardenne-bank", "Banque des Ardennes S.A.", "LU", ["BANK", "ISSUER", "OPERATOR"]),
    party("clervaux-bank", "Clervaux Depository Bank S.A.", "LU", ["BANK", "OPERATOR"]),
    party("causeway-funds", "Causeway Fund Management Pte Ltd", "SG", ["FMCO"]),
    party("strait-admin", "Strait Fund Services Pte Ltd", "SG", ["ADMINISTRATOR"]),
    party("moselle-ta", "Moselle Transfer Agency S.A.", "LU", ["TRAG"]),
    party("orchid-wealth", "Orchid Wealth Platform Pte Ltd", "SG", ["INTR", "INVESTOR"]),
    party("kestrel-pension", "Kestrel Pension Fund", "LU", ["INVESTOR"]),
    party("banyan-insurance", "Banyan Insurance Pte Ltd", "SG", ["INVESTOR"]),
    party("rowan-family", "Rowan Family Office S.A.", "LU", ["INVESTOR"]),
    party("petrel-trading", "Petrel Trading Pte Ltd", "SG", ["INVESTOR"]),
    party("supervisor-sg", "Supervisor of Singapore", "SG", ["SUPERVISOR"], READER),
    party("supervisor-lu", "Supervisor of Luxembourg", "LU", ["SUPERVISOR"], READER),
    party("lighthouse-audit", "Lighthouse Audit LLP", "SG", ["AUDITOR"], READER),
]
VALIDATORS = ["meridian-bank", "harbour-bank", "ardenne-bank", "clervaux-bank"]
LEI = {p["slug"]: p["lei"] for p in PARTIES}

# --- The fund.

UMBRELLA, FUND = "CWAY.UMB", "CWAY.INCOME"
SGD, USD = "SGD.MERIDIAN", "USD.ARDENNE"


def share_class(slug, name, currency, token, income, fees, lag, launch, minima):
    return {"slug": slug, "isin": isin({"SGD": "SGXC", "USD": "LU27"}[currency] + slug.upper()[:5]), "name": name, "currency": currency, "token": token,
            "income": income, "fees": fees, "lag": lag, "launch": Decimal(launch), "minima": minima, "unit_decimals": 4, "price_decimals": 4,
            "cash_decimals": 2}


CLASSES = [
    share_class("income", "Causeway Asian Income, class Income SGD", "SGD", SGD, "DIST", {"ENTRY": ("GRAM", Decimal("0.01"))}, None, "1.2514",
                {"first_subscription_amount": "10000", "later_subscription_amount": "1000", "highest_subscription_amount": "50000000",
                 "redemption_units": "10"}),
    share_class("growth", "Causeway Asian Income, class Accumulation USD", "USD", USD, "ACCU",
                {"ENTRY": ("NEAM", Decimal("0.005")), "EXIT": ("GRAM", Decimal("0.0025"))}, 1, "100",
                {"first_subscription_amount": "10000", "later_subscription_amount": "1000", "redemption_units": "1"}),
]


def class_account(c, purpose):
    return pseudonym(c["isin"], purpose)


# --- Investors' accounts. What an account is called outside the ledger stays in the account table of whoever imports.

class Account:
    def __init__(self, slug, owner, kind="OWN", investor_class="PROFESSIONAL", jurisdiction="SG"):
        self.slug, self.owner, self.kind = slug, owner, kind
        self.investor_class, self.jurisdiction = investor_class, jurisdiction
        self.id = pseudonym("account", owner, slug)
        self.external = f"{owner.split('-')[0].upper()[:8]}-{slug.upper()}"
        self.held = {c["slug"]: Decimal(0) for c in CLASSES}       # settled at the start of the day
        self.blocked = {c["slug"]: Decimal(0) for c in CLASSES}    # by redemptions of the day


ACCOUNTS = [Account("omnibus", "orchid-wealth", kind="OMNIBUS")]
ACCOUNTS += [Account(f"client-{n}", "orchid-wealth", investor_class="ACCREDITED") for n in range(1, 9)]
ACCOUNTS += [Account("main", "kestrel-pension", investor_class="INSTITUTIONAL", jurisdiction="LU"),
             Account("reserve", "kestrel-pension", investor_class="INSTITUTIONAL", jurisdiction="LU"),
             Account("life", "banyan-insurance", investor_class="INSTITUTIONAL"), Account("general", "banyan-insurance", investor_class="INSTITUTIONAL"),
             Account("family", "rowan-family", jurisdiction="LU"), Account("trust", "rowan-family", jurisdiction="LU"),
             Account("trading", "petrel-trading")]
NEWCOMER = Account("newcomer", "orchid-wealth", investor_class="ACCREDITED")     # has never bought: BMIN
RETAIL = Account("retail", "orchid-wealth", investor_class="RETAIL")             # may not hold: IPAC
ALL_ACCOUNTS = ACCOUNTS + [NEWCOMER, RETAIL]
INVESTORS = ["orchid-wealth", "kestrel-pension", "banyan-insurance", "rowan-family", "petrel-trading"]


def cash_account(owner, token):
    return pseudonym("cash", owner, token)


# --- Dealing by the prospectus, as the administrator's own books have it.

def subscribe_by_amount(c, price, gross):
    basis, rate = c["fees"]["ENTRY"]
    fee = gross * rate if basis == "GRAM" else gross * rate / (1 + rate)
    fee = fee.quantize(quantum(2), ROUND_CEILING)
    return ((gross - fee) / price).quantize(quantum(c["unit_decimals"]), ROUND_FLOOR)


def cost_of_units(c, price, units):
    basis, rate = c["fees"]["ENTRY"]
    cost = (units * price).quantize(quantum(2), ROUND_CEILING)
    fee = cost * rate if basis == "NEAM" else cost * rate / (1 - rate)
    return cost + fee.quantize(quantum(2), ROUND_CEILING)


def units_for_amount(c, price, amount):
    return (amount / price).quantize(quantum(c["unit_decimals"]), ROUND_CEILING)


class Generator:
    def __init__(self, orders, seed):
        self.random = random.Random(seed)
        self.total = orders
        self.dealt = {c["slug"]: Decimal(0) for c in CLASSES}
        self.price = {c["slug"]: c["launch"] for c in CLASSES}
        self.funding = {}
        self.references = 0
        self.files = {}          # path below the target: bytes
        self.schedule = []

    def reference(self, day):
        self.references += 1
        return f"{day.replace('-', '')[2:]}-{self.references:06d}"

    def fund(self, owner, token, amount):
        self.funding[(owner, token)] = self.funding.get((owner, token), Decimal(0)) + amount

    def order(self, day, account, c, side, kind, quantity, **more):
        return {"reference": self.reference(day), "account": account, "class": c, "side": side, "kind": kind, "quantity": quantity, "date": day, **more}

    def subscription(self, day, account, c):
        rng = self.random
        if rng.random() < 0.7:
            amount = Decimal(rng.randrange(10_000_00, 2_000_000_00)) / 100
            if rng.random() < 0.6:
                amount = Decimal(rng.randrange(10, 2_000)) * 1_000
            self.fund(account.owner, c["token"], amount)
            return self.order(day, account, c, "SUBSCRIPTION", "AMOUNT", amount)
        units = Decimal(rng.randrange(20_000, 500_000)) if c["slug"] == "income" else Decimal(rng.randrange(200, 9_000))
        if rng.random() < 0.4:
            units += Decimal(rng.randrange(1, 10_000)) / 10_000
        prefunded = (cost_of_units(c, self.price[c["slug"]], units) * Decimal("1.04")).quantize(Decimal(1), ROUND_CEILING)
        self.fund(account.owner, c["token"], prefunded)
        return self.order(day, account, c, "SUBSCRIPTION", "UNITS", units, prefunded=prefunded)

    def redemption(self, day, account, c):
        """Of what the account has settled and not given away; None where that is too little."""
        rng, slug = self.random, c["slug"]
        available = account.held[slug] - account.blocked[slug]
        if available < Decimal(200) or available < account.held[slug] * Decimal("0.6"):
            return None
        choice = rng.random()
        if choice < 0.4:
            units = (available * Decimal(rng.randrange(2, 15)) / 100).quantize(quantum(rng.choice([0, 4])), ROUND_FLOOR)
            kind, quantity, blocked = "UNITS", units, units
        elif choice < 0.75:
            amount = (available * self.price[slug] * Decimal(rng.randrange(2, 12)) / 100).quantize(quantum(rng.choice([0, 2])), ROUND_FLOOR)
            units = units_for_amount(c, self.price[slug], amount)
            blocked = min((units * Decimal("1.1")).quantize(quantum(4), ROUND_CEILING), available)
            kind, quantity = "AMOUNT", amount
        else:
            percentage = Decimal(rng.choice(["2.5", "5", "7.75", "10", "12.5"]))
            blocked = (account.held[slug] * percentage / 100).quantize(quantum(4), ROUND_FLOOR)
            kind, quantity = "PERCENTAGE", percentage
        if quantity <= 0 or blocked < 20 or blocked > available:
            return None
        account.blocked[slug] += blocked
        return self.order(day, account, c, "REDEMPTION", kind, quantity, held=account.held[slug])

    def day_orders(self, day, index, count):
        orders = []
        while len(orders) < count:
            account, c = self.random.choice(ACCOUNTS), self.random.choice(CLASSES)
            order = None
            if index > 0 and self.random.random() < 0.45:
                order = self.redemption(day, account, c)
            orders.append(order or self.subscription(day, account, c))
        return orders

    def refused(self, index, day):
        """Orders that the rules refuse, with the code that they must be refused with."""
        income, growth = CLASSES
        by_slug = {a.external: a for a in ALL_ACCOUNTS}
        orchid, kestrel = by_slug["ORCHID-CLIENT-1"], by_slug["KESTREL-MAIN"]

        def subscribe(account, c, amount, code, **more):
            return self.order(day, account, c, "SUBSCRIPTION", "AMOUNT", Decimal(amount), code=code, **more)
        if index == 0:
            return [subscribe(NEWCOMER, income, "5000", "BMIN"), subscribe(RETAIL, income, "20000", "IPAC"),
                    subscribe(kestrel, growth, "900000000000", "MONY"),
                    subscribe(orchid, {**income, "isin": isin("SGXCNOTOURS")}, "20000", "DSEC"), subscribe(orchid, growth, "30000", "CUTO", late=True)]
        if index == 1:
            twice = self.subscription(day, kestrel, income)
            return [twice, {**twice, "code": "ORRF"}, subscribe(orchid, income, "60000000", "SHIG"),
                    self.order(day, kestrel, growth, "REDEMPTION", "UNITS", Decimal("5000000"), code="SECU")]
        return [self.order(day, orchid, income, "REDEMPTION", "UNITS", Decimal("5"), code="BMRA"), subscribe(kestrel, growth, "500", "SLOW" if kestrel.held["growth"] else "BMIN"),
                subscribe(orchid, income, "25000", "CUTO", late=True)]

    def deal(self, day, orders):
        """At the day's prices: what the register gains and loses."""
        for order in orders:
            if "code" in order:
                continue
            c, account, price = order["class"], order["account"], self.price[order["class"]["slug"]]
            if order["side"] == "SUBSCRIPTION":
                units = subscribe_by_amount(c, price, order["quantity"]) if order["kind"] == "AMOUNT" else order["quantity"]
            elif order["kind"] == "AMOUNT":
                units = -units_for_amount(c, price, order["quantity"])
            elif order["kind"] == "UNITS":
                units = -order["quantity"]
            else:
                units = -(order["held"] * order["quantity"] / 100).quantize(quantum(4), ROUND_FLOOR)
            account.held[c["slug"]] += units
            self.dealt[c["slug"]] += units
        for account in ALL_ACCOUNTS:
            account.blocked = {c["slug"]: Decimal(0) for c in CLASSES}

    def attest(self, index, day):
        """The price report of each class; returns their file names."""
        names = []
        for c in CLASSES:
            units = self.dealt[c["slug"]]
            if index == 0:
                net_assets, price = Decimal(0), c["launch"]
            else:
                drift = Decimal(self.random.randrange(-60, 120)) / 10_000
                net_assets = (units * self.price[c["slug"]] * (1 + drift)).quantize(quantum(2), ROUND_HALF_UP)
                price = (net_assets / units).quantize(quantum(c["price_decimals"]), ROUND_HALF_UP)
            self.price[c["slug"]] = price
            name = f"days/{day}/price-{c['slug']}.xml"
            self.files[name] = messages.price_report(
                message_id=f"STRAIT-{day.replace('-', '')}-{c['slug'].upper()}", created=f"{day}T16:20:00Z", isin=c["isin"],
                currency=c["currency"], date=day, valuation=f"{day}T16:00:00Z", net_assets=text_of(net_assets), units=text_of(units), price=text_of(price))
            names.append(name)
        return names

    def write_orders(self, day, orders):
        """Messages of one slot, account and side each; returns the day's deliveries in order of time."""
        groups = {}
        for i, order in enumerate(orders):
            slot = LATE if order.get("late") else SLOTS[-1] if order.get("code") == "ORRF" else SLOTS[i * len(SLOTS) // len(orders)]
            groups.setdefault((slot, order["account"].owner, order["account"].external, order["side"]), []).append(order)
        deliveries = {}
        number = 0
        for (slot, owner, external, side), members in sorted(groups.items()):
            for part in range(0, len(members), ORDERS_A_MESSAGE):
                number += 1
                name = f"days/{day}/{slot.replace(':', '')[:4]}-{number:04d}-{external.lower()}-{side.lower()}.xml"
                self.files[name] = messages.orders(
                    side=side, message_id=f"{external[:17]}-{day.replace('-', '')[2:]}-{number:04d}", created=f"{day}T{slot}Z", account=external, date=day,
                    orders=[{"reference": o["reference"], "isin": o["class"]["isin"], "currency": o["class"]["currency"], "kind": o["kind"],
                             "quantity": text_of(o["quantity"]), "prefunded": text_of(o["prefunded"]) if "prefunded" in o else None}
                            for o in members[part:part + ORDERS_A_MESSAGE]])
                deliveries.setdefault((slot, owner), []).append(name)
        return [{"at": f"{day}T{slot}Z", "party": owner, "files": names} for (slot, owner), names in deliveries.items()]

    def run(self):
        expected = []
        for index, day in enumerate(DAYS):
            refused = self.refused(index, day)
            count = self.total * (index + 1) // len(DAYS) - self.total * index // len(DAYS) - len(refused)
            orders = self.day_orders(day, index, max(count, 0))
            middle = len(orders) // 2
            orders[middle:middle] = refused
            deliveries = self.write_orders(day, orders)
            names = self.attest(index, day)
            self.deal(day, orders)
            expected += [{"reference": o["reference"], "code": o["code"]} for o in orders if "code" in o]
            self.schedule.append({"date": day, "deliveries": deliveries, "valuation": f"{day}T16:00:00Z", "attested": f"{day}T16:20:00Z", "prices": names,
                                  "settled": f"{CALENDAR[index + 1]}T09:00:00Z"})
        return expected


# --- What the institutions set up before the first order.

def operation(contract, kind, body):
    return {contract: {kind: body}}


def set_up(generator):
    fmco, ta = "causeway-funds", "moselle-ta"
    steps = []

    def step(title, party_slug, operations):
        steps.append({"title": title, "party": party_slug, "officers": ["alpha", "beta"], "operations": operations})

    for token, issuer, name in [(SGD, "meridian-bank", "Tokenized Singapore dollar deposit of Meridian Bank"),
                                (USD, "ardenne-bank", "Tokenized United States dollar deposit of Banque des Ardennes")]:
        step(f"{token} is issued by {issuer}", issuer, [operation("instruments", "set_cash_token", {
            "instrument_id": token, "cash_token": {"issuer": LEI[issuer], "currency": token[:3], "name": name, "status": "ACTIVE"}})])
    fund = {"base_currency": "SGD", "fmco": LEI[fmco], "administrator": LEI["strait-admin"], "transfer_agent": LEI[ta], "status": "ACTIVE"}
    operations = [operation("instruments", "set_fund", {"fund_id": UMBRELLA, "fund": {**fund, "name": "Causeway Umbrella VCC", "is_umbrella": True}}),
                  operation("instruments", "set_fund", {"fund_id": FUND, "fund": {**fund, "name": "Causeway Asian Income Fund", "umbrella": UMBRELLA}})]
    for c in CLASSES:
        fees = [{"side": side, "basis": basis, "rate": text_of(rate), "recipient_account_id": class_account(c, "fees"), "discount_allowed": True}
                for side, (basis, rate) in sorted(c["fees"].items())]
        operations.append(operation("instruments", "set_share_class", {"isin": c["isin"], "share_class": {
            "fund": FUND, "name": c["name"], "currency": c["currency"], "unit_decimals": c["unit_decimals"], "price_decimals": c["price_decimals"],
            "roundings": {"price": "HALF_UP", "units_issued": "DOWN", "units_cancelled": "UP", "cash_received": "UP", "cash_paid": "DOWN", "fee": "UP"},
            "minima": c["minima"], "income_policy": c["income"], "fees": fees, **({"lag_days": c["lag"]} if c["lag"] else {"at_once": {}}),
            "funding_model": "PREFUNDED",
            "eligibility": [{"investor_class": {"allowed": ["PROFESSIONAL", "ELIGIBLE_COUNTERPARTY", "ACCREDITED", "INSTITUTIONAL"]}},
                            {"jurisdiction": {"allowed": ["LU", "SG"]}},
                            {"maximum_share": {"share": "0.9", "from_units_in_issue": "10000000"}}],
            "cash_tokens": [c["token"]], "register_form": "NATIVE", "pricing": "SINGLE", "price_tolerance": "0.05", "late_orders": "REFUSE",
            "remainder": "REDEEM_WHOLE", "cash_account_id": class_account(c, "cash"), "issuance_account_id": class_account(c, "issuance"),
            "residual_account_id": class_account(c, "residual"), "status": "ACTIVE"}}))
    days = []
    for date, following in zip(CALENDAR, CALENDAR[1:]):
        days.append({"date": date, "cut_off_us": f"{date}T15:00:00Z", "grace_us": "600000000", "valuation_point_us": f"{date}T16:00:00Z",
                     "settlement_us": [f"{date}T16:00:00Z", f"{following}T09:00:00Z"]})
    operations.append(operation("instruments", "set_dealing_days", {"fund_id": FUND, "days": days}))
    for c in CLASSES:
        for purpose, kind in [("cash", "ISSUANCE"), ("issuance", "ISSUANCE"), ("residual", "RESIDUAL"), ("fees", "OWN")]:
            operations.append(operation("transfers", "open_account", {"account": class_account(c, purpose), "owner": LEI[fmco], "kind": kind}))
        operations.append(operation("dealing", "open_day", {"isin": c["isin"], "dealing_date": DAYS[0]}))
    step("an umbrella with one fund and two share classes", fmco, operations)

    for owner in INVESTORS:
        operations = [operation("transfers", "open_account", {"account": a.id, "owner": LEI[owner], "kind": a.kind}) for a in ALL_ACCOUNTS if a.owner == owner]
        operations += [operation("transfers", "open_account", {"account": cash_account(owner, t), "owner": LEI[owner], "kind": "OWN"}) for t in (SGD, USD)]
        step(f"{owner} opens its accounts", owner, operations)
    step("the transfer agent attests who may hold", ta, [operation("transfers", "set_attributes", {
        "account": a.id, "attester": LEI[ta], "changes": [{"name": "investor_class", "value": a.investor_class, "expires_us": "2027-03-01T00:00:00Z"},
                                                          {"name": "jurisdiction", "value": a.jurisdiction, "expires_us": "2027-03-01T00:00:00Z"}]})
        for a in ALL_ACCOUNTS])
    cash = []
    for token, issuer in [(SGD, "meridian-bank"), (USD, "ardenne-bank")]:
        operations = []
        for owner in INVESTORS:
            needed = generator.funding.get((owner, token), Decimal(0))
            amount = (needed / 1_000_000).quantize(Decimal(1), ROUND_CEILING) * 1_000_000 + 70_000_000
            operations.append(operation("cash", "issue", {"instrument": token, "to": cash_account(owner, token), "amount": text_of(amount),
                                                          "payment_reference": f"PAY-{token[:3]}-{owner.upper()[:20]}"}))
        cash.append({"title": f"{issuer} issues cash against payments received", "party": issuer, "officers": ["alpha", "beta"], "operations": operations})
    return steps, cash


def officer_id(owner, slug):
    """As the network's plan names officers: the first 16 bytes of SHA-256(LEI ‖ "/" ‖ slug)."""
    return hashlib.sha256(f"{LEI[owner]}/{slug}".encode()).hexdigest()[:32]


def transfer(sender, receiver, amount, reference):
    return {"party": sender, "operation": operation("transfers", "transfer", {
        "from": cash_account(sender, SGD), "to": cash_account(receiver, SGD), "instrument": SGD, "amount": amount, "reference": reference})}


def policy():
    """A model on movements of the Singapore dollar token: the steps that bind it, ordinary movements on which it proves itself in shadow,
    its promotion, and movements that it should hold (the program inserts the trees into the first step)."""
    owner, validator = "meridian-bank", "harbour-bank"
    model = {"name": "movements", "version": 1}
    report = hashlib.sha256(b"causeway demo/validation report of movements 1").hexdigest()

    def step(title, party_slug, officers, kind, body):
        return {"title": title, "party": party_slug, "officers": officers, "operations": [operation("policy", kind, body)]}
    bind = [
        step("meridian-bank registers the model; every validator runs its golden vectors", owner, ["alpha", "beta"], "register_model", {
            "model": model, "developer": LEI[owner], "validator": LEI[validator], "accountable_manager": officer_id(owner, "alpha"),
            "materiality": "HIGH", "valid_until_us": "2026-12-31T00:00:00Z", "scope": "movements of SGD.MERIDIAN between investors", "owner": LEI[owner]}),
        step("harbour-bank, which did not develop it, validates it", validator, ["compliance-1", "compliance-2"], "validate_model", {
            "model": model, "report_hash": report, "shadow_minimum": 6}),
        step("the model goes into shadow", owner, ["alpha", "beta"], "set_model_stage", {"model": model, "stage": "SHADOW"}),
        step("the model is bound to transfers of SGD.MERIDIAN", owner, ["alpha", "beta"], "bind", {
            "instrument": SGD, "operation": "transfers.transfer", "model": model, "fail_mode": "HOLD", "limited_amount": "5000000",
            "reporting_threshold": "10000", "case_validity_us": str(3 * 86400 * 1_000_000), "cases_max": 100, "cases_per_party_max": 20,
            "suspenders": [LEI["supervisor-sg"]]})]
    ordinary = [transfer("banyan-insurance", "kestrel-pension", "182450.35", "premium"), transfer("kestrel-pension", "rowan-family", "64120.8", "rent"),
                transfer("rowan-family", "banyan-insurance", "23875.5", "premium"), transfer("banyan-insurance", "orchid-wealth", "141300.25", "fees"),
                transfer("kestrel-pension", "banyan-insurance", "88019.9", "premium"), transfer("rowan-family", "kestrel-pension", "35210.45", "rent"),
                transfer("banyan-insurance", "rowan-family", "57600.15", "claim"), transfer("orchid-wealth", "kestrel-pension", "120940.6", "refund")]
    promote = [step(f"the model is promoted to {stage}", owner, ["alpha", "beta"], "set_model_stage", {"model": model, "stage": stage})
               for stage in ("LIMITED", "ACTIVE")]
    receivers = ["kestrel-pension", "rowan-family", "orchid-wealth", "banyan-insurance"]
    suspicious = [transfer("petrel-trading", receivers[i % 4], f"{9650 + 25 * i}", f"invoice {4711 + i}") for i in range(12)]
    return {"instrument": SGD, "owner": owner, "customer": "petrel-trading", "at": f"{DAYS[2]}T15:20:00Z", "bind": bind, "ordinary": ordinary,
            "promote": promote, "suspicious": suspicious}


def account_table():
    accounts = []
    for a in ALL_ACCOUNTS:
        accounts.append({"external_id": a.external, "account": a.id, "owner": LEI[a.owner],
                         "cash_accounts": [{"currency": t[:3], "account": cash_account(a.owner, t), "token": t} for t in (SGD, USD)]})
    return {"accounts": accounts}


def pretty(value):
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", required=True, type=pathlib.Path, help="the folder to write; its days/ is replaced")
    parser.add_argument("--orders", type=int, default=200, help="orders over the three days, 60 to 100000 (default: 200)")
    parser.add_argument("--seed", type=int, default=20260302, help="default: 20260302")
    arguments = parser.parse_args()
    if not 60 <= arguments.orders <= 100_000:
        parser.error(f"--orders {arguments.orders}: 60 to 100000")
    generator = Generator(arguments.orders, arguments.seed)
    expected = generator.run()
    steps, cash = set_up(generator)
    files = dict(generator.files)
    files["network.json"] = pretty({"name": "causeway-demo", "origin": "2026-03-02T06:00:00Z", "validators": VALIDATORS, "parties": PARTIES})
    files["setup.json"] = pretty(steps)
    files["cash.json"] = pretty(cash)
    files["policy.json"] = pretty(policy())
    files["accounts.json"] = pretty(account_table())
    files["schedule.json"] = pretty({"seed": arguments.seed, "orders": arguments.orders, "days": generator.schedule,
                                     "fund_company": LEI["causeway-funds"], "transfer_agent": LEI["moselle-ta"],
                                     "refused": expected})
    files["classes.json"] = pretty([{"slug": c["slug"], "isin": c["isin"], "name": c["name"], "currency": c["currency"], "token": c["token"],
                                     "issuer": {SGD: "meridian-bank", USD: "ardenne-bank"}[c["token"]],
                                     "accounts": {p: class_account(c, p) for p in ("cash", "issuance", "residual", "fees")}} for c in CLASSES])
    shutil.rmtree(arguments.to / "days", ignore_errors=True)
    for name, content in files.items():
        path = arguments.to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    print(f"{arguments.to}: {arguments.orders} orders in {sum(name.endswith('n.xml') for name in files)} messages, "
          f"{len(expected)} of them to be refused", file=sys.stderr)


if __name__ == "__main__":
    main()
