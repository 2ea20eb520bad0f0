#!/usr/bin/env python3
"""The totals that rows of card transactions come to, worked out from README.md beside this file.

Standard library only, integers only, and nothing of the ledger: a second opinion.

    ground_totals.py [--rows N] [--drop N] FILE...      prints {name: integer, ...}

--drop leaves row N out, to see that the comparison notices.
"""

import argparse
import calendar
import gzip
import heapq
import json
import time
from collections import defaultdict

DAY = 86_400
HOUR = 3_600
# What there is to do, in the order in which it is done at one moment.
TICK, ROW, VOID, CAPTURE, REST, REFUND, DISPUTE, DECISION = range(8)
SUBMIT, ACCEPT, SETTLE, CASH, PAYOUT, PAID = range(8, 14)


def share(amount, millionths):
    """The nearest minor unit, halves up."""
    return (amount * millionths + 500_000) // 1_000_000


def seconds(text):
    year, month, day = int(text[0:4]), int(text[5:7]), int(text[8:10])
    clock = int(text[11:13]) * 3_600 + int(text[14:16]) * 60 + int(text[17:19])
    return calendar.timegm((year, month, day, 0, 0, 0)) + clock


def month_of(moment, known={}):
    """`known` remembers the month of each day."""
    day = moment // DAY
    if day not in known:

        known[day] = time.strftime("%Y-%m", time.gmtime(moment))
    return known[day]


def rows_of(paths, most, drop):
    number = 0
    for path in paths:
        with gzip.open(path, "rt") if path.endswith(".gz") else open(path) as lines:
            next(lines)
            for line in lines:
                if most is not None and number >= most:
                    return
                number += 1
                if number - 1 == drop:
                    continue
                fields = line.rstrip("\n").split(",")
                merchant, amount = int(fields[3]) // 100, int(fields[4])
                card = int(fields[2])
                yield number - 1, int(fields[0]), seconds(fields[1]), card, merchant, amount, fields[5]


class Payment:
    __slots__ = ("x", "merchant", "amount", "fraud", "held", "pieces", "fees", "settled")

    def __init__(self, x, merchant, amount, fraud):
        self.x, self.merchant, self.amount, self.fraud = x, merchant, amount, fraud
        self.held, self.fees, self.settled = amount, 0, 0
        self.pieces = []


class Piece:
    """One capture: its amount, and of it what has neither been given back nor settled."""

    __slots__ = ("payment", "amount", "pending", "was_rejected", "batch", "state")

    def __init__(self, payment, amount, batch):
        self.payment, self.amount, self.pending = payment, amount, amount
        self.was_rejected, self.batch, self.state = False, batch, "captured"


class Batch:
    __slots__ = ("day", "merchant", "pieces", "refunds", "captured", "refunded", "cash")

    def __init__(self, day, merchant):
        self.day, self.merchant, self.cash = day, merchant, 0
        self.pieces, self.refunds, self.captured, self.refunded = [], [], 0, 0


class Habits:
    """What one card or merchant lately paid: two hours, two days, and the latest 32 to 63 amounts."""

    __slots__ = ("latest", "hours", "days", "sums", "amounts", "total", "squares")

    def __init__(self):
        self.latest, self.hours, self.days, self.sums = None, {}, {}, {}
        self.amounts = self.total = self.squares = 0

    @staticmethod
    def window(buckets, moment, length):
        """The bucket that runs, and of the one before what the window still covers."""
        number = moment // length
        before = buckets.get(number - 1, 0) * (length - moment % length) // length
        return buckets.get(number, 0) + before

    def tell(self, moment, amount):
        n, total = self.amounts, self.total
        spread = max(0, n * self.squares - total * total)
        return {
            "hour": self.window(self.hours, moment, HOUR),
            "day": self.window(self.days, moment, DAY),
            "sum": self.window(self.sums, moment, DAY),
            "unusual": int(n >= 8 and (n * amount - total) ** 2 > 9 * spread),
            "known": 1,
        }

    def add(self, moment, amount):
        hour, day = moment // HOUR, moment // DAY
        self.latest = moment
        self.hours = {n: c for n, c in self.hours.items() if n >= hour - 1}
        self.days = {n: c for n, c in self.days.items() if n >= day - 1}
        self.sums = {n: c for n, c in self.sums.items() if n >= day - 1}
        self.hours[hour] = self.hours.get(hour, 0) + 1
        self.days[day] = self.days.get(day, 0) + 1
        self.sums[day] = self.sums.get(day, 0) + amount
        self.amounts, self.total, self.squares = (
            self.amounts + 1, self.total + amount, self.squares + amount * amount)
        if self.amounts == 64:
            self.amounts, self.total, self.squares = 32, self.total // 2, self.squares // 2


