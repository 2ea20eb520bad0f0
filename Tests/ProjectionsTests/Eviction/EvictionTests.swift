import Foundation
import Ledger
import Projections
import Testing

/// Payments that leave the memory and come back, without the ledger knowing less.
@Suite struct EvictionTests {
    @Test func `a payment leaves with all its rows and comes back as it was`() throws {
        var machine = EvictedLedger()
        let payment = machine.settled()
        let (digest, view) = (machine.ledger.state.digest, machine.ledger.state.view(of: payment))
        #expect(machine.ledger.state.absentRowCounts == [0, 0, 0, 0, 0, 0])
        let evicted1 = machine.evict()
        #expect(evicted1 == 1)
        #expect(machine.ledger.state.absentRowCounts == [1, 1, 2, 1, 2, 1])
        #expect(machine.ledger.state.payments.count == 0 && machine.ledger.state.captures.count == 0)
        #expect(machine.ledger.state.digest == digest)
        #expect(machine.ledger.state.view(of: payment) == nil)
        #expect(machine.ledger.state.absentPayment(payment) == payment)
        try machine.restore(payment)
        #expect(machine.ledger.state.absentRowCounts == [0, 0, 0, 0, 0, 0])
        #expect(machine.ledger.state.digest == digest)
        #expect(machine.ledger.state.view(of: payment) == view)
        #expect(machine.ledger.state.absentPayment(payment) == nil)
    }

    @Test func `what happens to a payment that came back is what happens to one that never left`() throws {
        var machine = EvictedLedger()
        var other = EvictedLedger()
        let payment = machine.settled()
        _ = other.settled()
        machine.evict()
        _ = machine.ledger.authorize(1)
        _ = other.ledger.authorize(1)
        try machine.restore(payment)
        machine.refund(payment, 100)
        other.refund(payment, 100)
        #expect(machine.ledger.state.digest == other.ledger.state.digest)
        #expect(machine.ledger.events == other.ledger.events)
        #expect(machine.ledger.replayed() == machine.ledger.state.digest)
        // And it leaves again, to be found with what happened since.
        let evicted1 = machine.evict()
        #expect(evicted1 == 1)
        try machine.restore(payment)
        #expect(machine.ledger.state.view(of: payment) == other.ledger.state.view(of: payment))
    }

    @Test func `what is held, captured, refunded, disputed or waited for stays`() {
        var machine = EvictedLedger()
        var evicted: [Int] = []
        let payment = machine.ledger.authorize(100)
        evicted.append(machine.evict())
        machine.ledger.capture(payment)
        evicted.append(machine.evict())
        machine.settle(payment)
        evicted.append(machine.evict())
        let voided = machine.ledger.authorize(100)
        machine.ledger.void(voided)
        // Its reversal is still to be made; it names the payment, whose rows it does not need.
        evicted.append(machine.evict())
        #expect(evicted == [0, 0, 1, 1])
        #expect(machine.ledger.state.outstandingWork.count == 1)
    }

    @Test func `a payment whose latest event is young stays`() {
        var machine = EvictedLedger()
        machine.ledger.void(machine.ledger.authorize(100))
        var packed = PackedPayments()
        let latest = SequenceNumber(raw: machine.ledger.state.next.raw - 1)
        let young = machine.ledger.state.evictPayments(
            atMost: 9, lookingAt: 99, quietBefore: latest, into: &packed)
        let old = machine.ledger.state.evictPayments(
            atMost: 9, lookingAt: 99, quietBefore: latest.advanced(by: 1), into: &packed)
        #expect(young == 0 && old == 1)
    }

