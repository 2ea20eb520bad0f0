import Ledger
import LogStore
import Protocol
import Server
import Simulation
import Synchronization
import TestSupport
import Testing

/// The feed on a thread of its own, with loops that post to it.
@Suite struct SubscriptionThreadTests {
    /// Counts events, and wakes whoever waits for so many.
    private final class Counter: SubscriptionOutlet, Sendable {
        private let state = Mutex((events: 0, isInOrder: true, ends: 0))
        private let signal = Signal()

        func send(_ frames: RawSpan, to connection: ConnectionID) -> Bool {
            // The thread sends one frame at a time.
            guard case .whole(let header)? = try? FrameScan.first(in: frames, lengthMax: 2 << 20) else {
                return true
            }
            let body = frames.extracting(MessageHeader.byteCount..<frames.byteCount)
            state.withLock { state in
                if header.type == .subscriptionEnded { state.ends += 1 }
                guard header.type == .events, var cursor = try? WireEventCursor(body) else { return }
                while let event = try? cursor.next() {
                    if event.position != UInt64(state.events) { state.isInOrder = false }
                    state.events += 1
                }
            }
            signal.raise()
            return true
        }

        /// Whether all came in order.
        func wait(events: Int, ends: Int = 0) -> Bool {
            while true {
                let seen = signal.current
                let (count, isInOrder, endCount) = state.withLock { $0 }
                if !isInOrder || count > events { return false }
                if count == events, endCount >= ends { return true }
                signal.wait(since: seen)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `what becomes durable wakes the thread, and stopping ends it`() throws {
        let log = try TestLog()
        let mailbox = SubscriptionMailbox(durableEnd: log.log.durableEnd)
        let counter = Counter()
        let thread = SubscriptionThread(
            of: log.log.parts.source, cipher: FeedWorld.cipher, mailbox: mailbox, outlet: counter)
        let subscribe = Subscribe(position: 0, credit: .max)
        mailbox.post(
            .subscribe(SubscriptionRequest(connection: 1, request: 1, subscribe, by: .auditor)))
        for _ in 0..<50 {
            try log.append(ofMerchants: [0, 1, 2])
            mailbox.durableAdvanced(to: log.log.durableEnd)
            #expect(counter.wait(events: Int(log.log.durableEnd)))
        }
        mailbox.post(.unsubscribe(connection: 1, request: 1))
        #expect(counter.wait(events: Int(log.log.durableEnd), ends: 1))
        thread.stop()
    }
}
