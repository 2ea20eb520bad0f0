internal import CoreMetrics
internal import Synchronization

/// The values of one metric with one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    /// As `# TYPE` tells it.
    static var kind: String { get }

    /// Adds its lines.
    func write(_ name: String, _ labels: String, to text: inout String)
}

/// Counts whole things; never goes back.
final class PrometheusCounter: PrometheusSeries, CounterHandler {
    static var kind: String { "counter" }
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: String, to text: inout String) {
        text += "\(name)\(PrometheusText.braced(labels)) \(value.load(ordering: .relaxed))\n"
    }
}

/// Adds up what is no whole number; never goes back.
final class PrometheusRunningSum: PrometheusSeries, FloatingPointCounterHandler {
    static var kind: String { "counter" }
    private let value = Mutex(0.0)

    func increment(by amount: Double) { value.withLock { $0 += amount } }

    func reset() { value.withLock { $0 = 0 } }

    func write(_ name: String, _ labels: String, to text: inout String) {
        let value = value.withLock { $0 }
        text += "\(name)\(PrometheusText.braced(labels)) \(PrometheusText.number(value))\n"
    }
}

/// A value that goes up and down.
final class PrometheusGauge: PrometheusSeries, MeterHandler, RecorderHandler {
    static var kind: String { "gauge" }
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func write(_ name: String, _ labels: String, to text: inout String) {
        let value = value.withLock { $0 }
        text += "\(name)\(PrometheusText.braced(labels)) \(PrometheusText.number(value))\n"
    }
}

/// How often values were how large, in buckets that are fixed.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    static var kind: String { "histogram" }

    private struct Counts {
        /// One more than buckets: the last is for what is above all of them.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let buckets: [Double]
    private let state: Mutex<Counts>

    init(buckets: [Double]) {
        self.buckets = buckets
        state = Mutex(Counts(counts: [UInt64](repeating: 0, count: buckets.count + 1)))
    }

    /// Timers are told in seconds.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = buckets.firstIndex { value <= $0 } ?? buckets.count
        state.withLock { state in
            state.counts[bucket] &+= 1
            state.sum += value
        }
    }

    func write(_ name: String, _ labels: String, to text: inout String) {
        let state = state.withLock { $0 }
        let before = labels.isEmpty ? "" : labels + ","
        var count: UInt64 = 0
        for (bucket, counted) in zip(buckets.map(PrometheusText.number) + ["+Inf"], state.counts) {
            count += counted
            text += "\(name)_bucket{\(before)le=\"\(bucket)\"} \(count)\n"
        }
        let braced = PrometheusText.braced(labels)
        text += "\(name)_sum\(braced) \(PrometheusText.number(state.sum))\n"
        text += "\(name)_count\(braced) \(count)\n"
    }
}