    @Test func `a list of payments ends and says which may be missing`() throws {
        var machine = EvictedLedger()
        let made = (1...9).map { machine.ledger.authorize(Int64($0)) }
        for index in [2, 3, 6, 8] { machine.ledger.void(made[index]) }
        let evicted4 = machine.evict()
        #expect(evicted4 == 4)
        func list(_ machine: borrowing EvictedLedger) -> [PaymentID] {
            var (found, cursor) = ([PaymentID](), PaymentID.none)
            repeat {
                let page = machine.ledger.state.payments(
                    of: machine.ledger.merchant, from: cursor, limit: 2)
                #expect(page.completeAfter == made[8])
                found += page.payments.map(\.id)
                cursor = page.next
            } while !cursor.isNone
            return found
        }
        let there = [7, 5, 4, 1, 0].map { made[$0] }
        let listed1 = list(machine)
        #expect(listed1 == there)
        for index in [3, 8] { try machine.restore(made[index]) }
        let listed2 = list(machine)
        #expect(listed2 == there)
        let page = machine.ledger.state.payments(of: machine.ledger.merchant, from: made[3], limit: 9)
        #expect(page.payments.map(\.id) == [made[3]] && page.next.isNone)
        let young = machine.ledger.authorize(10)
        let listed3 = list(machine)
        #expect(listed3 == [young] + there)
        let evicted2 = machine.evict()
        #expect(evicted2 == 2)
        let listed4 = list(machine)
        #expect(listed4 == [young] + there)
    }

    @Test func `an exception resolved late names its payment all the same`() throws {
        var machine = EvictedLedger()
        var other = EvictedLedger()
        func open(_ machine: inout EvictedLedger) -> PaymentID {
            let payment = machine.ledger.authorize(100)
            machine.ledger.void(payment)
            var request = OpenException()
            request.kind = .missingAtAcquirer
            request.payment = payment
            machine.ledger.perform(.openException(request))
            return payment
        }
        let payment = open(&machine)
        _ = open(&other)
        var resolve = ResolveException()
        let latest = SequenceNumber(raw: machine.ledger.state.next.raw - 1)
        resolve.exception = ExceptionID(createdBy: latest, shard: Shard(number: 0))
        resolve.resolution = .ignore
        resolve.reason = Text("seen") ?? Text()
        var command = Command(.resolveException(resolve))
        command.merchant = machine.ledger.merchant
        command.actor = ActorID(raw: 1)
        machine.evict()
        #expect(machine.ledger.state.absentPayment(for: command) == payment)
        try machine.restore(payment)
        _ = machine.ledger.perform(command)
        _ = other.ledger.perform(command)
        #expect(machine.ledger.state.digest == other.ledger.state.digest)
    }

    // MARK: Bytes

    @Test func `bytes that were not packed here are told, and change nothing`() throws {
        var machine = EvictedLedger()
        let payment = machine.settled()
        let second = machine.ledger.authorize(10)
        machine.ledger.void(second)
        machine.evict()
        let (packed, other) = (machine.attic[payment] ?? [], machine.attic[second] ?? [])
        let digest = machine.ledger.state.digest
        for index in packed.indices {
            var damaged = packed
            damaged[index] ^= 1 << UInt8(index & 7)
            #expect(throws: PackedPaymentError.self) { try machine.restore(damaged, of: payment) }
        }
        for count in 0..<packed.count {
            #expect(throws: PackedPaymentError.self) {
                try machine.restore(Array(packed.prefix(count)), of: payment)
            }
        }
        #expect(throws: PackedPaymentError.otherPayment(second)) { try machine.restore(other, of: payment) }
        #expect(machine.ledger.state.digest == digest)
        #expect(machine.ledger.state.absentRowCounts == [2, 1, 2, 1, 2, 1])
        try machine.restore(packed, of: payment)
        #expect(throws: PackedPaymentError.isInMemory(payment)) {
            try machine.restore(packed, of: payment)
        }
        // What another ledger packed: the last to come back must be the last that left.
        var stranger = EvictedLedger()
        _ = stranger.settled()
        let foreign = stranger.ledger.authorize(99)
        stranger.ledger.void(foreign)
        stranger.ledger.void(stranger.ledger.authorize(98))
        stranger.evict()
        #expect(foreign == second)
        #expect(throws: PackedPaymentError.neverLeft(second)) {
            try machine.restore(stranger.attic[foreign] ?? [], of: second)
        }
        try machine.restore(other, of: second)
        #expect(machine.ledger.state.digest == digest)
    }

    /// Pins the packed form: `Golden/packed-payment-1.txt` never changes once released.
    @Test func `a payment is packed as it always was`() throws {
        var machine = EvictedLedger()
        let payment = machine.settled()
        machine.evict()
        let packed = machine.attic[payment] ?? []
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Golden/packed-payment-1.txt")
        let digits = packed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let golden = try String(contentsOf: url, encoding: .utf8)
        #expect(golden.filter { !$0.isWhitespace } == digits)
    }
}
