internal import CoreMetrics

/// The names of what telemetry counts of itself. `docs/telemetry.md` has the same; a test compares.
package enum TelemetryMetric: String, CaseIterable, Sendable {
    case spansExported = "holdfast_spans_exported_total"
    case spansDropped = "holdfast_spans_dropped_total"
    case linesDropped = "holdfast_lines_dropped_total"

    /// One sentence.
    package var help: String {
        switch self {
        case .spansExported: "Spans a collector took."
        case .spansDropped: "Spans that were lost: the queue was full, or the collector did not take them."
        case .linesDropped: "Log lines that were lost: whoever reads standard error did not."
        }
    }

    func counter(_ factory: any MetricsFactory) -> Counter { Counter(label: rawValue, factory: factory) }
}
