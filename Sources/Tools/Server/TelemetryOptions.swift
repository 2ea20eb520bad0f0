import ArgumentParser
import Logging
import Telemetry

/// What `holdfast serve` tells of itself, and where; said as `ServeOptions` are.
struct TelemetryOptions: ParsableArguments {
    @Option(help: "Address for operators: metrics, health (default: 127.0.0.1).") var adminHost: String?
    @Option(help: "Its port, 0: any that is free (default: the one after --port; any if that is 0).")
    var adminPort: Int?
    @Option(help: "Log lines on standard error: text or json (default: text).") var logFormat: String?
    @Option(help: "The least level that is written, trace to critical (default: info).") var logLevel: String?
    @Option(help: "OTLP/HTTP collector for traces, http://127.0.0.1:4318 say (default: none).")
    var otlpEndpoint: String?
    @Option(help: "Of a thousand traces their clients sampled, how many are sent (default: 1000).")
    var otlpPermille: Int?

    /// The settings that flags, environment and file say together.
    ///
    /// - Parameter port: that the ledger is served on.
    func settings(_ reader: SettingsReader, port: Int) throws -> TelemetrySettings {
        var settings = TelemetrySettings()
        settings.host = try reader.text(adminHost, "admin-host") ?? settings.host
        settings.port =
            try reader.number(adminPort, "admin-port", 0...65_535) ?? (port == 0 ? 0 : (port + 1) % 65_536)
        if let name = try reader.text(logFormat, "log-format") {
            settings.format = try Self.choice(name, "log-format")
        }
        if let name = try reader.text(logLevel, "log-level") {
            settings.level = try Self.choice(name, "log-level")
        }
        settings.collector = try reader.text(otlpEndpoint, "otlp-endpoint")
        settings.permille = try reader.number(otlpPermille, "otlp-permille", 0...1_000) ?? settings.permille
        return settings
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ text: String, _ name: String
    ) throws -> Value where Value.RawValue == String {
        if let value = Value(rawValue: text) { return value }
        let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandFailure(.usage, "\(name) is one of \(all), not \(text)")
    }
}

/// What a server tells of itself, and where.
struct TelemetrySettings: Sendable {
    var host = "127.0.0.1"
    /// 0: any that is free.
    var port = 0
    var format = LineLogHandler.Format.text
    var level = Logger.Level.info
    /// Nil: nothing is traced.
    var collector: String?
    var permille = 1_000
}
