internal import Ledger
internal import LogStore
internal import Server
internal import Simulation
internal import Synchronization

/// The feed of subscriptions, and its way to the connections. It takes its steps when its thread would be
/// awake, and not before: what should wake it and does not is waited for in vain.
final class SimulatedFeed {
    private var feed: SubscriptionFeed<SimulatedStorage, LoopOutlet>
    private let mailbox: SubscriptionMailbox
    private let outlet: LoopOutlet
    private let bell = Bell()
    private var rest = SubscriptionFeed<SimulatedStorage, LoopOutlet>.Rest.none(isCatchingUp: false)
    /// Of the mailbox's signal, before the last step.
    private var seen: UInt32 = 0

    /// Bytes that may be on their way to a connection: a few frames.
    static var waitingMax: Int { 3_000 }

    init(
        of source: LogSource<SimulatedStorage>, cipher: IDCipher, mailbox: SubscriptionMailbox,
        limits: SubscriptionLimits
    ) {
        var limits = limits
        limits.frameBytesMax = 1_000
        self.mailbox = mailbox
        outlet = LoopOutlet(mailbox, waitingMax: Self.waitingMax) { [bell] in bell.ring() }
        feed = SubscriptionFeed(
            of: source, cipher: cipher, mailbox: mailbox, outlet: outlet, limits: limits)
    }

    /// One step, if the thread is awake: see `SubscriptionThread`.
    func step(now: Int64) {
        guard isAwake(now) else { return }
        seen = mailbox.signal.current
        rest = feed.step(now: now)
    }

    private func isAwake(_ now: Int64) -> Bool {
        switch rest {
        case .none: true
        case .until(let next): now >= next || mailbox.signal.current != seen
        case .untilPosted: mailbox.signal.current != seen
        case .forEver: false
        }
    }

    /// The frames that the loop was woken for.
    func take() -> [(connection: ConnectionID, bytes: [UInt8])] { bell.answer() ? outlet.take() : [] }

    /// A connection takes more.
    func hasRoom(_ connection: ConnectionID) { outlet.hasRoom(connection) }
}

/// Whether the loop was woken.
private final class Bell: Sendable {
    private let isRung = Atomic<Bool>(false)

    func ring() { isRung.store(true, ordering: .releasing) }
    func answer() -> Bool { isRung.exchange(false, ordering: .acquiringAndReleasing) }
}