class Books:
    """Rows in, totals out."""

    def __init__(self):
        self.totals = defaultdict(int)
        self.accounts = defaultdict(lambda: [0, 0, 0, 0])
        self.agenda = []
        self.payments = {}
        self.open = {}
        self.batches = {}
        self.payouts = {}
        self.releases = defaultdict(int)
        self.habits = {}

    # Accounts. Sums are debits, credits, pending debits, pending credits.

    def post(self, debit, credit, amount, pending=False):
        self.accounts[debit][2 if pending else 0] += amount
        self.accounts[credit][3 if pending else 1] += amount

    def owned(self, number, merchant):
        return f"{number}.{merchant}"

    def balance(self, account):
        sums = self.accounts.get(account)
        return 0 if sums is None else sums[0] - sums[1]

    def take(self, merchant, amount, credit):
        """From what the merchant has, and beyond that as debt."""
        covered = min(amount, -self.balance(self.owned(2020, merchant)))
        if covered:
            self.accounts[self.owned(2020, merchant)][0] += covered
        if amount - covered:
            self.accounts[self.owned(1200, merchant)][0] += amount - covered
        if amount:
            self.accounts[credit][1] += amount

    def give(self, merchant, amount, debit):
        """Debt is repaid first."""
        repaid = min(amount, self.balance(self.owned(1200, merchant)))
        if repaid:
            self.accounts[self.owned(1200, merchant)][1] += repaid
        if amount - repaid:
            self.accounts[self.owned(2020, merchant)][1] += amount - repaid
        if amount:
            self.accounts[debit][0] += amount

    # Totals.

    def event(self, name, count=1):
        self.totals["events." + name] += count

    def tell(self, what, moment, merchant, amount):
        for place in ("month." + month_of(moment), f"merchant.{merchant}"):
            self.totals[f"{place}.EUR.{what}.amount"] += amount
            self.totals[f"{place}.EUR.{what}.count"] += 1

    def later(self, moment, kind, number):
        heapq.heappush(self.agenda, (moment, kind, number))

    # The life of everything.

    def terms(self, merchant):
        fee, fixed = 9_000 + 130 * merchant, 5 * (merchant % 4)
        chargeback = 1_500 if merchant % 2 else 0
        reserve = {0: 50_000, 5: 100_000}.get(merchant % 10, 0)
        return fee, fixed, chargeback, reserve

    def begin(self):
        self.event("acquirerSet")
        self.event("settingsChanged")
        self.event("merchantOpened", 100)
        self.event("merchantTermsSet", 100)
        self.event("ownFundsMoved")
        self.post("1010.bank", "3010.ledger", 10_000_000)

    def run(self, rows):
        rows = iter(rows)
        row = next(rows, None)
        if row is None:
            return
        self.begin()
        self.later(row[2] // DAY * DAY + HOUR, TICK, 0)
        last = row[2]
        act = [self.tick, None, self.void, self.capture, self.rest, self.refund, self.dispute, self.decision,
               self.submit, self.accept, self.settle, self.cash, self.payout, self.paid]
        while True:
            if row is not None and (not self.agenda or (row[2], ROW, row[0]) < self.agenda[0]):
                last = row[2]
                self.authorize(*row)
                row = next(rows, None)
                continue
            moment, kind, number = heapq.heappop(self.agenda)
            if row is None and moment > last + 45 * DAY:
                return
            act[kind](moment, number)

    def tick(self, moment, _):
        self.later(moment + HOUR, TICK, 0)
        if moment % DAY:
            return
        for merchant, day in [key for key in self.releases if key[1] * DAY + DAY <= moment]:
            amount = min(self.releases.pop((merchant, day)), -self.balance(self.owned(2030, merchant)))
            if amount:
                self.event("reserveReleased")
                self.give(merchant, amount, self.owned(2030, merchant))
        for merchant in sorted(self.open):
            batch = self.open[merchant]
            self.event("batchClosed")
            number = batch.day * 1_000 + merchant
            self.batches[number] = batch
            start = (batch.day + 1) * DAY
            for kind, after in ((SUBMIT, HOUR), (ACCEPT, 12 * HOUR), (SETTLE, 30 * HOUR), (CASH, 36 * HOUR),
                                (PAYOUT, 37 * HOUR)):
                self.later(start + after, kind, number)
        self.open.clear()

    def batch(self, moment, merchant):
        if merchant not in self.open:
            self.event("batchOpened")
            self.open[merchant] = Batch(moment // DAY, merchant)
        return self.open[merchant]

    def risk(self, subject, number, moment, amount):
        """What was known before; who was quiet for a whole period of 32 days is forgotten."""
        known = self.habits.get((subject, number))
        if known is None or known.latest // (32 * DAY) < moment // (32 * DAY) - 1:
            known = self.habits[subject, number] = Habits()
        else:
            for name, value in known.tell(moment, amount).items():
                self.totals[f"risk.{subject}.{name}"] += value
        known.add(moment, amount)

    def authorize(self, number, x, t, card, merchant, amount, fraud):
        self.totals["rows.read"] += 1
        if amount == 0:
            self.totals["answers.refused.amountZero"] += 1
            return
        self.risk("card", card, t, amount)
        self.risk("merchant", merchant, t, amount)
        payment = Payment(x, merchant, amount, fraud == "1")
        self.payments[number] = payment
        self.event("authorizationRecorded")
        self.totals["answers.done"] += 1
        self.totals["effective.sum"] += t
        self.tell("authorized", t, merchant, amount)
        self.post("1100.acquirer", self.owned(2010, merchant), amount, pending=True)
        k = x % 100
        at_once = payment.fraud or 6 <= k <= 9 or (k >= 10 and x % 5 == 0)
        if at_once:
            self.take_piece(t, payment, amount)
        if payment.fraud:
            self.later(t + 7 * DAY, DISPUTE, number)
        elif k == 0:
            # Announced a day before its end, ended, and too late for a capture.
            self.event("holdExpiring")
            self.later(t + 8 * DAY, CAPTURE, number)
        elif k == 1:
            self.later(t + 2 * HOUR, VOID, number)
            self.later(t + 3 * HOUR, CAPTURE, number)
        elif k <= 5:
            self.later(t + 6 * HOUR, CAPTURE, number)
            if k >= 4 and amount // 2 > 0:
                self.later(t + 30 * HOUR, REST, number)
        elif k == 6 or (k == 7 and amount // 3 > 0):
            self.later(t + 5 * DAY, REFUND, number)
        elif k == 8:
            self.later(t + 600, REFUND, number)
        elif k == 9:
            self.totals["answers.exists"] += 1
        elif not at_once and k > 9:
            self.later(t + 6 * HOUR * (x % 5), CAPTURE, number)

    def take_piece(self, moment, payment, amount, final=True):
        batch = self.batch(moment, payment.merchant)
        piece = Piece(payment, amount, batch)
        payment.pieces.append(piece)
        batch.pieces.append(piece)
        batch.captured += amount
        self.event("captured")
        self.tell("captured", moment, payment.merchant, amount)
        merchant = self.owned(2010, payment.merchant)
        self.post("1100.acquirer", merchant, amount)
        released = payment.held if final else amount
        self.post(merchant, "1100.acquirer", released, pending=True)
        payment.held -= released

    def let_go(self, payment, amount):
        self.post(self.owned(2010, payment.merchant), "1100.acquirer", amount, pending=True)
        payment.held -= amount
        self.reverse(amount)

    def reverse(self, amount):
        self.totals["reversals.count"] += 1
        self.totals["reversals.amount"] += amount

    def void(self, moment, number):
        payment = self.payments[number]
        self.event("voided")
        self.totals["answers.done"] += 1
        self.let_go(payment, payment.held)

    def capture(self, moment, number):
        payment = self.payments[number]
        k = payment.x % 100
        if k == 0 and not payment.fraud:
            self.event("holdExpired")
            self.let_go(payment, payment.held)
            self.event("refused")
            self.totals["answers.refused.paymentExpired"] += 1
        elif k == 1 and not payment.fraud:
            self.event("refused")
            self.totals["answers.refused.paymentVoided"] += 1
        else:
            amount, final = payment.amount, True
            if k in (2, 3):
                amount = payment.amount * 60 // 100 or payment.amount
            elif k in (4, 5) and payment.amount // 2 > 0:
                amount, final = payment.amount // 2, False
            self.totals["answers.done"] += 1
            self.take_piece(moment, payment, amount, final)

    def rest(self, moment, number):
        payment = self.payments[number]
        self.totals["answers.done"] += 1
        self.take_piece(moment, payment, payment.held)

    def refund(self, moment, number):
        payment = self.payments[number]
        piece = payment.pieces[0]
        amount = payment.amount // 3 if payment.x % 100 == 7 else payment.amount
        self.totals["answers.done"] += 1
        is_open = self.open.get(payment.merchant) is piece.batch
        if amount == piece.amount and piece.state == "captured" and is_open:
            # Nobody has heard of it: it leaves its batch.
            piece.batch.pieces.remove(piece)
            piece.batch.captured -= amount
            self.event("captureVoided")
            self.post(self.owned(2010, payment.merchant), "1100.acquirer", amount)
            self.reverse(amount)
            piece.state = "voided"
            return
        batch = self.batch(moment, payment.merchant)
        self.event("refundRequested")
        self.tell("refunded", moment, payment.merchant, amount)
        unsettled = min(amount, piece.pending)
        if unsettled:
            self.post(self.owned(2010, payment.merchant), "2060.acquirer", unsettled)
        self.take(payment.merchant, amount - unsettled, "2060.acquirer")
        piece.pending -= unsettled
        batch.refunds.append(amount)
        batch.refunded += amount

    def dispute(self, moment, number):
        payment = self.payments[number]
        fee = self.terms(payment.merchant)[2]
        self.totals["answers.done"] += 2
        self.event("disputeOpened")
        self.tell("disputed", moment, payment.merchant, payment.amount)
        self.take(payment.merchant, payment.amount, self.owned(2040, payment.merchant))
        if fee:
            self.event("chargebackFeeCharged")
            self.take(payment.merchant, fee, "4020.ledger")
        self.event("disputeFundsPulled")
        self.post("1120.acquirer", "1110.acquirer", payment.amount)
        self.later(moment + 21 * DAY, DECISION, number)

    def decision(self, moment, number):
        payment = self.payments[number]
        held = self.owned(2040, payment.merchant)
        self.totals["answers.done"] += 1
        if payment.x % 3 == 0:
            self.event("disputeWon")
            self.give(payment.merchant, payment.amount, held)
            self.totals["answers.done"] += 1
            self.event("disputeFundsReturned")
            self.post("1110.acquirer", "1120.acquirer", payment.amount)
        else:
            self.event("disputeLost")
            self.post(held, "1120.acquirer", payment.amount)

    # Batches.

    def submit(self, moment, number):
        batch = self.batches[number]
        self.event("batchSubmitted")
        self.event("batchAcknowledged")
        self.totals["answers.done"] += 2
        if batch.captured:
            self.post("1110.acquirer", "1100.acquirer", batch.captured)
        if batch.refunded:
            self.post("2060.acquirer", "1110.acquirer", batch.refunded)

    def accept(self, moment, number):
        pieces = self.batches[number].pieces
        self.event("itemAccepted", len(pieces))
        self.totals["answers.done"] += len(pieces)
        for piece in pieces:
            piece.state = "accepted"

    def settle(self, moment, number):
        batch = self.batches[number]
        settled = items = 0
        for piece in list(batch.pieces):
            self.totals["answers.done"] += 1
            if piece.payment.x % 1_000 == 510 and not piece.was_rejected:
                self.reject(moment, piece)
                continue
            self.settle_piece(moment, piece)
            settled += piece.amount
            items += 1
        for _ in batch.refunds:
            self.event("refundSucceeded")
            self.totals["answers.done"] += 1
        costs = (share(settled, 3_000), share(settled, 1_200), 3 * items)
        if any(costs):
            self.event("costNetted")
            self.totals["answers.done"] += 1
            for account, cost in zip(("5010.acquirer", "5020.acquirer", "5030.acquirer"), costs):
                if cost:
                    self.post(account, "1110.acquirer", cost)
        self.event("batchReconciled")
        self.totals["answers.done"] += 1
        batch.cash = settled - batch.refunded - sum(costs)

    def reject(self, moment, piece):
        """It comes again with the batch of today."""
        piece.was_rejected = True
        batch = self.batch(moment, piece.payment.merchant)
        self.event("itemRejected")
        self.post("1100.acquirer", "1110.acquirer", piece.amount)
        batch.pieces.append(piece)
        batch.captured += piece.amount
        piece.batch, piece.state = batch, "captured"

    def settle_piece(self, moment, piece):
        payment, merchant = piece.payment, piece.payment.merchant
        rate, fixed, _, reserve_rate = self.terms(merchant)
        payment.settled += piece.amount
        fee = max(0, share(payment.settled, rate) + fixed - payment.fees)
        payment.fees += fee
        amount, piece.pending, piece.state = piece.pending, 0, "settled"
        self.event("itemSettled")
        self.tell("settled", moment, merchant, amount)
        self.tell("fees", moment, merchant, fee)
        self.give(merchant, amount, self.owned(2010, merchant))
        self.take(merchant, fee, "4010.ledger")
        if amount > fee:
            available = self.owned(2020, merchant)
            reserve = min(share(amount - fee, reserve_rate), -self.balance(available))
            if reserve:
                self.post(available, self.owned(2030, merchant), reserve)
                if merchant % 10 == 0:
                    self.releases[merchant, moment // DAY + 10] += reserve

    def cash(self, moment, number):
        cash = self.batches[number].cash
        if cash > 0:
            self.event("cashMatched")
            self.totals["answers.done"] += 1
            self.post("1010.bank", "1110.acquirer", cash)

    def payout(self, moment, number):
        merchant = number % 1_000
        amount = -self.balance(self.owned(2020, merchant))
        if amount > 0:
            self.event("payoutCreated")
            self.totals["answers.done"] += 1
            self.post(self.owned(2020, merchant), self.owned(2050, merchant), amount)
            self.payouts[number] = amount
            self.later(moment + 17 * HOUR, PAID, number)

    def paid(self, moment, number):
        amount = self.payouts.pop(number)
        self.event("payoutPaid")
        self.totals["answers.done"] += 1
        self.post(self.owned(2050, number % 1_000), "1010.bank", amount)

    def result(self):
        totals = dict(self.totals)
        names = ("debits", "credits", "pendingDebits", "pendingCredits")
        for account, sums in self.accounts.items():
            if any(sums):
                for name, amount in zip(names, sums):
                    totals[f"account.{account}.EUR.{name}"] = amount
        return totals


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int)
    parser.add_argument("--drop", type=int)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    books = Books()
    books.run(rows_of(arguments.files, arguments.rows, arguments.drop))
    print(json.dumps(books.result(), indent=0, sort_keys=True))


if __name__ == "__main__":
    main()
