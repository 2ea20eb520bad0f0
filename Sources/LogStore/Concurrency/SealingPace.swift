import Synchronization

/// Lets the sealer's thread wait for an idle core only while that is fast enough.
///
/// A segment takes seconds, or for ever at idle priority on a machine whose cores are busy; so the sealer
/// looks between blocks: it has normal priority as long as it is behind its floor (`SealingFloor`), as long
/// as half of what would refuse appends waits, and once somebody waits for its end. Without a sealer's
/// thread it does nothing.
package final class SealingPace: Sendable {
    private let exchange: FrameExchange
    /// Nanoseconds of a clock that never goes back.
    private let clock: @Sendable () -> UInt64
    private let hasBegun = Atomic<Bool>(false)
    private let mustHurry = Atomic<Bool>(false)
    /// Whether the thread has idle priority now; written by that thread only.
    private let idles = Atomic<Bool>(false)
    private let floor = Mutex(SealingFloor())

    package init(exchange: FrameExchange, clock: @escaping @Sendable () -> UInt64) {
        self.exchange = exchange
        self.clock = clock
    }

    package var isIdle: Bool { idles.load(ordering: .relaxed) }

    /// The calling thread seals from now on.
    package func begin() {
        hasBegun.store(true, ordering: .relaxed)
        rest()
    }

    /// No idling any more: somebody waits for the thread's end. Any thread.
    package func hurry() { mustHurry.store(true, ordering: .relaxed) }

    /// There is nothing to seal: the time until there is does not count.
    package func rest() {
        guard hasBegun.load(ordering: .relaxed) else { return }
        floor.withLock { $0.rest() }
        setPriority(isBehind: false)
    }

    /// Gives the sealer's thread, which calls this, the priority that fits the backlog and its progress.
    ///
    /// - Parameter byteCount: bytes of events sealed or read back since the last call.
    package func adapt(byteCount: Int = 0) {
        guard hasBegun.load(ordering: .relaxed) else { return }
        let backlog = exchange.backlogBytes
        let isBehind = floor.withLock { floor in
            floor.note(byteCount: byteCount, backlogBytes: backlog, now: clock())
            return floor.isBehind
        }
        setPriority(isBehind: isBehind)
    }

    private func setPriority(isBehind: Bool) {
        let mayIdle = !mustHurry.load(ordering: .relaxed) && !exchange.isBacklogHigh && !isBehind
        guard mayIdle != isIdle else { return }
        if mayIdle { DedicatedThread.beIdle() } else { DedicatedThread.beNormal() }
        idles.store(mayIdle, ordering: .relaxed)
    }
}

/// The least rate of sealing: what waits now, or one write-ahead file if that is more, within a minute.
///
/// Counts bytes done against bytes due. A lead is worth one second, so that a fast start does not pay for a
/// long stop; a debt is remembered for ten.
package struct SealingFloor: Sendable {
    private var last: UInt64?
    /// Bytes done beyond those due; negative: behind.
    private var lead: Double = 0

    private static var secondsForBacklog: Double { 60 }
    private static var backlogMin: Double { 134_217_728 }

    package init() {}

    package var isBehind: Bool { lead < 0 }

    package mutating func rest() { (last, lead) = (nil, 0) }

    package mutating func note(byteCount: Int, backlogBytes: Int, now: UInt64) {
        let rate = max(Double(backlogBytes), Self.backlogMin) / Self.secondsForBacklog
        // A clock that stands still or is read by two threads gives no time, not a negative one.
        let seconds = last.map { now > $0 ? Double(now - $0) / 1e9 : 0 } ?? 0
        last = now
        lead = min(max(lead + Double(byteCount) - rate * seconds, -10 * rate), rate)
    }
}
