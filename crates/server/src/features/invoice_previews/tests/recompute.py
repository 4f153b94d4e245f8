"""Works contracts out from the rules of money alone, and asks the product whether it agrees.

    recompute.py URL TOKEN COUNT SEED

Nothing here knows the product's code: dates are Python's, numbers are exact fractions, and every
rounding is done by `decimal`. Each contract is made up from the seed, with a policy, a window and
whatever happened to its lines. The first that differs is printed with both answers.
"""

import calendar
import json
import random
import sys
import urllib.request
from datetime import date, timedelta
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "annual": 12}
ROUNDINGS = {"half_up": ROUND_HALF_UP, "half_down": ROUND_HALF_DOWN, "half_even": ROUND_HALF_EVEN}
DIGITS = {"GBP": 2, "JPY": 0, "KWD": 3}
EXACT = Context(prec=60)


# Dates


def add_months(day, months, keep):
    """So many months on, on day `keep` of the month, or the last one of a shorter month."""
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(keep, last))


def window_before(start, end):
    """The start of the invoice before: as many months earlier, else as many days."""
    months = (end.year - start.year) * 12 + end.month - start.month
    keep = max(start.day, end.day)
    if months > 0 and add_months(start, months, keep) == end:
        return add_months(start, -months, keep)
    return start - (end - start)


class Line:
    """A line's time: whole periods from its anchor, of which the service is what the line covers."""

    def __init__(self, said, window):
        self.said = said
        self.start = date.fromisoformat(said["start"])
        self.end = date.fromisoformat(said["end"]) if said.get("end") else None
        self.months = MONTHS.get(said["cycle"])
        self.anchor, self.keep = self.anchored(window)

    def anchored(self, window):
        """With the contract's periods where they are the line's own, else from the line's start."""
        start, end = window
        keep = max(start.day, end.day)
        if self.months and add_months(start, self.months, keep) == end:
            back = (end.year - 2000) * 12 // self.months * self.months
            return add_months(end, -back, keep), keep
        if self.said["cycle"] == "weekly" and (end - start).days == 7:
            return start - timedelta(days=7 * 1000), start.day
        return self.start, self.start.day

    def boundary(self, number):
        if self.months:
            return add_months(self.anchor, number * self.months, self.keep)
        return self.anchor + timedelta(days=7 * number)

    def periods(self, until):
        """(nominal start, nominal end, service start, service end) of all that begin before `until`."""
        if self.said["cycle"] == "once":
            end = self.end or self.start + timedelta(days=1)
            yield (self.start, end, self.start, end)
            return
        number = 0
        while self.boundary(number) < until:
            start, end = self.boundary(number), self.boundary(number + 1)
            number += 1
            service = max(start, self.start), min(end, self.end or end)
            if service[0] < service[1]:
                yield (start, end, *service)

    def stretches(self, start, end):
        """The months of a whole period; a week or a single day is one stretch."""
        if not self.months:
            return [(start, end)]
        cuts = [add_months(start, n, self.keep) for n in range(self.months)] + [end]
        cuts[0] = start
        return list(zip(cuts, cuts[1:]))


# Shares


def share(line, nominal, days, basis, per):
    """How many unit prices the days of a period owe."""
    stretches = line.stretches(*nominal)
    months = len(stretches)
    if basis == "none":
        whole = Fraction(months if per == "month" else 1)
        return whole if days[0] == nominal[0] else Fraction(0)

    def part(whole, days, months):
        if whole == days:
            return Fraction(1)
        count = (days[1] - days[0]).days
        if line.months and basis == "thirty_days":
            return Fraction(min(count, 30 * months), 30 * months)
        if line.months and basis == "whole_months":
            return Fraction(1)
        return Fraction(count, (whole[1] - whole[0]).days)

    if per == "term" and basis != "whole_months":
        return part(nominal, days, months)
    owed = Fraction(0)
    for stretch in stretches:
        inside = max(stretch[0], days[0]), min(stretch[1], days[1])
        if inside[0] < inside[1]:
            owed += part(stretch, inside, 1)
    return owed if per == "month" else owed / months


# Numbers


def rounded(amount, currency, rounding):
    """An exact amount in minor units."""
    minor = amount * 10 ** DIGITS[currency]
    number = EXACT.divide(Decimal(minor.numerator), Decimal(minor.denominator))
    return int(number.quantize(Decimal(1), rounding=ROUNDINGS[rounding], context=EXACT))


