package import Ledger
package import LogStore
internal import Protocol

/// All subscriptions of a server, over one reader of the log.
///
/// `step` gives each of them one turn in a fixed order: a frame of at most 256 KiB to whoever has credit and
/// room. A slow one has neither after a while, and costs the others nothing. There is no clock and no thread
/// in it (`SubscriptionThread` is the one around it). Used by one thread.
package struct SubscriptionFeed<Disk: Storage, Outlet: SubscriptionOutlet>: ~Copyable {
    private var windows: EventWindows<Disk>
    let outlet: Outlet
    let mailbox: SubscriptionMailbox
    let cipher: IDCipher
    let limits: SubscriptionLimits
    /// In the order they began.
    var subscriptions: [Subscription] = []
    /// Those that take no more for now.
    var fullConnections: [ConnectionID] = []
    /// Index of the one that is served first in this step: everyone in turn.
    private var first = 0
    var turn: SubscriptionTurn
    private var commands: [SubscriptionCommand] = []
    /// How far it knows the log to be durable.
    var end: UInt64 = 0
    var isDraining = false
    /// What it has done since it was made.
    package var counts = SubscriptionCounts()

    /// - Parameter cipher: of `idCipherKey` of the ledger's first event.
    package init(
        of source: LogSource<Disk>, cipher: IDCipher, mailbox: SubscriptionMailbox, outlet: Outlet,
        limits: SubscriptionLimits = SubscriptionLimits()
    ) {
        windows = EventWindows(of: source)
        (self.cipher, self.mailbox, self.outlet, self.limits) = (cipher, mailbox, outlet, limits)
        turn = SubscriptionTurn(byteCountMax: limits.frameBytesMax)
    }

    /// What it has to do, and has done.
    var load: SubscriptionLoad {
        var load = SubscriptionLoad()
        (load.subscriptions, load.limit) = (subscriptions.count, limits.countMax)
        load.counts = counts
        return load
    }

    /// Stretches of the log that were read; what was there already is not counted.
    package var stretchesRead: UInt64 { windows.readCount }

    /// When to call `step` again.
    package enum Rest: Equatable, Sendable {
        /// At once. `isCatchingUp`: nobody who follows the end of the log waits for it.
        case none(isCatchingUp: Bool)
        /// When something was posted, or at this moment, monotonic nanoseconds.
        case until(Int64)
        /// When something was posted.
        case untilPosted
        /// Never: it was stopped.
        case forEver
    }

    /// Obeys what was posted, and gives every subscription a turn.
    ///
    /// - Parameter now: monotonic nanoseconds.
    package mutating func step(now: Int64) -> Rest {
        let (durableEnd, isStopped) = mailbox.take(&commands)
        if isStopped { return .forEver }
        end = durableEnd
        for command in commands { obey(command, now: now) }
        commands.removeAll(keepingCapacity: true)
        serveAll(now: now)
        return rest()
    }

    private func rest() -> Rest {
        var (canTake, isLive, wantsEvents) = (false, false, false)
        var next = Int64.max
        for index in subscriptions.indices where subscriptions[index].hasRoom {
            next = min(next, subscriptions[index].nextHeartbeat)
            guard subscriptions[index].credit > 0 else { continue }
            wantsEvents = true
            guard subscriptions[index].position < end else { continue }
            canTake = true
            if end - subscriptions[index].position < limits.catchingUpDistance { isLive = true }
        }
        if canTake || !mailbox.rest(knowing: end, wantsEvents: wantsEvents) {
            return .none(isCatchingUp: canTake && !isLive)
        }
        return next == .max ? .untilPosted : .until(next)
    }

    // MARK: Turns

    private mutating func serveAll(now: Int64) {
        let count = subscriptions.count
        guard count > 0 else { return }
        first = (first + 1) % count
        var hasEnded = false
        for offset in 0..<count {
            let index = (first + offset) % count
            if !serve(index, now: now) { hasEnded = true }
        }
        if hasEnded { subscriptions.removeAll { $0.isOver } }
    }

    /// One turn of one subscription; false if it ended with it.
    private mutating func serve(_ index: Int, now: Int64) -> Bool {
        var failure: Failure?
        if subscriptions[index].canTake(before: end) {
            turn.begin()
            do throws(SubscriptionFault) { try fill(index) } catch {
                counts.note(error)
                failure = error.failure(toldTo: subscriptions[index].form)
            }
            if turn.count > 0 {
                subscriptions[index].finish(&turn, now: now)
                counts.note(events: turn.count, byteCount: turn.buffer.count)
                send(toConnectionOf: index)
            }
        }
        if let failure {
            end(index, failure)
            return false
        }
        if subscriptions[index].isProgressDue(end: end, now: now) {
            turn.write(
                subscriptions[index].progress(end: end, now: now), request: subscriptions[index].request)
            send(toConnectionOf: index)
        }
        return true
    }

    /// Fills the turn, window by window.
    private mutating func fill(_ index: Int) throws(SubscriptionFault) {
        while subscriptions[index].canTake(before: end) {
            let position = subscriptions[index].position
            let window: EventWindow
            do throws(LogStoreError) { window = try windows.window(holding: position) } catch {
                throw .unreadable(error)
            }
            do throws(EventFormatError) {
                guard try subscriptions[index].take(window, before: end, into: &turn) else { return }
            } catch { throw .undecodable(error, sequence: subscriptions[index].position) }
        }
    }

    // MARK: Sending

    private mutating func send(toConnectionOf index: Int) { send(to: subscriptions[index].connection) }

    /// Sends what the turn holds; all of the connection's subscriptions wait if it has no more room.
    mutating func send(to connection: ConnectionID) {
        if !outlet.send(turn.buffer.bytes, to: connection) { setRoom(false, of: connection) }
    }

    mutating func setRoom(_ hasRoom: Bool, of connection: ConnectionID) {
        fullConnections.removeAll { $0 == connection }
        if !hasRoom { fullConnections.append(connection) }
        for index in subscriptions.indices where subscriptions[index].connection == connection {
            subscriptions[index].hasRoom = hasRoom
        }
    }

    /// Tells a subscription that it is over; the caller removes it.
    mutating func end(_ index: Int, _ failure: Failure?) {
        turn.writeEnd(failure, request: subscriptions[index].request)
        subscriptions[index].isOver = true
        send(toConnectionOf: index)
    }
}
