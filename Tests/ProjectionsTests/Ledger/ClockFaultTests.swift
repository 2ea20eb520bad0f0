import Ledger
import Projections
import Simulation
import Testing

/// A clock that jumps forward and back, stands still or says nonsense: what is told is only a wish, and what
/// has happened stays in order.
@Suite struct ClockFaultTests {
    private static func expectIncreasing(_ ledger: borrowing TestLedger) {
        let times = ledger.events.map(\.time)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        #expect(times.allSatisfy { $0 < .max })
        #expect(ledger.replayed() == ledger.state.digest)
    }

    @Test(arguments: 0..<8)
    func `whatever the clock says, log time increases strictly and replay agrees`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ledger = TestLedger()
        var payments: [PaymentID] = []
        for _ in 0..<2_000 {
            let last = ledger.state.time
            ledger.now =
                switch random.next() % 8 {
                case 0: last.subtracting(.days(5))
                case 1: random.next() % 20 == 0 ? last.adding(.days(5)) : last
                case 2: .none
                case 3: .max
                case 4: LedgerTime(nanoseconds: .max)
                case 5: last
                default: last.adding(.seconds(random.next() % 3_600))
                }
            switch random.next() % 5 {
            case 0, 1: payments.append(ledger.authorize(100, automatic: random.next() % 3 == 0))
            case 2: if let payment = payments.popLast(), !payment.isNone { ledger.capture(payment) }
            case 3: if let payment = payments.first, !payment.isNone { ledger.void(payment) }
            default: _ = ledger.tick()
            }
        }
        #expect(ledger.events.count > 500)
        Self.expectIncreasing(ledger)
    }

    @Test func `nothing falls due by a backward jump, nor by a clock that stands still`() {
        var ledger = TestLedger()
        for _ in 0..<20 { _ = ledger.authorize(100, automatic: true) }
        for _ in 0..<20 { _ = ledger.authorize(100) }
        let now = ledger.now
        let count = ledger.events.count
        for time in [now.subtracting(.days(5)), now, now, .none, LedgerTime(nanoseconds: 1), now] {
            ledger.now = time
            #expect(ledger.tick() == [0])
        }
        #expect(ledger.events.count == count)
        // Commands go on, a nanosecond after each other, and still nothing is due.
        ledger.now = now.subtracting(.days(5))
        let last = ledger.state.time
        let payment = ledger.authorize(100)
        #expect(ledger.state.time == last.adding(LedgerSpan(nanoseconds: 1)))
        #expect(ledger.tick() == [0])
        ledger.now = .none
        // No batch is asked for: the one that is open has not been closed by anybody.
        #expect(ledger.capture(payment) != .refused(.timeOutOfRange))
        #expect(ledger.events.suffix(2).map(\.fact.type) == [.authorizationRecorded, .captured])
        Self.expectIncreasing(ledger)
    }

    @Test func `after a jump forward and back, what is not due by log time waits for its time`() {
        var ledger = TestLedger()
        let start = ledger.now
        let payment = ledger.authorize(100)
        ledger.now = start.adding(.days(5))
        _ = ledger.authorize(1)
        // Six days are over: it is announced; on the seventh day it ends, and no sooner.
        ledger.now = start
        for _ in 0..<3 { #expect(ledger.tick() == [0]) }
        ledger.now = start.adding(.days(6)).adding(.seconds(1))
        #expect(ledger.tick() == [1])
        ledger.now = start.subtracting(.days(5))
        #expect(ledger.tick() == [0])
        #expect(ledger.row(payment).phase == .live)
        ledger.now = start.adding(.days(7)).adding(.seconds(1))
        #expect(ledger.tick() == [1])
        #expect(ledger.row(payment).phase == .expired)
        ledger.now = start
        #expect(ledger.capture(payment) == .refused(.paymentExpired))
        Self.expectIncreasing(ledger)
    }

    @Test(arguments: 0..<4)
    func `what a jump makes due is written in the order in which it was due, each once`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ledger = TestLedger()
        // Settings without announcements: every hold is due once.
        var settings = ChangeSettings()
        settings.settings.noticeSpan = LedgerSpan(nanoseconds: 0)
        ledger.perform(.changeSettings(settings), of: MerchantID.none)
        var expected: [(time: LedgerTime, kind: Int, id: UInt64)] = []
        for _ in 0..<1_500 {
            // Several at the same moment, too.
            let moment = ledger.now.adding(.hours(1 + random.next() % 110))
            let time = LedgerTime(nanoseconds: moment.nanoseconds / 3_600_000_000_000 * 3_600_000_000_000)
            switch random.next() % 3 {
            case 0: expected.append((time, 1, hold(until: time, &ledger)))
            case 1: expected.append((time, 8, attempt(until: time, &ledger)))
            default: expected.append((time, 3, challenge(until: time, &ledger)))
            }
        }
        expected.sort { ($0.time.nanoseconds, $0.kind, $0.id) < ($1.time.nanoseconds, $1.kind, $1.id) }
        let count = ledger.events.count
        ledger.now = ledger.now.adding(.days(5))
        #expect(ledger.tick() == [512, 512, 476])
        #expect(ledger.events.dropFirst(count).map(\.context.payment.raw) == expected.map(\.id))
        let types = ledger.events.dropFirst(count).map(\.fact.type)
        let names: [Int: FactType] = [1: .holdExpired, 8: .attemptUnknown, 3: .declined]
        #expect(types == expected.compactMap { names[$0.kind] })
        ledger.now = ledger.now.subtracting(.days(5))
        #expect(ledger.tick() == [0])
        Self.expectIncreasing(ledger)
    }

    private func hold(until time: LedgerTime, _ ledger: inout TestLedger) -> UInt64 {
        var request = RecordAuthorization()
        request.order.amount = 100
        request.order.currency = Currency.eur.number
        request.acquirer = ledger.acquirer
        request.expiresAt = time
        return created(ledger.perform(.recordAuthorization(request)))
    }

    private func attempt(until time: LedgerTime, _ ledger: inout TestLedger) -> UInt64 {
        var request = RequestPayment()
        request.order.amount = 100
        request.order.currency = Currency.eur.number
        request.acquirer = ledger.acquirer
        request.deadline = time
        return created(ledger.perform(.requestPayment(request)))
    }

    private func challenge(until time: LedgerTime, _ ledger: inout TestLedger) -> UInt64 {
        var request = RequestPayment()
        request.order.amount = 100
        request.order.currency = Currency.eur.number
        request.order.risk.score = 60
        request.order.risk.action = .challenge
        request.challengeEnds = time
        return created(ledger.perform(.requestPayment(request)))
    }

    private func created(_ outcome: Outcome) -> UInt64 {
        guard case .done(let first, _) = outcome else { return 0 }
        return PaymentID(createdBy: first, shard: Shard(number: 0)).raw
    }

    @Test func `keys are forgotten by log time, not by what the clock says`() {
        var ledger = TestLedger()
        var request = RecordAuthorization()
        request.order.amount = 100
        request.order.currency = Currency.eur.number
        request.acquirer = ledger.acquirer
        var command = Command(.recordAuthorization(request))
        command.merchant = ledger.merchant
        command.key = Hash128(low: 1, high: 9)
        command.fingerprint = 1
        guard case .done(let first, _) = ledger.perform(command) else { return #expect(Bool(false)) }
        let start = ledger.now
        // The clock is days ahead, but nothing was written: no time has passed.
        for time in [start.adding(.days(5)), .max, start.subtracting(.days(5)), .none] {
            ledger.now = time
            if time < LedgerState.turnTimeMax { #expect(ledger.perform(command) == .exists(first, .done)) }
            #expect(ledger.state.keyCount == 1)
        }
        ledger.now = start.adding(.days(5))
        ledger.perform(.setRoute(SetRoute()))
        #expect(ledger.state.keyCount == 0)
        // Forgotten is forgotten, whatever the clock says now.
        ledger.now = start
        #expect(ledger.perform(command) != .exists(first, .done))
        Self.expectIncreasing(ledger)
    }

    @Test func `at the end of time everything is refused, and nothing of it stays`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(100)
        let (digest, now) = (ledger.state.digest, ledger.now)
        let past = LedgerState.turnTimeMax.adding(LedgerSpan(nanoseconds: 1))
        for time in [past, .max, LedgerTime(nanoseconds: .max)] {
            ledger.now = time
            #expect(ledger.capture(payment) == .refused(.timeOutOfRange))
            ledger.now = time
            #expect(
                ledger.performAll([Command(.setRoute(SetRoute()))], key: 1)
                    == .refused(.timeOutOfRange, index: 0))
            #expect(ledger.tick() == [0])
        }
        #expect(ledger.state.digest == digest)
        // A clock that comes to its senses finds everything as it was.
        ledger.now = now
        #expect(ledger.capture(payment) != .refused(.timeOutOfRange))
        // The last moment of all: what is due then is written, and the turn after it is refused.
        let held = ledger.authorize(100)
        ledger.now = LedgerState.turnTimeMax
        #expect(ledger.tick() == [2])
        #expect(ledger.row(held).phase == .expired)
        #expect(ledger.authorize(100) == .none)
        #expect(ledger.tick() == [0])
        Self.expectIncreasing(ledger)
    }

    @Test func `holds that never end are captured, the first one first`() {
        var ledger = TestLedger()
        ledger.now = LedgerState.turnTimeMax.subtracting(.days(1))
        let payment = ledger.authorize(100)
        var increment = IncrementAuthorization()
        increment.payment = payment
        increment.amount = 50
        let hold = HoldID(createdBy: ledger.state.next, shard: Shard(number: 0))
        ledger.perform(.incrementAuthorization(increment))
        #expect(ledger.row(payment).expiresAt == .max)
        ledger.capture(payment, 120, isFinal: false)
        #expect(ledger.state.holds.find(hold.raw).map { ledger.state.holds[$0].held.minorUnits } == 30)
        ledger.capture(payment)
        #expect(ledger.row(payment).held.isZero)
        #expect(ledger.balance(.acquirerReceivable) == (150, 0))
        Self.expectIncreasing(ledger)
    }

    @Test func `a moment beyond all time is the last one, and its reserve never comes`() {
        var ledger = TestLedger()
        let payment = ledger.authorize(1_000, automatic: true)
        settle(payment, &ledger)
        var withhold = WithholdReserve()
        withhold.currency = Currency.eur.number
        withhold.amount = 400
        withhold.releaseAt = LedgerTime(nanoseconds: .max)
        guard case .done = ledger.perform(.withholdReserve(withhold)) else { return #expect(Bool(false)) }
        #expect(ledger.balance(.merchantReserve).posted == -400)
        ledger.now = LedgerState.turnTimeMax
        _ = ledger.tick()
        #expect(ledger.balance(.merchantReserve).posted == -400)
        Self.expectIncreasing(ledger)
    }

    private func settle(_ payment: PaymentID, _ ledger: inout TestLedger) {
        let captured = ledger.row(payment).latest
        let batch = BatchID(createdBy: SequenceNumber(raw: captured.raw - 1), shard: Shard(number: 0))
        var close = CloseBatch()
        close.batch = batch
        ledger.perform(.closeBatch(close))
        var submit = SubmitBatch()
        submit.batch = batch
        ledger.perform(.submitBatch(submit))
        var settle = SettleItem()
        settle.batch = batch
        settle.payment = payment
        settle.capture = CaptureID(createdBy: captured, shard: Shard(number: 0))
        ledger.perform(.settleItem(settle))
    }
}