def fraction(text):
    return Fraction(text)


# Quantities


def billed(said, source):
    included = fraction(said.get("included") or "0")
    minimum = fraction(said.get("minimum") or "0")
    return max(minimum, source - included)


def levels(said, events, days, policy):
    """What is billed at the start of some days, and what changes inside them: [(day, by how much)]."""
    later = timedelta(days=1 if policy["change_day"] == "excluded" else 0)
    source = fraction(said["quantity"])
    level = billed(said, source)
    changes = []
    for on in sorted({event["on"] for event in events}):
        counts = date.fromisoformat(on) + later
        if counts >= days[1]:
            break
        source += sum(fraction(event["change"]) for event in events if event["on"] == on)
        now = billed(said, source)
        inside = counts > days[0]
        held = policy["decreases"] == "not_allowed" or (inside and policy["decreases"] == "next_period")
        if held:
            now = max(now, level)
        if inside:
            changes.append((counts, now - level, date.fromisoformat(on)))
        level = now
    at_start = level - sum(change for _, change, _ in changes)
    return at_start, changes


# The invoice


def invoice(question):
    currency, policy = question["currency"], question["policy"]
    window = tuple(date.fromisoformat(question["period"][end]) for end in ("start", "end"))
    before = window_before(*window)
    lines = []
    for said in question["lines"]:
        events = [event for event in question["events"] if event["line"] == said["key"]]
        readings = [reading for reading in question["readings"] if reading["line"] == said["key"]]
        for kind, amount in charges(Line(said, window), events, readings, policy, window, before, currency):
            if amount:
                lines.append((said["key"], kind, amount, fraction(said["tax_rate"])))
    scale = 10 ** DIGITS[currency]
    exact = [Fraction(amount, scale) * rate for _, _, amount, rate in lines]
    if policy["tax_rounding"] == "line":
        tax = sum(rounded(one, currency, policy["rounding"]) for one in exact)
    else:
        tax = rounded(sum(exact, Fraction(0)), currency, policy["rounding"])
    net = sum(amount for _, _, amount, _ in lines)
    kinds = sorted((key, kind, amount) for key, kind, amount, _ in lines)
    return kinds, {"net_minor": net, "tax_minor": tax, "gross_minor": net + tax}


def charges(line, events, readings, policy, window, before, currency):
    said = line.said
    price, per, basis = fraction(said["unit_price"]), said["price_per"], policy["basis"]
    scale = 10 ** DIGITS[currency]
    money = lambda amount: rounded(amount, currency, policy["rounding"])
    for start, end, *days in line.periods(window[1] + timedelta(days=1)):
        nominal, days = (start, end), tuple(days)
        worth = lambda days, per=per: price * share(line, nominal, days, basis, per)
        if is_due(said, days, policy, window, before, bool(readings)):
            value = own_value(said, events, readings, days, policy, worth)
            own = money(value)
            yield kind_of(said, readings), own
            if said.get("minimum_spend"):
                measured = "actual_days" if basis == "none" else basis
                least = fraction(said["minimum_spend"]) * share(line, nominal, days, measured, "term")
                missing = money(least - Fraction(own, scale))
                if missing > 0:
                    yield "minimum_spend", missing
        if said["timing"] == "advance" and not readings:
            _, changes = levels(said, events, days, policy)
            value = Fraction(0)
            for counts, change, on in changes:
                known = on <= window[0] if policy["increases"] == "own_invoice" else on < window[0]
                if known and on >= max(before, line.start):
                    value += change * worth((counts, days[1]))
            yield "catch_up", money(value)


def kind_of(said, readings):
    if said["cycle"] == "once":
        return "one_off"
    return "usage" if readings and said["timing"] == "arrears" else "recurring"


def is_due(said, days, policy, window, before, metered):
    """In advance the period that begins in the window; in arrears what is over, and usage settled."""
    if said["timing"] == "advance":
        return window[0] <= days[0] < window[1]
    on = days[1]
    if metered and said["cycle"] != "once" and policy["settle_day"]:
        keep = policy["settle_day"]
        on = add_months(days[1], 0, keep)
        if on < days[1]:
            on = add_months(days[1], 1, keep)
    return before < on <= window[0]


