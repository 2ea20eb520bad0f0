package import CoreMetrics
internal import Invariants
internal import Synchronization

/// Metrics of swift-metrics, told in Prometheus' text format (version 0.0.4).
///
/// A label is the name of a metric as Prometheus shows it, dimensions are its labels. Making a metric
/// allocates; changing one does not. Made twice with the same labels it is the same one.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    /// What is said of a metric beside its values.
    package struct Description: Sendable {
        package let help: String
        /// Upper ends of a histogram's buckets, ascending, without +Inf; nil: those of latencies.
        package let buckets: [Double]?

        package init(help: String, buckets: [Double]? = nil) { (self.help, self.buckets) = (help, buckets) }
    }

    private struct Family {
        let kind: String
        /// In the order they were made.
        var series: [(labels: String, series: any PrometheusSeries)] = []
    }

    private let descriptions: [String: Description]
    private let families = Mutex<[String: Family]>([:])

    /// Seconds, from what a turn of a quiet server takes to what nobody waits for.
    package static let latencies: [Double] = [
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
        5, 10,
    ]

    /// - Parameter descriptions: by name.
    package init(_ descriptions: [String: Description] = [:]) { self.descriptions = descriptions }

    // MARK: Making

    /// The series of a name with these labels; made if there is none.
    private func series<Series: PrometheusSeries>(
        _ label: String, _ dimensions: [(String, String)], make: () -> Series
    ) -> Series {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return families.withLock { families in
            var family = families[name] ?? Family(kind: Series.kind)
            invariant(
                family.kind == Series.kind, "metric \(name) is a \(family.kind) and a \(Series.kind)")
            for other in family.series where other.labels == labels {
                if let known = other.series as? Series { return known }
                invariantViolated("metric \(name) was made in two ways")
            }
            let made = make()
            family.series.append((labels, made))
            families[name] = family
            return made
        }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { PrometheusCounter() }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions) { PrometheusRunningSum() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { PrometheusGauge() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions) }
        return series(label, dimensions) { PrometheusGauge() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> PrometheusHistogram {
        series(label, dimensions) {
            PrometheusHistogram(
                buckets: descriptions[PrometheusText.name(label)]?.buckets ?? Self.latencies)
        }
    }

    // A counter that is gone and made again would go back: none goes.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: Telling

    /// All there is, by name.
    package var text: String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = descriptions[name]?.help {
                text += "# HELP \(name) \(PrometheusText.help(help))\n"
            }
            text += "# TYPE \(name) \(family.kind)\n"
            for (labels, series) in family.series { series.write(name, labels, to: &text) }
        }
        return text
    }

    /// Names of all metrics there are.
    package var names: Set<String> { families.withLock { Set($0.keys) } }
}
