import Foundation
import Glibc
import Logging
import Server
import Synchronization
import Telemetry

/// Everything `holdfast serve` tells of itself, put together: the admin port, log lines, and traces.
///
/// The admin port opens before the log does: a server that replays for minutes is alive, and not ready.
final class ServerTelemetry: Sendable {
    let board: HealthBoard
    let log: ServerLog
    private let lines: LineSink
    private let admin: AdminServer
    private let exporter: SpanExporter?
    private let metrics: ServerMetrics
    private let permille: Int
    private let changes = Mutex((hindrances: Hindrances(), changes: SampleChanges()))

    private init(
        _ board: HealthBoard, _ log: ServerLog, _ lines: LineSink, _ admin: AdminServer,
        _ exporter: SpanExporter?, _ metrics: ServerMetrics, permille: Int
    ) {
        (self.board, self.log, self.lines, self.admin) = (board, log, lines, admin)
        (self.exporter, self.metrics, self.permille) = (exporter, metrics, permille)
    }

    /// Opens the admin port.
    static func start(_ settings: TelemetrySettings) async throws -> ServerTelemetry {
        let registry = PrometheusRegistry(descriptions)
        let lines = LineSink(registry) { StandardError.raw($0) }
        let logger = Logger(label: "holdfast") { _ in
            LineLogHandler(
                settings.format, level: settings.level, to: lines, clock: { Date().timeIntervalSince1970 })
        }
        let board = HealthBoard(clock: { DispatchTime.now().uptimeNanoseconds })
        let process = ProcessMetrics(registry, startedAt: Date().timeIntervalSince1970)
        let metrics = ServerMetrics(registry)
        do {
            let exporter = try settings.collector.map { address throws(SpanExporterError) in
                try SpanExporter(to: address, service: "holdfast", registry)
            }
            let admin = try await AdminServer.start(host: settings.host, port: settings.port, health: board) {
                process.sample()
                return registry.text
            }
            return ServerTelemetry(
                board, ServerLog(logger), lines, admin, exporter, metrics, permille: settings.permille)
        } catch let error as AdminServerError {
            throw CommandFailure(.inputOutput, "\(error)")
        } catch let error as SpanExporterError { throw CommandFailure(.usage, "\(error)") }
    }

    private static var descriptions: [String: PrometheusRegistry.Description] {
        var descriptions = ProcessMetrics.descriptions
        for metric in ServerMetric.allCases { descriptions[metric.rawValue] = .init(help: metric.help) }
        for metric in TelemetryMetric.allCases { descriptions[metric.rawValue] = .init(help: metric.help) }
        return descriptions
    }

    /// Where the admin port is.
    var port: Int { admin.port }

    /// What the server is to tell.
    var watch: ServerWatch {
        let tracing = exporter.map { exporter in
            ServerWatch.Tracing(permille: permille) { exporter.put(TraceSpan($0)) }
        }
        return ServerWatch(
            metrics, onSample: { [self] in look(at: $0) }, onNote: { [log] in log.write($0) },
            tracing: tracing)
    }

    private func look(at sample: ServerSample) {
        let (hindrances, notes) = changes.withLock { state in
            let hindrances = state.hindrances.look(at: sample)
            // That it stops is told as such.
            let unexpected = sample.isDraining ? [] : hindrances
            return (hindrances, state.changes.look(at: sample, hindrances: unexpected))
        }
        board.note(hindrances: hindrances)
        metrics.record(sample, isReady: board.ready.isGood)
        for note in notes { log.write(note) }
    }

    /// The server ended by a failure: says so, and sees to it that it is read. On any thread.
    func failed(_ reason: String) {
        board.enter(.failed(reason))
        log.write(.failed, [.error: reason])
        lines.flush(seconds: 2)
    }

    /// Closes the admin port, and sends what waits.
    func stop() async {
        await exporter?.stop()
        await admin.stop()
        lines.flush(seconds: 2)
    }
}

extension TraceSpan {
    init(_ span: RequestSpan) {
        self.init(
            trace: span.traceID, id: span.id, parent: span.parent, name: span.name.rawValue,
            start: span.start, end: span.end)
        attributes = span.attributes.map { ($0.name.rawValue, $0.value) }
        events = span.decided.map { [(RequestSpan.decidedEvent, $0)] } ?? []
        if span.isFailure { problem = span.attributes.last { $0.name == .failure }?.value ?? "" }
    }
}
