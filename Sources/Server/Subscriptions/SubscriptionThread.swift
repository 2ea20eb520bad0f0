package import Ledger
package import LogStore

/// The thread that feeds subscriptions: steps while there is something to do, sleeps until something comes.
///
/// While all it does is catching up it runs when nothing else wants the core.
package final class SubscriptionThread: Sendable {
    private let mailbox: SubscriptionMailbox
    private let thread: DedicatedThread

    /// Starts it.
    package init<Disk: Storage, Outlet: SubscriptionOutlet & Sendable>(
        of source: LogSource<Disk>, cipher: IDCipher, mailbox: SubscriptionMailbox, outlet: Outlet,
        limits: SubscriptionLimits = SubscriptionLimits()
    ) {
        self.mailbox = mailbox
        thread = DedicatedThread(name: "hf-subscribe") {
            var feed = SubscriptionFeed(
                of: source, cipher: cipher, mailbox: mailbox, outlet: outlet, limits: limits)
            Self.run(&feed, mailbox)
        }
    }

    /// Ends the thread and waits for it; connections hear nothing of it. To be called once.
    package func stop() {
        mailbox.stop()
        thread.join()
    }

    private static func run<Disk: Storage, Outlet: SubscriptionOutlet>(
        _ feed: inout SubscriptionFeed<Disk, Outlet>, _ mailbox: SubscriptionMailbox
    ) {
        let signal = mailbox.signal
        var isIdle = false
        while true {
            // Before the step looks: what is posted from here on is not slept over.
            let seen = signal.current
            let rest = feed.step(now: Signal.clock)
            mailbox.note(feed.load)
            if (rest == .none(isCatchingUp: true)) != isIdle {
                isIdle.toggle()
                isIdle ? DedicatedThread.beIdle() : DedicatedThread.beNormal()
            }
            switch rest {
            case .none: continue
            case .until(let next):
                signal.wait(since: seen, timeoutNanoseconds: max(0, next - Signal.clock))
            case .untilPosted: signal.wait(since: seen)
            case .forEver: return
            }
        }
    }
}
