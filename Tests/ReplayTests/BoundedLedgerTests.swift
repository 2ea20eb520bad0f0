import Ledger
import LogStore
import Projections
import Replay
import Simulation
import TestSupport
import Testing

/// The state with a memory for nothing.
@Suite struct BoundedLedgerTests {
    private static let shard = Shard(number: 0)
    private static let merchant = MerchantID(number: 1, shard: shard)
    private static let start = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)

    private func machine(_ home: AtticMachine) throws(AtticError) -> BoundedLedger<SimulatedPlatform> {
        var limits = MemoryLimits()
        (limits.payments, limits.keys) = (0, 0)
        limits.quietSpan = LedgerSpan(nanoseconds: 0)
        return BoundedLedger(LedgerState(shard: Self.shard), try home.attic(), limits)
    }

    /// A merchant, an acquirer, an authorization, its void and the answer to its reversal, as events.
    private func life() throws -> [Event] {
        var state = LedgerState(shard: Self.shard)
        var batch = EventBatch(capacity: 64)
        let first = Event(
            sequence: SequenceNumber(raw: 0), time: Self.start, fact: .ledgerOpened(LedgerOpened()))
        state.apply(first)
        var open = OpenMerchant()
        open.settings.name = Text("Shop") ?? Text()
        var acquirer = SetAcquirer()
        acquirer.settings.name = Text("Acquirer") ?? Text()
        var authorization = RecordAuthorization()
        authorization.order.amount = 100
        authorization.order.currency = Currency.eur.number
        authorization.order.capture = .manual
        authorization.acquirer = AcquirerID(number: 1, shard: Self.shard)
        var void = VoidPayment()
        void.payment = PaymentID(createdBy: SequenceNumber(raw: 3), shard: Self.shard)
        var answer = AnswerReversal()
        answer.payment = void.payment
        answer.reversal = ReversalID(createdBy: SequenceNumber(raw: 4), shard: Self.shard)
        answer.isConfirmed = true
        let requests: [Request] = [
            .openMerchant(open), .setAcquirer(acquirer), .recordAuthorization(authorization),
            .voidPayment(void), .answerReversal(answer),
        ]
        for (index, request) in requests.enumerated() {
            var command = Command(request)
            command.merchant = request.operation.isOfLedger ? .none : Self.merchant
            if index > 1 { command.key = Hash128(low: UInt64(index), high: 5) }
            let time = Self.start.adding(.seconds(UInt64(index + 1)))
            guard case .done = state.decide(command, at: time, into: &batch) else {
                Issue.record("\(request.operation) was not done")
                break
            }
        }
        return [first] + (try batch.events(from: SequenceNumber(raw: 1)))
    }

    @Test func `an event finds the payment it changes, wherever it is`() throws {
        let events = try life()
        #expect(events.count == 6)
        var whole = LedgerState(shard: Self.shard)
        var bounded = try machine(AtticMachine())
        for event in events {
            whole.apply(event)
            try bounded.apply(event)
            try bounded.trim()
            #expect(bounded.state.digest == whole.digest)
        }
        let counts = (bounded.evictedCount, bounded.returnedCount, bounded.state.payments.count)
        #expect(counts == (2, 1, 0))
        #expect(bounded.state.keyCount == 0)
        let id = PaymentID(createdBy: SequenceNumber(raw: 3), shard: Self.shard)
        let view = try bounded.view(of: id)
        let expected = whole.view(of: id)
        #expect(view == expected && view != nil)
    }

    /// Forty payments, each captured, voided or both, some twice, and one that nobody made.
    private func commandsThatWait() -> [[Command]] {
        var open = OpenMerchant()
        open.settings.name = Text("Shop") ?? Text()
        var acquirer = SetAcquirer()
        acquirer.settings.name = Text("Acquirer") ?? Text()
        var authorization = RecordAuthorization()
        authorization.order.amount = 100
        authorization.order.currency = Currency.eur.number
        authorization.order.card.fingerprint = 7
        authorization.order.capture = .manual
        authorization.acquirer = AcquirerID(number: 1, shard: Self.shard)
        var slices: [[Request]] = [[.openMerchant(open), .setAcquirer(acquirer)], [], []]
        for number in 0..<UInt64(41) {
            if number < 40 { slices[1].append(.recordAuthorization(authorization)) }
            var capture = CapturePayment()
            capture.payment = PaymentID(createdBy: SequenceNumber(raw: 3 + number), shard: Self.shard)
            capture.place.closesAt = Self.start.adding(.hours(12))
            var void = VoidPayment()
            void.payment = capture.payment
            if number % 3 != 1 { slices[2].append(.capturePayment(capture)) }
            if number % 3 != 0 { slices[2].append(.voidPayment(void)) }
        }
        slices.append(slices[2])
        return slices.enumerated().map { place, requests in
            requests.enumerated().map { index, request in
                var command = Command(request)
                command.merchant = request.operation.isOfLedger ? .none : Self.merchant
                // The last slice says again, with the same keys, what the one before said.
                if place > 0 { command.key = Hash128(low: UInt64(index), high: UInt64(min(place, 2))) }
                return command
            }
        }
    }

    @Test func `what waits together is answered as if it came one by one`() throws {
        var alone = try machine(AtticMachine())
        var together = try machine(AtticMachine())
        let first = Event(
            sequence: SequenceNumber(raw: 0), time: Self.start, fact: .ledgerOpened(LedgerOpened()))
        try alone.apply(first)
        try together.apply(first)
        var time = Self.start
        var seen = (done: 0, exists: 0, refused: 0)
        for commands in commandsThatWait() {
            time = time.adding(.seconds(1))
            let next = alone.state.next
            var (expected, outcomes): ([Outcome], [Outcome]) = ([], [])
            var events = EventBatch(capacity: 256)
            var sameEvents = EventBatch(capacity: 256)
            for command in commands {
                expected.append(try alone.decide(command, at: time, into: &events))
            }
            let outlooks = commands.map { Outlook($0) }
            try together.decide(
                commands.span, outlooks.span, at: time, into: &sameEvents, answering: &outcomes)
            #expect(outcomes == expected)
            #expect(try sameEvents.events(from: next) == events.events(from: next))
            #expect(together.state.digest == alone.state.digest)
            try alone.trim()
            try together.trim()
            for outcome in outcomes {
                switch outcome {
                case .done: seen.done += 1
                case .exists: seen.exists += 1
                case .refused: seen.refused += 1
                }
            }
        }
        #expect(seen.done > 60 && seen.exists > 30 && seen.refused > 5, "\(seen)")
        #expect(together.returnedCount > 0 && together.returnedCount == alone.returnedCount)
    }

    /// Three hundred payments whose holds have ended, voided one by one: each writes its end first.
    @Test func `commands write no more of what is due than replies may wait behind`() throws {
        var ledger = try machine(AtticMachine())
        try ledger.apply(
            Event(sequence: SequenceNumber(raw: 0), time: Self.start, fact: .ledgerOpened(LedgerOpened())))
        var (open, acquirer) = (OpenMerchant(), SetAcquirer())
        open.settings.name = Text("Shop") ?? Text()
        acquirer.settings.name = Text("Acquirer") ?? Text()
        var authorization = RecordAuthorization()
        authorization.order.amount = 100
        authorization.order.currency = Currency.eur.number
        authorization.order.capture = .manual
        authorization.acquirer = AcquirerID(number: 1, shard: Self.shard)
        let requests =
            [.openMerchant(open), .setAcquirer(acquirer)]
            + [Request](repeating: .recordAuthorization(authorization), count: 300)
        var events = EventBatch(capacity: 4_096)
        var number: UInt64 = 0
        func keyed(_ request: Request) -> Command {
            number += 1
            var command = Command(request)
            command.merchant = request.operation.isOfLedger ? .none : Self.merchant
            command.key = Hash128(low: number, high: 5)
            return command
        }
        for request in requests { _ = try ledger.decide(keyed(request), at: Self.start, into: &events) }
        let later = Self.start.adding(.days(31))
        var (ended, busy) = (0, 0)
        for payment in 0..<300 as Range<UInt64> {
            var void = VoidPayment()
            void.payment = PaymentID(createdBy: SequenceNumber(raw: 3 + payment), shard: Self.shard)
            events.removeAll()
            switch try ledger.decide(keyed(.voidPayment(void)), at: later, into: &events) {
            case .refused(.paymentExpired): ended += 1
            case .refused(.busy): busy += 1
            case let other: Issue.record("\(other)")
            }
        }
        #expect((ended, busy) == (LedgerState.commandsDueMax, 300 - LedgerState.commandsDueMax))
        // The tick writes the rest, and the next turn has room again.
        events.removeAll()
        while try ledger.tick(at: later, into: &events) {}
        #expect(ledger.state.dueRoom == LedgerState.commandsDueMax)
    }

    @Test func `a payment that is nowhere is told, with the event that changes it`() throws {
        let events = try life()
        var bounded = try machine(AtticMachine())
        for event in events.dropLast() {
            try bounded.apply(event)
            try bounded.trim()
        }
        bounded.attic = try AtticMachine(seed: 9).attic()
        let id = PaymentID(createdBy: SequenceNumber(raw: 3), shard: Self.shard)
        var error: AtticError?
        do throws(AtticError) { try bounded.apply(events[5]) } catch let thrown { error = thrown }
        #expect(error == .missing(id, SequenceNumber(raw: 5)))
    }

    @Test func `a payment that is not as its last event left it is told`() throws {
        let events = try life()
        var bounded = try machine(AtticMachine())
        for event in events.dropLast() {
            try bounded.apply(event)
            try bounded.trim()
        }
        // As if the void had never been heard of: another event came before.
        var other = events[5]
        other.context.previous = SequenceNumber(raw: 3)
        let id = PaymentID(createdBy: SequenceNumber(raw: 3), shard: Self.shard)
        var error: AtticError?
        do throws(AtticError) { try bounded.apply(other) } catch let thrown { error = thrown }
        #expect(error == .payment(id, .neverLeft(id)))
    }

    @Test func `a clock of sequences tells what is old, about`() {
        var clock = QuietClock(span: .hours(32))
        for hour in 0..<200 as Range<UInt64> {
            clock.note(SequenceNumber(raw: hour * 10), at: LedgerTime(nanoseconds: 1).adding(.hours(hour)))
            let expected = hour < 32 ? 0 : (hour - 32) * 10
            #expect(clock.quietBefore.raw <= expected && clock.quietBefore.raw + 20 >= expected)
        }
        // One that begins where another stopped knows what it is told of the past, and no more.
        var again = QuietClock(span: .hours(32))
        let known: [(time: LedgerTime, next: SequenceNumber)] = [150, 100, 190].map {
            (LedgerTime(nanoseconds: 1).adding(.hours($0)), SequenceNumber(raw: $0 * 10))
        }
        again.recall(known)
        again.note(SequenceNumber(raw: 2_000), at: LedgerTime(nanoseconds: 1).adding(.hours(200)))
        #expect(again.quietBefore.raw == 1_500)
        var now = QuietClock(span: LedgerSpan(nanoseconds: 0))
        now.note(SequenceNumber(raw: 7), at: LedgerTime(nanoseconds: 1))
        #expect(now.quietBefore.raw == 7)
    }

    @Test func `rows that left and could not be kept end the machine, not the truth`() throws {
        let home = AtticMachine()
        var limits = MemoryLimits()
        (limits.payments, limits.keys) = (0, 0)
        limits.quietSpan = LedgerSpan(nanoseconds: 0)
        let attic = try home.attic(paymentBytes: 1, keys: 1)
        var ledger = BoundedLedger(LedgerState(shard: Self.shard), attic, limits)
        for event in try life() { try ledger.apply(event) }
        home.home.platform.disk.crash()
        var failures = 0
        do throws(AtticError) { try ledger.trim() } catch { failures += 1 }
        // A key that left with the rest would be done a second time, so nobody is answered any more.
        var batch = EventBatch(capacity: 64)
        var again = RecordAuthorization()
        again.order.amount = 100
        again.order.currency = Currency.eur.number
        again.acquirer = AcquirerID(number: 1, shard: Self.shard)
        var command = Command(.recordAuthorization(again))
        command.merchant = Self.merchant
        command.key = Hash128(low: 2, high: 5)
        do throws(AtticError) {
            _ = try ledger.decide(command, at: Self.start.adding(.days(1)), into: &batch)
        } catch { failures += 1 }
        do throws(AtticError) { try ledger.trim() } catch { failures += 1 }
        do throws(AtticError) {
            _ = try ledger.tick(at: Self.start.adding(.days(2)), into: &batch)
        } catch { failures += 1 }
        #expect(failures == 4)
        #expect(batch.count == 0)
    }
}
