import Foundation
import Server
import Telemetry
import Testing

/// The page, the rules and the unit name what the code has.
@Suite struct TelemetryPageTests {
    /// Names in the first column of the tables below a heading, in their order.
    private func names(below heading: String) throws -> [String] {
        let page = try TelemetryNames.text("docs/telemetry.md")
        let sections = page.components(separatedBy: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix(heading + "\n") }, "no section \(heading)")
        return section.split(separator: "\n").compactMap { line in
            line.prefixMatch(of: /\| `([^`]+)`/).map { String($0.1) }
        }
    }

    @Test func `the page has every metric there is, and no other`() throws {
        #expect(try names(below: "Metrics").sorted() == TelemetryNames.metrics)
    }

    @Test func `the page says of a metric what the server says of it`() throws {
        let page = try TelemetryNames.text("docs/telemetry.md")
        for metric in ServerMetric.allCases {
            #expect(page.contains("| `\(metric.rawValue)`") && page.contains(metric.help), "\(metric)")
        }
        for metric in TelemetryMetric.allCases { #expect(page.contains(metric.help), "\(metric)") }
        for (name, metric) in ProcessMetrics.descriptions { #expect(page.contains(metric.help), "\(name)") }
    }

    @Test func `the page has every event of the log lines at its level, and every field`() throws {
        #expect(
            try names(below: "Log lines").sorted()
                == (ServerLogEvent.allCases.map(\.rawValue) + ServerLogField.allCases.map(\.rawValue))
                .sorted())
        let page = try TelemetryNames.text("docs/telemetry.md")
        for event in ServerLogEvent.allCases {
            #expect(page.contains("| `\(event.rawValue)` | \(event.level) |"), "\(event)")
        }
    }

    @Test func `the page has every span, attribute and moment`() throws {
        let known =
            RequestSpan.Name.allCases.map(\.rawValue) + RequestSpan.Attribute.allCases.map(\.rawValue)
            + [RequestSpan.decidedEvent]
        #expect(try names(below: "Spans").sorted() == known.sorted())
    }

    @Test func `every metric in the rules exists`() throws {
        let rules = try TelemetryNames.text("deploy/prometheus-rules.yml")
        let histograms: Set = [ServerMetric.turnSeconds.rawValue, ServerMetric.replySeconds.rawValue]
        var known = Set(TelemetryNames.metrics)
        for name in histograms { known.formUnion(["_bucket", "_sum", "_count"].map { name + $0 }) }
        let used = rules.split(separator: "\n").filter { !$0.contains(/^\s*#/) }.flatMap { line in
            line.matches(of: /\b(?:holdfast|process)_[a-z_]+/).map { String($0.0) }
        }
        #expect(used.count > 10 && Set(used).subtracting(known).sorted() == [])
    }

    @Test func `every alert has a name of its own, an expression, a severity and a sentence`() throws {
        let rules = try TelemetryNames.text("deploy/prometheus-rules.yml")
        let alerts = rules.components(separatedBy: "- alert: ").dropFirst()
        #expect(Set(alerts.map { $0.prefix { $0 != "\n" } }).count == alerts.count && alerts.count > 5)
        for alert in alerts {
            for part in ["expr:", "severity:", "summary:"] { #expect(alert.contains(part), "\(alert)") }
        }
    }

    @Test func `the unit gives the server flags that it knows and longer to stop than it takes`() throws {
        let unit = try TelemetryNames.text("deploy/holdfast.service")
        let cli = try TelemetryNames.text("docs/cli.md")
        let start = try #require(unit.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
        for flag in start.matches(of: /--([a-z-]+)/) {
            #expect(cli.contains("`--\(flag.1)`") || cli.contains("`\(flag.1)`"), "\(flag.0)")
        }
        // No notice is sent to systemd: it takes the server for started when it is executed.
        #expect(unit.contains("\nType=exec\n") && unit.contains("\nKillSignal=SIGTERM\n"))
    }
}
