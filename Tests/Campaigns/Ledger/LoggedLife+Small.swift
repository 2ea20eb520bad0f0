import Ledger
import LedgerModel
import LogStore
import Projections
package import Replay
package import Simulation

// A machine with hardly any memory beside a logged life: it decides the same commands, and starts from the
// same log.
extension LoggedLife {
    package typealias Small = BoundedLedger<SimulatedPlatform>

    /// Starts a machine from the log, with the newest snapshot that can be believed, if there is one.
    package func startSmall(
        seed: UInt64, payments: Int, keys: Int
    ) throws(ReplayError) -> StartedLedger<Small> {
        try Self.startSmall(ReplayLog(log), seed: seed, payments: payments, keys: keys)
    }

    /// The same, of any log.
    package static func startSmall(
        _ log: ReplayLog<SimulatedPlatform>, seed: UInt64, payments: Int, keys: Int
    ) throws(ReplayError) -> StartedLedger<Small> {
        var limits = MemoryLimits()
        limits.payments = payments
        limits.keys = keys
        limits.quietSpan = LedgerSpan(nanoseconds: 0)
        var buffers = Attic<SimulatedPlatform>.BufferLimits()
        buffers.paymentBytes = 4_096
        buffers.keys = 50
        return try LedgerStart.open(log, seed: seed, limits, buffers: buffers)
    }

    /// Makes everything durable, and writes a snapshot of a machine that is where this life is, with its
    /// attic; returns its sequence.
    package mutating func snapshot(of small: inout Small) throws -> UInt64 {
        try settle()
        small.state.skip(to: state.next)
        try small.writeSnapshot(to: SnapshotStore(ReplayLog(log)))
        return small.state.next.raw
    }

    /// The same life goes on here and on a machine with little memory: the outcomes and events must be equal,
    /// and so must the digests, before and after rows leave. Returns what differs first.
    package mutating func run(steps: Int, beside small: inout Small) throws -> String? {
        var smallBatch = EventBatch(capacity: 2_048)
        for _ in 0..<steps {
            let step = drawStep()
            small.state.skip(to: state.next)
            let ours = try take(step)
            var little = EventBatch(capacity: step.room ?? 1)
            if step.room != nil { swap(&little, &smallBatch) }
            smallBatch.removeAll()
            let theirs = try Self.perform(step, on: &small, &smallBatch)
            if ours != theirs { return "step \(stepCount): \(ours), the small one says \(theirs)" }
            if !Self.areEqual(batch, smallBatch) { return "step \(stepCount): other events" }
            if step.room != nil { swap(&little, &smallBatch) }
            if state.digest != small.state.digest { return "step \(stepCount): other digests" }
            try small.trim()
            if state.digest != small.state.digest {
                return "step \(stepCount): other digests once rows have left"
            }
        }
        try settle()
        small.state.skip(to: state.next)
        return nil
    }

    private static func perform(
        _ step: CommandDrawer.Step, on small: inout Small, _ batch: inout EventBatch
    ) throws(AtticError) -> String {
        switch step.act {
        case .command(let command):
            return text(try small.decide(command, at: step.time, into: &batch))
        case .request(let commands, let key, let fingerprint):
            return text(
                try small.decideAll(
                    commands, key: key, fingerprint: fingerprint, at: step.time, into: &batch))
        case .tick:
            while try small.tick(at: step.time, into: &batch), batch.count < 1_024 {}
            return "tick"
        }
    }
}
