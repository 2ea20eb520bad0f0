package import CoreMetrics
internal import Ledger

/// A server's metrics, made once; told from samples, except for the turns, which `TurnWatch` times.
package final class ServerMetrics: Sendable {
    private let gauges: [ServerMetric: Meter]
    private let counters: [ServerMetric: Counter]
    private let outcomes: [Counter]
    private let refusals: [Counter]
    private let snapshots: (written: Counter, failed: Counter)
    private let alarms: [LogAlarm: Meter]
    let turns: Timer
    let replies: Timer
    /// What counters were told last. Used by whoever records, one at a time.
    private let told = ToldCounts()

    package init(_ factory: any MetricsFactory) {
        var gauges: [ServerMetric: Meter] = [:]
        for metric in Self.gauges { gauges[metric] = Meter(label: metric.rawValue, factory: factory) }
        self.gauges = gauges
        var counters: [ServerMetric: Counter] = [:]
        for metric in Self.counters { counters[metric] = Counter(label: metric.rawValue, factory: factory) }
        self.counters = counters
        outcomes = ["done", "existed", "refused", "rate_limited"].map { outcome in
            Counter(
                label: ServerMetric.commands.rawValue, dimensions: [("outcome", outcome)], factory: factory)
        }
        // All of them from the first moment on: a counter that appears with its first step hides that step.
        refusals = RefusalCode.allCases.map { code in
            Counter(
                label: ServerMetric.refusals.rawValue, dimensions: [("code", "\(code)")], factory: factory)
        }
        let snapshots = ["written", "failed"].map { outcome in
            Counter(
                label: ServerMetric.snapshots.rawValue, dimensions: [("outcome", outcome)], factory: factory)
        }
        self.snapshots = (snapshots[0], snapshots[1])
        var alarms: [LogAlarm: Meter] = [:]
        for work in LogAlarm.allCases {
            alarms[work] = Meter(
                label: ServerMetric.alarm.rawValue, dimensions: [("work", work.rawValue)], factory: factory)
        }
        self.alarms = alarms
        turns = Timer(label: ServerMetric.turnSeconds.rawValue, factory: factory)
        replies = Timer(label: ServerMetric.replySeconds.rawValue, factory: factory)
    }

    private static let counters: [ServerMetric] = [
        .events, .requestsTurnedAway, .connectionsTurnedAway, .handshakesRefused, .connectionsEnded,
        .requestsFailed, .spansMissed, .subscriptionEvents, .subscriptionBytes, .subscriptionFaults,
    ]
    private static let gauges: [ServerMetric] = ServerMetric.allCases.filter { metric in
        !counters.contains(metric) && !labelledOrTimed.contains(metric)
    }
    private static let labelledOrTimed: [ServerMetric] = [
        .commands, .refusals, .snapshots, .alarm, .turnSeconds, .replySeconds,
    ]

    // MARK: Recording

    /// Tells a sample.
    package func record(_ sample: ServerSample, isReady: Bool) {
        recordLoads(sample)
        set(.logEnd, sample.logEnd)
        set(.durableEnd, sample.durableEnd)
        gauges[.lastEventTime]?.set(Double(sample.lastEventTime) / 1e9)
        gauges[.fileUsed]?.set(sample.fileUsed)
        set(.snapshotEnd, sample.snapshots.newest ?? 0)
        set(.ready, isReady ? 1 : 0)
        for work in LogAlarm.allCases {
            alarms[work]?.set(sample.alarms.contains { $0.work == work } ? 1 : 0)
        }
        recordCounts(sample)
    }

    private func recordLoads(_ sample: ServerSample) {
        set(.connections, .connectionsLimit, sample.connections)
        set(.inboxBytes, .inboxBytesLimit, sample.inboxBytes)
        set(.inboxRequests, .inboxRequestsLimit, sample.inboxRequests)
        set(.replyBytes, .replyBytesLimit, sample.replyBytes)
        set(.payments, .paymentsLimit, sample.payments)
        set(.keys, .keysLimit, sample.keys)
        set(.unsealedBytes, .unsealedBytesLimit, sample.unsealedBytes)
        set(
            .subscriptions, .subscriptionsLimit,
            .init(used: sample.feed.subscriptions, limit: sample.feed.limit))
    }

    private func recordCounts(_ sample: ServerSample) {
        let old = told.exchange(sample)
        let (counts, before) = (sample.counts, old.counts)
        add(outcomes[0], counts.done, before.done)
        add(outcomes[1], counts.existed, before.existed)
        add(outcomes[2], counts.refused, before.refused)
        add(outcomes[3], counts.rateLimited, before.rateLimited)
        add(counters[.events], counts.events, before.events)
        add(counters[.requestsTurnedAway], sample.turnedAway.requests, old.turnedAway.requests)
        add(counters[.connectionsTurnedAway], sample.turnedAway.connections, old.turnedAway.connections)
        for (code, counter) in zip(RefusalCode.allCases, refusals) {
            add(counter, sample.refusals[code], old.refusals[code])
        }
        add(snapshots.written, sample.snapshots.written, old.snapshots.written)
        add(snapshots.failed, sample.snapshots.failed, old.snapshots.failed)
        recordFailures(sample, old)
        let (feed, fedBefore) = (sample.feed.counts, old.feed.counts)
        add(counters[.subscriptionEvents], feed.events, fedBefore.events)
        add(counters[.subscriptionBytes], feed.bytes, fedBefore.bytes)
        add(counters[.subscriptionFaults], feed.faults, fedBefore.faults)
    }

    private func recordFailures(_ sample: ServerSample, _ old: ServerSample) {
        let (failures, before) = (sample.failures, old.failures)
        add(counters[.handshakesRefused], failures.handshakes, before.handshakes)
        add(counters[.connectionsEnded], failures.connections, before.connections)
        add(counters[.requestsFailed], failures.requests, before.requests)
        add(counters[.spansMissed], sample.spansDropped, old.spansDropped)
    }

    private func set(_ metric: ServerMetric, _ value: some BinaryInteger) { gauges[metric]?.set(value) }

    private func set(_ used: ServerMetric, _ limit: ServerMetric, _ load: ServerSample.Load) {
        set(used, load.used)
        set(limit, load.limit)
    }

    private func add(_ counter: Counter?, _ now: UInt64, _ before: UInt64) {
        if now > before { counter?.increment(by: now - before) }
    }
}
