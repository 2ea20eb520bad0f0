internal import AsyncHTTPClient
package import CoreMetrics
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Sends spans to a collector over OTLP/HTTP, in batches, from a queue of bounded size. What has no room, and
/// what the collector does not take at the first try, is dropped and counted: telemetry holds nobody up.
package final class SpanExporter: Sendable {
    private struct Queue {
        var spans: [TraceSpan] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let came: AsyncStream<Void>.Continuation
    private let sender: SpanSender
    private let dropped: Counter
    private let running = Mutex<Task<Void, Never>?>(nil)
    /// Spans that may wait, and that are sent together.
    package static let spanCountMax = 4_096
    package static let batchMax = 512

    /// - Parameters:
    ///   - endpoint: of a collector, as `http://127.0.0.1:4318`; spans go to `/v1/traces` there.
    ///   - gathering: how long spans are waited for that may share a batch.
    package init(
        to endpoint: String, service: String, _ factory: any MetricsFactory,
        gathering: Duration = .seconds(1)
    ) throws(SpanExporterError) {
        sender = SpanSender(url: try Self.url(endpoint), service: service, factory)
        dropped = TelemetryMetric.spansDropped.counter(factory)
        let (wakes, came) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.came = came
        let task = Task { [self] in
            for await _ in wakes {
                // Ends early when the exporter is stopped; what is left then is sent by `stop`.
                try? await Task.sleep(for: gathering)
                if Task.isCancelled { return }
                await sendAll()
            }
        }
        running.withLock { $0 = task }
    }

    private static func url(_ endpoint: String) throws(SpanExporterError) -> String {
        guard let url = URL(string: endpoint), ["http", "https"].contains(url.scheme), url.host != nil else {
            throw SpanExporterError(endpoint: endpoint)
        }
        let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        return base.hasSuffix("/v1/traces") ? base : base + "/v1/traces"
    }

    /// Takes a span. Any thread; does not wait.
    package func put(_ span: TraceSpan) {
        let isTaken = queue.withLock { queue in
            guard !queue.isStopped, queue.spans.count < Self.spanCountMax else { return false }
            queue.spans.append(span)
            return true
        }
        guard isTaken else { return dropped.increment() }
        came.yield()
    }

    /// Sends what waits, and takes nothing more. Once.
    package func stop() async {
        came.finish()
        let task = running.withLock { $0 }
        task?.cancel()
        await task?.value
        queue.withLock { $0.isStopped = true }
        await sendAll()
        await sender.stop()
    }

    /// Once the exporter is stopped, no second batch is tried on a collector that did not take the first.
    private func dropWhatIsLeft() {
        let count = queue.withLock { queue in
            guard queue.isStopped else { return 0 }
            defer { queue.spans.removeAll() }
            return queue.spans.count
        }
        if count > 0 { dropped.increment(by: count) }
    }

    private func sendAll() async {
        while true {
            let batch = queue.withLock { queue in
                let batch = Array(queue.spans.prefix(Self.batchMax))
                queue.spans.removeFirst(batch.count)
                return batch
            }
            if batch.isEmpty { return }
            if await sender.send(batch) { continue }
            dropped.increment(by: batch.count)
            dropWhatIsLeft()
        }
    }
}

/// The way to the collector.
private struct SpanSender: Sendable {
    private let url: String
    private let service: String
    private let client: HTTPClient
    private let exported: Counter

    init(url: String, service: String, _ factory: any MetricsFactory) {
        (self.url, self.service) = (url, service)
        var configuration = HTTPClient.Configuration()
        // A collector that is gone is not waited for.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        exported = TelemetryMetric.spansExported.counter(factory)
    }

    /// False if the collector did not take them.
    func send(_ spans: [TraceSpan]) async -> Bool {
        do {
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try OTLPDocument(spans, service: service).bytes))
            let response = try await client.execute(request, timeout: .seconds(10))
            _ = try? await response.body.collect(upTo: 64 << 10)
            guard (200..<300).contains(response.status.code) else { return false }
            exported.increment(by: spans.count)
            return true
        } catch { return false }
    }

    func stop() async { try? await client.shutdown() }
}

/// The address of a collector is none.
package struct SpanExporterError: Error, Sendable, CustomStringConvertible {
    let endpoint: String

    package var description: String {
        "\(endpoint) is no address of a collector: http:// or https:// and a host"
    }
}