def own_value(said, events, readings, days, policy, worth):
    if readings:
        last = days[1] - timedelta(days=1) if said["timing"] == "arrears" else days[0]
        known = [r for r in readings if date.fromisoformat(r["on"]) <= last]
        newest = max(known, key=lambda reading: reading["on"], default=None)
        source = fraction(newest["value"] if newest else said["quantity"])
        return billed(said, source) * worth(days)
    level, changes = levels(said, events, days, policy)
    value = level * worth(days)
    if said["timing"] == "arrears":
        for counts, change, _ in changes:
            value += change * worth((counts, days[1]))
    return value


# Contracts


def contract(dice):
    """A question, made up."""
    some = lambda *choices: dice.choice(choices)
    day = lambda year, month: date(year, month, dice.randint(1, calendar.monthrange(year, month)[1]))
    start = day(2026, dice.randint(1, 12))
    if dice.random() < 0.5:
        start = start.replace(day=1)
    length = some(1, 1, 1, 3, 7)
    keep = start.day
    end = start + timedelta(days=7) if length == 7 else add_months(start, length, keep)
    lines, events, readings = [], [], []
    for number in range(dice.randint(1, 3)):
        key = f"line {number}"
        lines.append(line_of(dice, key, start))
        began = date.fromisoformat(lines[-1]["start"])
        if dice.random() < 0.2:
            lines[-1]["timing"] = "arrears"
            lines[-1]["quantity"] = "1"
            for back in range(0, 120):
                on = str(end - timedelta(days=back))
                readings.append({"line": key, "on": on, "value": str(dice.randint(1, 90))})
            continue
        least = fraction(lines[-1]["quantity"])
        for _ in range(dice.randint(0, 4)):
            on = start + timedelta(days=dice.randint(-60, 40))
            more = dice.randint(1, 5) if least < 5 or dice.random() < 0.6 else -dice.randint(1, 3)
            if on <= began or least + more < 0:
                continue
            least += min(more, 0)
            events.append({"line": key, "on": str(on), "change": str(more)})
    return {
        "currency": some("GBP", "GBP", "JPY", "KWD"),
        "policy": {
            "basis": some("actual_days", "actual_days", "thirty_days", "whole_months", "none"),
            "change_day": some("included", "excluded"),
            "increases": some("next_invoice", "own_invoice"),
            "decreases": some("credit", "next_period", "not_allowed"),
            "rounding": some(*ROUNDINGS),
            "tax_rounding": some("line", "document"),
            "settle_day": some(0, 15, 31),
        },
        "lines": lines,
        "events": events,
        "readings": readings,
        "period": {"start": str(start), "end": str(end)},
    }


def line_of(dice, key, window_start):
    began = window_start - timedelta(days=dice.randint(-25, 500))
    if dice.random() < 0.3:
        began = began.replace(day=1)
    line = {
        "key": key,
        "quantity": str(dice.randint(0, 40)),
        "unit_price": f"{dice.randint(1, 900000) / 1000:.3f}",
        "price_per": dice.choice(["month", "term"]),
        "cycle": dice.choice(["monthly", "monthly", "monthly", "quarterly", "half_yearly", "annual", "weekly", "once"]),
        "timing": dice.choice(["advance", "advance", "advance", "arrears"]),
        "start": str(began),
        "tax_rate": dice.choice(["0", "0.05", "0.15", "0.2", "0.077"]),
    }
    if dice.random() < 0.2:
        line["end"] = str(began + timedelta(days=dice.randint(1, 700)))
    if dice.random() < 0.3:
        line["included"] = str(dice.randint(0, 10))
    if dice.random() < 0.3:
        line["minimum"] = str(dice.randint(0, 10))
    if dice.random() < 0.2:
        line["minimum_spend"] = str(dice.randint(1, 9000))
    return line


def ask(url, token, question):
    request = urllib.request.Request(
        f"{url}/api/v1/invoice-previews",
        data=json.dumps(question).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def main():
    url, token, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    dice = random.Random(seed)
    compared = 0
    for number in range(count):
        question = contract(dice)
        told = ask(url, token, question)
        theirs = sorted((line["key"], line["kind"], line["net_minor"]) for line in told["lines"])
        ours, totals = invoice(question)
        if theirs != ours or told["totals"] != totals:
            question["readings"] = f"{len(question['readings'])} of them"
            print(f"contract {number} of seed {seed} differs", json.dumps(question, indent=1))
            print("only worked out here:", [one for one in ours if one not in theirs], totals)
            print("only the product says:", [one for one in theirs if one not in ours], told["totals"])
            print("it stops for:", told["stops"])
            sys.exit(1)
        compared += len(ours)
    print(f"{count} contracts agree, in {compared} lines")


main()
