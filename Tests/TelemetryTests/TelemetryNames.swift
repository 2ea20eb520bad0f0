import Foundation
import Server
import Telemetry

/// All names there are, and the texts that tell them.
enum TelemetryNames {
    static var metrics: [String] {
        (ServerMetric.allCases.map(\.rawValue) + TelemetryMetric.allCases.map(\.rawValue)
            + ProcessMetrics.descriptions.keys).sorted()
    }

    /// A file of the checkout this test was compiled from.
    static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
