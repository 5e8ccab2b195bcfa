# SPDX-License-Identifier: Apache-2.0
"""Invented movements of value with documented typologies, and their features as the ledger defines them.

Everything follows from one seed. The features are those of the ledger's catalogue (contracts/policy/features.cc), computed here a second time
from their definitions: taken before the movement, windows of buckets that end with the running one, whole numbers, None where missing.

Ordinary behaviour: investors who order from a fund and pay a few known counterparties, distributors who place many orders at once, treasuries
that pay large sums to known counterparties, newcomers, people who come back after a long time, rushes before the cut-off, and the launch of a
share class, when each order is a large part of it.

Typologies, each labelled from the movement on at which its pattern can be seen in the features:
  structuring    4 to 12 payments of 90 % to just under 100 % of the reporting threshold within a day; from the third on
  fan_in         8 to 25 payers within three days, then 80 % to 100 % of it out at once; what goes out
  fan_out        one payment in, then 10 to 25 payments to new receivers within hours; from the fifth on
  pass_through   a payment in, 90 % to 100 % of it out to a new receiver within an hour; what goes out
  dormant        nothing for 120 to 700 days, then a payment of 8 to 40 times the account's usual to a new receiver
  layering       pass-through along 3 to 5 accounts across borders into a jurisdiction of a tier; each hop
  cut_off        an order of 15 to 80 times the account's usual, 3 % or more of the class, in the last three minutes before the cut-off
"""
import bisect
import math
import random

SEED = 20260302
# In the ledger's order; what it has beside these (hour, trailing zeros, agent's signature, mean of 30 days) is left out on purpose: none of them
# should by itself make a movement suspicious.
FEATURES = ["log2_amount", "amount_zscore", "count_1h", "count_24h", "count_7d", "value_24h_ratio", "counterparty_age", "distinct_out_7d",
            "distinct_in_7d", "pass_through_ratio", "minutes_since_inflow", "dormancy", "below_threshold_count", "cross_border",
            "jurisdiction_tier", "minutes_to_cut_off", "order_bps"]

MINUTE, HOUR, DAY = 60, 3600, 86400
CUT_OFF = 16 * HOUR
RECEIVERS_MOST = 32


