import Foundation
import LogStore

/// The monotonic clock, nanoseconds.
enum Clock {
    static var now: UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Prints what is not a row.
func note(_ text: String) { FileHandle.standardError.write(Data("# \(text)\n".utf8)) }

/// What was measured is not what it is called.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Durations of one kind, nanoseconds.
struct Durations {
    private(set) var values: [UInt64] = []

    init(capacity: Int = 0) { values.reserveCapacity(capacity) }

    mutating func add(_ nanoseconds: UInt64) { values.append(nanoseconds) }

    mutating func add(_ others: Durations) { values.append(contentsOf: others.values) }

    var count: Int { values.count }

    /// The value below which this share of them lies, microseconds; 0 if there are none.
    func percentile(_ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
    }
}

/// One run: a rate and the durations of its steps.
struct Run {
    var perSecond: Double
    var p50: Double
    var p99: Double

    init(perSecond: Double, durations: Durations) {
        self.perSecond = perSecond
        p50 = durations.percentile(0.5)
        p99 = durations.percentile(0.99)
    }

    init(count: Int, nanoseconds: UInt64, durations: Durations) {
        self.init(perSecond: Double(count) * 1e9 / Double(max(1, nanoseconds)), durations: durations)
    }
}

extension [Run] {
    func median(_ value: (Run) -> Double) -> Double { map(value).median }
}

extension [Double] {
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// One line of output.
struct Line {
    private var fields: [String] = []

    /// - Parameters:
    ///   - ceilings: what the machine did in between, in the same unit.
    init(_ row: String, _ runs: [Run], ceilings: [Run]) {
        fields = [
            #""row":"\#(row)""#, number("per_second", runs.median(\.perSecond)),
            number("ceiling_per_second", ceilings.median(\.perSecond)), number("p50_us", runs.median(\.p50)),
            number("p99_us", runs.median(\.p99)), number("ceiling_p50_us", ceilings.median(\.p50)),
            number("ceiling_p99_us", ceilings.median(\.p99)),
        ]
        let rates = runs.map { String(format: "%.0f", $0.perSecond) }
        fields.append(#""runs":[\#(rates.joined(separator: ","))]"#)
    }

    mutating func add(_ name: String, _ value: Double) { fields.append(number(name, value)) }

    mutating func add(_ name: String, text: String) { fields.append(#""\#(name)":"\#(text)""#) }

    func print() {
        FileHandle.standardOutput.write(Data("{\(fields.joined(separator: ","))}\n".utf8))
    }

    private func number(_ name: String, _ value: Double) -> String {
        let digits = value >= 1000 ? 0 : value >= 10 ? 2 : 4
        return #""\#(name)":\#(String(format: "%.\(digits)f", value))"#
    }
}
