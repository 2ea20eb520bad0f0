import Synchronization

/// Lets the sealer's thread wait for an idle core only while nobody waits for the sealer.
///
/// A segment takes seconds, or for ever at idle priority on a machine whose cores are busy; so the sealer
/// looks between blocks. Without a sealer's thread it does nothing.
package final class SealingPace: Sendable {
    private let exchange: FrameExchange
    private let hasBegun = Atomic<Bool>(false)
    private let mustHurry = Atomic<Bool>(false)
    /// Whether the thread has idle priority now; written by that thread only.
    private let idles = Atomic<Bool>(false)

    package init(exchange: FrameExchange) { self.exchange = exchange }

    package var isIdle: Bool { idles.load(ordering: .relaxed) }

    /// The calling thread seals from now on.
    package func begin() {
        hasBegun.store(true, ordering: .relaxed)
        adapt()
    }

    /// No idling any more: somebody waits for the thread's end. Any thread.
    package func hurry() { mustHurry.store(true, ordering: .relaxed) }

    /// Gives the sealer's thread, which calls this, the priority that fits the backlog.
    package func adapt() {
        guard hasBegun.load(ordering: .relaxed) else { return }
        let mayIdle = !mustHurry.load(ordering: .relaxed) && !exchange.isBacklogHigh
        guard mayIdle != isIdle else { return }
        if mayIdle { DedicatedThread.beIdle() } else { DedicatedThread.beNormal() }
        idles.store(mayIdle, ordering: .relaxed)
    }
}
