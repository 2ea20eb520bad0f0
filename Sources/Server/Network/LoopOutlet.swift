internal import Synchronization

/// From the feed's thread to the connections' event loop: frames of subscriptions, and how much of them has
/// not been taken by sockets yet.
package final class LoopOutlet: SubscriptionOutlet, Sendable {
    private struct State {
        var frames: [(connection: ConnectionID, bytes: [UInt8])] = []
        /// Bytes of each connection that its socket has not taken.
        var waiting: [ConnectionID: Int] = [:]
        var full: Set<ConnectionID> = []
    }

    private let state = Mutex(State())
    private let mailbox: SubscriptionMailbox
    private let wake: @Sendable () -> Void

    private let waitingMax: Int

    /// - Parameters:
    ///   - waitingMax: bytes that may wait for a connection's socket.
    ///   - wake: has the loop take what there is, soon.
    package init(
        _ mailbox: SubscriptionMailbox, waitingMax: Int = 1 << 20, wake: @escaping @Sendable () -> Void
    ) {
        (self.mailbox, self.waitingMax, self.wake) = (mailbox, waitingMax, wake)
    }

    package func send(_ frames: RawSpan, to connection: ConnectionID) -> Bool {
        // SAFETY: the bytes are copied while they are borrowed.
        let bytes = unsafe frames.withUnsafeBytes { unsafe Array($0) }
        let (isFirst, hasRoom) = state.withLock { state in
            state.frames.append((connection, bytes))
            let waiting = (state.waiting[connection] ?? 0) + bytes.count
            state.waiting[connection] = waiting
            if waiting >= waitingMax { state.full.insert(connection) }
            return (state.frames.count == 1, waiting < waitingMax)
        }
        if isFirst { wake() }
        return hasRoom
    }

    // MARK: The loop's side

    /// What has come since the last time, in its order.
    package func take() -> [(connection: ConnectionID, bytes: [UInt8])] {
        state.withLock { state in
            let frames = state.frames
            state.frames = []
            return frames
        }
    }

    /// The connection's socket takes more.
    package func hasRoom(_ connection: ConnectionID) {
        let wasFull = state.withLock { state in
            state.waiting[connection] = nil
            return state.full.remove(connection) != nil
        }
        if wasFull { mailbox.post(.roomAvailable(connection: connection)) }
    }
}
