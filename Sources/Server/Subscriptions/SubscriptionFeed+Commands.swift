internal import Ledger
internal import LogStore
internal import Protocol

// What the rest of the server tells the feed.
extension SubscriptionFeed {
    mutating func obey(_ command: SubscriptionCommand, now: Int64) {
        switch command {
        case .subscribe(let asked): subscribe(asked, now: now)
        case .credit(let connection, let request, let events): add(events, connection, request)
        case .unsubscribe(let connection, let request): unsubscribe(connection, request)
        case .connectionClosed(let connection):
            subscriptions.removeAll { $0.connection == connection }
            fullConnections.removeAll { $0 == connection }
        case .roomAvailable(let connection): setRoom(true, of: connection)
        case .keyRevoked(let key): endAll(Failure(.forbidden, "the key was revoked")) { $0.key == key }
        case .drain:
            isDraining = true
            endAll(SubscriptionRefusal.draining.failure) { _ in true }
        }
    }

    private mutating func subscribe(_ asked: SubscriptionRequest, now: Int64) {
        do throws(SubscriptionRefusal) {
            try checkRoom(for: asked)
            var new = try Subscription(asked, cipher: cipher, end: end, now: now)
            new.hasRoom = !fullConnections.contains(asked.connection)
            subscriptions.append(new)
        } catch {
            fail(asked.connection, asked.request, error.failure)
        }
    }

    private func checkRoom(for asked: SubscriptionRequest) throws(SubscriptionRefusal) {
        if isDraining { throw .draining }
        if index(of: asked.connection, asked.request) != nil { throw .nameTaken }
        let ofConnection = subscriptions.count { $0.connection == asked.connection }
        guard ofConnection < limits.perConnectionMax, subscriptions.count < limits.countMax else {
            throw .tooMany
        }
    }

    private mutating func add(_ credit: UInt32, _ connection: ConnectionID, _ request: UInt64) {
        guard let index = index(of: connection, request) else { return failUnknown(connection, request) }
        subscriptions[index].add(credit: credit)
    }

    private mutating func unsubscribe(_ connection: ConnectionID, _ request: UInt64) {
        guard let index = index(of: connection, request) else { return failUnknown(connection, request) }
        end(index, nil)
        subscriptions.remove(at: index)
    }

    private mutating func endAll(_ failure: Failure, where isMeant: (Subscription) -> Bool) {
        for index in subscriptions.indices where isMeant(subscriptions[index]) { end(index, failure) }
        subscriptions.removeAll { $0.isOver }
    }

    private func index(of connection: ConnectionID, _ request: UInt64) -> Int? {
        subscriptions.firstIndex { $0.connection == connection && $0.request == request }
    }

    private mutating func failUnknown(_ connection: ConnectionID, _ request: UInt64) {
        fail(connection, request, Failure(.unknownSubscription, "no subscription has this request number"))
    }

    private mutating func fail(_ connection: ConnectionID, _ request: UInt64, _ failure: Failure) {
        turn.write(failure, request: request)
        send(to: connection)
    }
}
