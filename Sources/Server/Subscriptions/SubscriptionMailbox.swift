package import Ledger
package import LogStore
package import Protocol
internal import Synchronization

/// Somebody asks for a subscription, and who that is.
package struct SubscriptionRequest: Sendable {
    package var connection: ConnectionID
    package var request: UInt64
    package var subscribe: Subscribe
    package var asker: Asker

    package init(connection: ConnectionID, request: UInt64, _ subscribe: Subscribe, by asker: Asker) {
        (self.connection, self.request) = (connection, request)
        (self.subscribe, self.asker) = (subscribe, asker)
    }
}

/// What the rest of the server tells the feed.
package enum SubscriptionCommand: Sendable {
    case subscribe(SubscriptionRequest)
    case credit(connection: ConnectionID, request: UInt64, events: UInt32)
    case unsubscribe(connection: ConnectionID, request: UInt64)
    /// Its subscriptions end, and nobody is told.
    case connectionClosed(ConnectionID)
    /// After the outlet said that there is none.
    case roomAvailable(connection: ConnectionID)
    /// Its subscriptions end.
    case keyRevoked(APIKeyID)
    /// The server is about to stop: all end, and none begins.
    case drain
}

/// The way of commands to the feed. Any thread posts; the feed's empties it.
package final class SubscriptionMailbox: Sendable {
    private struct State {
        var commands: [SubscriptionCommand] = []
        var durableEnd: UInt64
        var wantsEvents = false
        var isStopped = false
        var load = SubscriptionLoad()
    }

    private let state: Mutex<State>
    package let signal = Signal()

    /// - Parameter durableEnd: the sequence behind the last durable event.
    package init(durableEnd: UInt64) { state = Mutex(State(durableEnd: durableEnd)) }

    package func post(_ command: SubscriptionCommand) {
        state.withLock { $0.commands.append(command) }
        signal.raise()
    }

    /// The log is durable up to here. Wakes the feed only if somebody waits for events: it is called with
    /// every commit.
    package func durableAdvanced(to end: UInt64) {
        let isWanted = state.withLock { state in
            state.durableEnd = max(state.durableEnd, end)
            return state.wantsEvents
        }
        if isWanted { signal.raise() }
    }

    /// Ends the feed's thread.
    package func stop() {
        state.withLock { $0.isStopped = true }
        signal.raise()
    }

    /// What the feed had to do when it last looked.
    package var load: SubscriptionLoad { state.withLock { $0.load } }

    // MARK: The feed's side

    /// Lets others see what the feed has to do.
    func note(_ load: SubscriptionLoad) { state.withLock { $0.load = load } }

    /// Takes the commands in exchange for an empty array; how far the log is durable; whether to stop.
    func take(_ commands: inout [SubscriptionCommand]) -> (durableEnd: UInt64, isStopped: Bool) {
        state.withLock { state in
            swap(&commands, &state.commands)
            return (state.durableEnd, state.isStopped)
        }
    }

    /// The feed has nothing to do until something comes; false if something has come.
    ///
    /// - Parameters:
    ///   - end: how far it knows the log to be durable.
    ///   - wantsEvents: whether to wake it when there is more.
    func rest(knowing end: UInt64, wantsEvents: Bool) -> Bool {
        state.withLock { state in
            state.wantsEvents = wantsEvents
            return state.commands.isEmpty && !state.isStopped && (!wantsEvents || state.durableEnd == end)
        }
    }
}
