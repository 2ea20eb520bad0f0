/// How a server stands at one moment, looked at on its loop.
package struct ServerSample: Sendable {
    /// What a bounded thing holds, and how much it may.
    package struct Load: Equatable, Sendable {
        package var used: Int
        package var limit: Int

        package init(used: Int = 0, limit: Int = 0) { (self.used, self.limit) = (used, limit) }
    }

    package var counts = SequencerCounts()
    /// Requests and connections for which there was no room.
    package var turnedAway = TurnedAwayCounts()
    package var connections = Load()
    package var inboxBytes = Load()
    package var inboxRequests = Load()
    /// Of answers that wait until the log is durable.
    package var replyBytes = Load()
    /// What clients were told is not done at all.
    package var failures = ToldFailures()
    package var refusals = RefusalCounts()
    package var snapshots = SnapshotCounts()
    /// Requests of sampled traces for which the tracer had no room.
    package var spansDropped: UInt64 = 0
    package var feed = SubscriptionLoad()
    package var payments = Load()
    package var keys = Load()
    /// Sequence of the next event, and of the first that is not durable.
    package var logEnd: UInt64 = 0
    package var durableEnd: UInt64 = 0
    /// Log time of the last event, nanoseconds since 1970.
    package var lastEventTime: UInt64 = 0
    /// Closed bytes that wait to be sealed.
    package var unsealedBytes = Load()
    /// Of the write-ahead file in use, 0 … 1.
    package var fileUsed = 0.0
    /// Work in the background that fails, and how.
    package var alarms: [(work: LogAlarm, text: String)] = []
    package var isDraining = false

    package init() {}
}

/// Which work in the background of the log fails.
package enum LogAlarm: String, CaseIterable, Sendable {
    case preparing, keys, sealing, proofs
}

/// What was not taken on, since the beginning.
package struct TurnedAwayCounts: Equatable, Sendable {
    /// Answered `busy`: the inbox was full.
    package internal(set) var requests: UInt64 = 0
    package internal(set) var connections: UInt64 = 0

    package init() {}
}

/// How many subscriptions there are, and what was done for them.
package struct SubscriptionLoad: Equatable, Sendable {
    package internal(set) var subscriptions = 0
    package internal(set) var limit = 0
    package internal(set) var counts = SubscriptionCounts()

    package init() {}
}
