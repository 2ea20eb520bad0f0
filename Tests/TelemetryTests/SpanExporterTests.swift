import Foundation
import NIOHTTP1
import Telemetry
import Testing

/// Spans on their way to a collector on loopback. Batches are gathered for an hour, so that what is sent is
/// what a stop sends.
@Suite struct SpanExporterTests {
    private func span(_ number: UInt64) -> TraceSpan {
        var span = TraceSpan(
            trace: "000102030405060708090a0b0c0d0e0f", id: number, parent: 0xAB, name: "holdfast.commands",
            start: 1_795_512_300_000_000_001, end: 1_795_512_300_000_000_009)
        span.attributes = [("holdfast.request_id", "7")]
        span.events = [("decided", 1_795_512_300_000_000_005)]
        return span
    }

    private func exporter(
        _ endpoint: String, _ registry: PrometheusRegistry
    ) throws -> SpanExporter {
        try SpanExporter(to: endpoint, service: "holdfast", registry, gathering: .seconds(3_600))
    }

    @Test func `a collector gets spans as OTLP has them in JSON`() async throws {
        let (receiver, registry) = (try await SpanReceiver(), PrometheusRegistry())
        let exporter = try exporter(receiver.endpoint + "/", registry)
        exporter.put(span(0x1F))
        await exporter.stop()
        let post = try #require(receiver.posts.first)
        #expect(receiver.posts.count == 1 && post.path == "/v1/traces" && post.type == "application/json")
        #expect(
            String(decoding: post.body, as: UTF8.self) == """
                {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name",\
                "value":{"stringValue":"holdfast"}}]},"scopeSpans":[{"scope":{"name":"holdfast"},\
                "spans":[{"attributes":[{"key":"holdfast.request_id","value":{"stringValue":"7"}}],\
                "endTimeUnixNano":"1795512300000000009",\
                "events":[{"name":"decided","timeUnixNano":"1795512300000000005"}],"kind":2,\
                "name":"holdfast.commands","parentSpanId":"00000000000000ab",\
                "spanId":"000000000000001f","startTimeUnixNano":"1795512300000000001",\
                "traceId":"000102030405060708090a0b0c0d0e0f"}]}]}]}
                """)
        #expect(registry.text.contains("holdfast_spans_exported_total 1\n"))
        try await receiver.stop()
    }

    @Test func `a span without parent has none, and one that failed says so`() async throws {
        let (receiver, registry) = (try await SpanReceiver(), PrometheusRegistry())
        let exporter = try exporter(receiver.endpoint, registry)
        var failed = span(1)
        (failed.parent, failed.problem) = (0, "busy")
        exporter.put(failed)
        await exporter.stop()
        let told = try #require(try receiver.spans.first)
        #expect(told["parentSpanId"] == nil)
        #expect((told["status"] as? [String: Any])?["message"] as? String == "busy")
        try await receiver.stop()
    }

    @Test func `what has no room is dropped and counted, the rest comes in batches`() async throws {
        let (receiver, registry) = (try await SpanReceiver(), PrometheusRegistry())
        let exporter = try exporter(receiver.endpoint, registry)
        for number in 1...UInt64(SpanExporter.spanCountMax + 3) { exporter.put(span(number)) }
        await exporter.stop()
        exporter.put(span(1))
        #expect(receiver.posts.count == SpanExporter.spanCountMax / SpanExporter.batchMax)
        #expect(try receiver.spans.count == SpanExporter.spanCountMax)
        #expect(registry.text.contains("holdfast_spans_dropped_total 4\n"))
        #expect(registry.text.contains("holdfast_spans_exported_total \(SpanExporter.spanCountMax)\n"))
        try await receiver.stop()
    }

    @Test func `a collector that refuses, and one that is gone, cost spans and nothing else`() async throws {
        let receiver = try await SpanReceiver(status: .serviceUnavailable)
        for isGone in [false, true] {
            let registry = PrometheusRegistry()
            let exporter = try exporter(receiver.endpoint, registry)
            if isGone { try await receiver.stop() }
            exporter.put(span(1))
            await exporter.stop()
            #expect(registry.text.contains("holdfast_spans_dropped_total 1\n"))
            #expect(registry.text.contains("holdfast_spans_exported_total 0\n"))
        }
    }

    @Test(arguments: ["", "collector", "ftp://127.0.0.1", "http://"])
    func `what is no address of a collector is refused`(address: String) {
        #expect(throws: SpanExporterError.self) {
            try SpanExporter(to: address, service: "", PrometheusRegistry())
        }
    }
}
