import CoreMetrics
import Telemetry
import Testing

@Suite struct PrometheusRegistryTests {
    @Test func `counters, gauges and histograms are told in the text format, sorted by name`() {
        let registry = PrometheusRegistry([
            "a_seconds": .init(help: "How long.", buckets: [0.5, 1]), "b_total": .init(help: "How\\many\n."),
        ])
        Counter(label: "b_total", dimensions: [("kind", "x\"\\\ny")], factory: registry).increment(by: 3)
        let timer = Timer(label: "a_seconds", factory: registry)
        for milliseconds in [250, 500, 750, 4_000] { timer.recordMilliseconds(milliseconds) }
        Meter(label: "c", factory: registry).set(0.25)
        #expect(
            registry.text == """
                # HELP a_seconds How long.
                # TYPE a_seconds histogram
                a_seconds_bucket{le="0.5"} 2
                a_seconds_bucket{le="1"} 3
                a_seconds_bucket{le="+Inf"} 4
                a_seconds_sum 5.5
                a_seconds_count 4
                # HELP b_total How\\\\many\\n.
                # TYPE b_total counter
                b_total{kind="x\\"\\\\\\ny"} 3
                # TYPE c gauge
                c 0.25

                """)
    }

    @Test func `a metric made twice is one, and other labels are another series of it`() {
        let registry = PrometheusRegistry()
        for name in ["a", "b", "a"] {
            Counter(label: "asked_total", dimensions: [("by", name)], factory: registry).increment()
        }
        #expect(
            registry.text == "# TYPE asked_total counter\nasked_total{by=\"a\"} 2\nasked_total{by=\"b\"} 1\n")
        #expect(registry.names == ["asked_total"])
    }

    @Test func `names that Prometheus would not take are made such that it does`() {
        let registry = PrometheusRegistry()
        FloatingPointCounter(label: "9.lives-left", dimensions: [("of.whom", "cat")], factory: registry)
            .increment(by: 1.5)
        #expect(registry.text == "# TYPE _9_lives_left counter\n_9_lives_left{of_whom=\"cat\"} 1.5\n")
    }

    @Test func `values that are no numbers are told as such`() {
        let registry = PrometheusRegistry()
        for (name, value) in [("a", Double.nan), ("b", .infinity), ("c", -.infinity), ("d", 1e300)] {
            Meter(label: name, factory: registry).set(value)
        }
        let values = registry.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(values == ["a NaN", "b +Inf", "c -Inf", "d 1e+300"])
    }

    @Test func `many threads count, and nothing is lost`() async {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "n_total", factory: registry)
        let timer = Timer(label: "t_seconds", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        timer.recordNanoseconds(1_000)
                    }
                }
            }
        }
        #expect(registry.text.contains("\nn_total 8000\n"))
        #expect(registry.text.contains("\nt_seconds_count 8000\n"))
    }
}