class Window:
    """Values by time, and their sum over the last buckets."""

    def __init__(self):
        self.times, self.sums = [], [0]

    def add(self, time, value):
        self.times.append(time)
        self.sums.append(self.sums[-1] + value)

    def total(self, now, bucket, buckets):
        start = (now // bucket - (buckets - 1)) * bucket
        return self.sums[-1] - self.sums[bisect.bisect_left(self.times, start)]


class Account:
    """What the ledger keeps of an account's movements."""

    def __init__(self, country, threshold, tiers):
        self.country, self.threshold, self.tiers = country, threshold, tiers
        self.out_count, self.out_value, self.in_value, self.below = Window(), Window(), Window(), Window()
        self.receivers, self.payers = {}, {}  # account → [first, last], the one used longest ago first
        self.logs = []

    @staticmethod
    def touch(known, other, now):
        first = known.pop(other, [now])[0]
        if len(known) == RECEIVERS_MOST:
            known.pop(next(iter(known)))
        known[other] = [first, now]

    @staticmethod
    def recent(known, now):
        return sum(1 for first, last in known.values() if last > now - 7 * DAY)


def log2(amount):
    return math.floor(1024 * math.log2(amount / 100))


def zscore(logs, log):
    if len(logs) < 5:
        return None
    n, total, squares = len(logs), sum(logs), sum(x * x for x in logs)
    deviation = max(math.isqrt(max(n * squares - total * total, 0)), n)
    return max(-10000, min(10000, math.trunc((log * n - total) * 100 / deviation)))


def percent(part, whole):
    return min(1_000_000, part * 100 // whole) if whole else None


def is_just_below(amount, threshold):
    return threshold is not None and amount * 10 >= threshold * 9 and amount < threshold


def features_of(movement, accounts):
    """The features of a movement, by name, before it is recorded."""
    now, account, amount = movement["time"], accounts[movement["payer"]], movement["amount"]
    receiver, order = movement.get("receiver"), movement.get("order")
    log = log2(amount)
    day_out = account.out_value.total(now, HOUR, 24) + amount
    f = dict.fromkeys(FEATURES)
    f["log2_amount"] = log
    f["amount_zscore"] = zscore(account.logs, log)
    f["count_1h"] = account.out_count.total(now, 5 * MINUTE, 12)
    f["count_24h"] = account.out_count.total(now, HOUR, 24)
    f["count_7d"] = account.out_count.total(now, DAY, 7)
    f["value_24h_ratio"] = percent(day_out * 30, account.out_value.total(now, DAY, 30))
    f["distinct_out_7d"] = account.recent(account.receivers, now)
    f["distinct_in_7d"] = account.recent(account.payers, now)
    f["pass_through_ratio"] = percent(day_out, account.in_value.total(now, HOUR, 24))
    if account.in_value.times:
        f["minutes_since_inflow"] = (now - account.in_value.times[-1]) // MINUTE
    if account.out_value.times:
        f["dormancy"] = (now - account.out_value.times[-1]) // HOUR
    if account.threshold is not None:
        f["below_threshold_count"] = account.below.total(now, HOUR, 24) + is_just_below(amount, account.threshold)
    if receiver is not None:
        f["counterparty_age"] = (now - account.receivers.get(receiver, [now])[0]) // HOUR
        other = accounts.get(receiver)
        country = other.country if other else "SG"
        f["cross_border"] = int(country != account.country)
        f["jurisdiction_tier"] = account.tiers.get(country, 0)
    if order is not None:
        f["minutes_to_cut_off"], f["order_bps"] = order["minutes"], order["bps"]
    return f


def record(movement, accounts):
    now, amount = movement["time"], movement["amount"]
    payer, receiver = accounts.get(movement["payer"]), accounts.get(movement.get("receiver"))
    if payer:
        payer.out_count.add(now, 1)
        payer.out_value.add(now, amount)
        payer.below.add(now, int(is_just_below(amount, payer.threshold)))
        payer.logs.append(log2(amount))
        if movement.get("receiver") is not None:
            Account.touch(payer.receivers, movement["receiver"], now)
    if receiver:
        receiver.in_value.add(now, amount)
        Account.touch(receiver.payers, movement["payer"], now)


class World:
    """Accounts and their stories, each written for itself; the movements of all are then played in order of time."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.accounts, self.movements, self.names = {}, [], 0

    def account(self, country=None):
        self.names += 1
        name = f"account-{self.names}"
        r = self.random
        threshold = r.choice([None, 2_000_000, 2_000_000, 10_000_000, 100_000_000])
        country = country or r.choices(["SG", "LU", "GB", "KY"], [70, 20, 8, 2])[0]
        self.accounts[name] = Account(country, threshold, {"KY": 2, "XX": 3, "LU": 0})
        return name

    def outsider(self):
        self.names += 1
        return f"outsider-{self.names}"

    def amount(self, usual, spread=0.7):
        """Minor units around the usual, mostly round."""
        amount = usual * math.exp(self.random.gauss(0, spread))
        if self.random.random() < 0.7:
            scale = 10 ** max(0, int(math.log10(amount)) - 1)
            amount = max(1, round(amount / scale)) * scale
        return max(100, round(amount))

    def usual(self):
        return math.exp(self.random.uniform(math.log(300_000), math.log(300_000_000)))

    def business_time(self, day):
        return day * DAY + self.random.randint(8 * HOUR, 17 * HOUR)

    def pay(self, time, payer, receiver, amount, typology=""):
        self.movements.append(dict(time=time, payer=payer, receiver=receiver, amount=int(amount), typology=typology))

    def order(self, time, payer, amount, size, typology=""):
        minutes = max(0, (CUT_OFF - time % DAY) // MINUTE) if time % DAY <= CUT_OFF else (CUT_OFF + DAY - time % DAY) // MINUTE
        bps = None if size is None else min(1_000_000, int(amount * 10_000 / size))
        self.movements.append(dict(time=time, payer=payer, amount=int(amount), order=dict(minutes=minutes, bps=bps), typology=typology))

    def fund_size(self, usual, launch):
        """A class's worth in minor units; at its launch it is small, or nothing yet."""
        r = self.random
        if launch:
            return None if r.random() < 0.3 else usual * math.exp(r.uniform(0.2, 5))
        return usual * math.exp(r.uniform(5, 9))

    # --- Ordinary behaviour ---

    def investor(self, start, days, launch=False):
        r = self.random
        name, usual, bank = self.account(), self.usual(), self.outsider()
        known = [self.account() if r.random() < 0.3 else self.outsider() for _ in range(r.randint(1, 4))]
        size = self.fund_size(usual, launch)
        for day in range(start, start + days):
            if r.random() < 0.25 and day % 7 < 5:
                self.pay(self.business_time(day), bank, name, self.amount(3 * usual))
            for _ in range(r.choices([0, 1, 2, 3], [60, 25, 10, 5])[0] if day % 7 < 5 else 0):
                time = self.business_time(day)
                if r.random() < 0.7:
                    # Many order in the last half hour.
                    if r.random() < 0.2:
                        time = day * DAY + CUT_OFF - r.randint(0, 30 * MINUTE)
                    if launch and size is not None:
                        size += self.amount(usual)
                    self.order(time, name, self.amount(usual), size)
                else:
                    self.pay(time, name, r.choice(known), self.amount(usual))
        return name, usual

    def distributor(self, start, days, launch):
        r = self.random
        name, usual = self.account(), self.usual() / 4
        size = self.fund_size(usual * 20, launch)
        for day in range(start, start + days):
            if day % 7 >= 5:
                continue
            self.pay(day * DAY + 8 * HOUR, self.outsider(), name, self.amount(60 * usual))
            for instant in r.sample([10, 11, 12, 13, 14, 15], r.randint(1, 4)):
                time = day * DAY + instant * HOUR + r.choice([0, 30, 58]) * MINUTE
                for _ in range(r.randint(1, 14)):
                    self.order(time, name, self.amount(usual, 1.0), size)

    def treasury(self, start, days):
        r = self.random
        name, usual = self.account(), self.usual() * 5
        known = [self.outsider() for _ in range(r.randint(3, 12))]
        for day in range(start, start + days):
            if day % 7 < 5 and r.random() < 0.6:
                self.pay(self.business_time(day), self.outsider() if r.random() < 0.2 else known[0], name, self.amount(4 * usual))
                for _ in range(r.randint(1, 5)):
                    # Now and then somebody new.
                    if r.random() < 0.05:
                        known.append(self.outsider())
                    self.pay(self.business_time(day), name, r.choice(known), self.amount(usual))

    def newcomer(self, day):
        name, usual = self.account(), self.usual()
        if self.random.random() < 0.5:
            self.pay(day * DAY + 9 * HOUR, self.outsider(), name, self.amount(4 * usual))
        if self.random.random() < 0.6:
            for _ in range(self.random.randint(1, 6)):
                self.order(self.business_time(day), name, self.amount(usual), self.fund_size(usual, self.random.random() < 0.5))
        else:
            self.pay(self.business_time(day + 1), name, self.outsider(), self.amount(usual))

    def comes_back(self, start):
        """After a long time, with what is usual."""
        name, usual = self.investor(start, 20)
        day = start + 20 + self.random.randint(100, 500)
        known = self.outsider()
        self.pay(self.business_time(start + 5), name, known, self.amount(usual))
        self.pay(self.business_time(day), name, known, self.amount(usual))
        self.order(self.business_time(day + 1), name, self.amount(usual), self.fund_size(usual, False))

    # --- Typologies ---

    def with_history(self, start):
        """Half of them have behaved ordinarily before."""
        if self.random.random() < 0.5:
            return self.account(), self.usual(), start
        name, usual = self.investor(start, 30)
        return name, usual, start + 31

    def structuring(self, start):
        r = self.random
        name, _, day = self.with_history(start)
        account = self.accounts[name]
        account.threshold = account.threshold or 2_000_000
        to = [self.outsider() for _ in range(r.randint(1, 4))]
        time = self.business_time(day)
        if r.random() < 0.6:
            self.pay(time - r.randint(1, 30) * HOUR, self.outsider(), name, account.threshold * r.randint(4, 14))
        for i in range(r.randint(4, 12)):
            amount = account.threshold * r.uniform(0.9, 0.9995)
            self.pay(time, name, r.choice(to), amount // 100 * 100 if r.random() < 0.5 else amount, "structuring" if i >= 2 else "unclear")
            time += r.randint(2, 90) * MINUTE

    def fan_in(self, start):
        r = self.random
        name, usual, day = self.with_history(start)
        collected, time = 0, day * DAY + 8 * HOUR
        for _ in range(r.randint(8, 25)):
            time += r.randint(5, 150) * MINUTE
            amount = self.amount(usual / 5, 0.4)
            collected += amount
            self.pay(time, self.outsider(), name, amount)
        time += r.randint(5, 240) * MINUTE
        for share in ([1.0] if r.random() < 0.6 else [0.5, 0.5]):
            self.pay(time, name, self.outsider(), collected * share * r.uniform(0.8, 1.0), "fan_in")
            time += r.randint(5, 60) * MINUTE

    def fan_out(self, start):
        r = self.random
        name, usual, day = self.with_history(start)
        count, time = r.randint(10, 25), self.business_time(day)
        self.pay(time, self.outsider(), name, usual * count)
        for i in range(count):
            time += r.randint(1, 12) * MINUTE
            self.pay(time, name, self.outsider(), self.amount(usual * 0.9, 0.1), "fan_out" if i >= 4 else "unclear")

    def pass_through(self, start):
        r = self.random
        name, usual, day = self.with_history(start)
        for _ in range(r.randint(1, 3)):
            time, amount = self.business_time(day), self.amount(usual * r.uniform(1, 12), 0.5)
            self.pay(time, self.outsider(), name, amount)
            self.pay(time + r.randint(3, 60) * MINUTE, name, self.outsider(), amount * r.uniform(0.9, 1.0), "pass_through")
            day += r.randint(1, 4)

    def dormant(self, start):
        r = self.random
        name, usual = self.investor(start, 25)
        day = start + 25 + r.randint(120, 700)
        time = self.business_time(day)
        if r.random() < 0.5:
            self.pay(time - r.randint(1, 20) * HOUR, self.outsider(), name, usual * r.uniform(10, 60))
        self.pay(time, name, self.outsider(), usual * r.uniform(8, 40), "dormant")

    def layering(self, start):
        r = self.random
        chain = [self.account("SG")] + [self.account(r.choice(["KY", "XX", "LU"])) for _ in range(r.randint(2, 3))] + [self.account("KY")]
        time, amount = self.business_time(start), self.usual() * r.uniform(2, 10)
        self.pay(time, self.outsider(), chain[0], amount)
        for payer, receiver in zip(chain, chain[1:]):
            time += r.randint(10, 180) * MINUTE
            amount *= r.uniform(0.93, 1.0)
            self.pay(time, payer, receiver, amount, "layering")

    def cut_off(self, start):
        r = self.random
        name, usual = self.investor(start, 30)
        for _ in range(r.randint(1, 3)):
            amount = usual * r.uniform(15, 80)
            self.order((start + 31 + r.randint(0, 6)) * DAY + CUT_OFF - r.randint(0, 3 * MINUTE), name, amount,
                       amount * r.uniform(2, 30), "cut_off")

    def play(self):
        """(features, typology, movement) of every movement of a measured account, in order of time."""
        self.movements.sort(key=lambda m: m["time"])
        for movement in self.movements:
            if movement["payer"] in self.accounts:
                yield features_of(movement, self.accounts), movement["typology"], movement
            record(movement, self.accounts)


TYPOLOGIES = ["structuring", "fan_in", "fan_out", "pass_through", "dormant", "layering", "cut_off"]


def generate(seed=SEED, scale=1):
    world = World(seed)
    for i in range(120 * scale):
        world.investor(world.random.randint(0, 60), world.random.randint(20, 60), launch=i % 4 == 0)
    for i in range(16 * scale):
        world.distributor(world.random.randint(0, 60), 15, launch=i % 2 == 0)
    for _ in range(30 * scale):
        world.treasury(world.random.randint(0, 60), 30)
    for _ in range(400 * scale):
        world.newcomer(world.random.randint(0, 90))
    for _ in range(60 * scale):
        world.comes_back(world.random.randint(0, 60))
    for typology in TYPOLOGIES:
        for _ in range(45 * scale):
            getattr(world, typology)(world.random.randint(0, 60))
    return world.play()
