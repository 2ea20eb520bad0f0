import CoreMetrics
import Dispatch
import Foundation
import Logging
import Synchronization
import Telemetry
import Testing

@Suite struct LogLineTests {
    /// Keeps lines.
    private final class Lines: Sendable {
        private let kept = Mutex<[String]>([])

        var all: [String] { kept.withLock { $0 } }

        func add(_ line: String) { kept.withLock { $0.append(line) } }
    }

    /// What lines say of what `body` logs.
    private func lines(
        _ format: LineLogHandler.Format, level: Logger.Level = .info, _ body: (Logger) -> Void
    ) -> [String] {
        let lines = Lines()
        let sink = LineSink(NOOPMetricsHandler.instance) { lines.add($0) }
        body(
            Logger(label: "test") { _ in
                LineLogHandler(format, level: level, to: sink, clock: { 1_795_512_300.25 })
            })
        sink.flush(seconds: 60)
        return lines.all
    }

    @Test func `a line for people has its moment, level, event and fields in order`() {
        let said = lines(.text) { logger in
            logger.notice("handshake refused", metadata: ["connection": "3.1", "code": "unauthorized"])
            logger.debug("too much")
        }
        #expect(
            said == [
                "2026-11-24T09:25:00.250Z notice handshake refused code=unauthorized connection=3.1\n"
            ])
    }

    @Test func `a line for machines is one JSON object`() throws {
        let said = lines(.json, level: .trace) { $0.trace("listening", metadata: ["port": "7420"]) }
        let object = try JSONDecoder().decode(
            [String: String].self, from: Data(try #require(said.first).utf8))
        #expect(
            object == [
                "at": "2026-11-24T09:25:00.250Z", "level": "trace", "event": "listening", "port": "7420",
            ])
    }

    @Test func `nothing that is told ends a line, and nothing makes it long`() throws {
        let hostile = "a\nb\r\u{2028}\u{1B}[2J\"=\\"
        for format in LineLogHandler.Format.allCases {
            let said = lines(format) { logger in
                logger.info("\(hostile)", metadata: ["error": "\(hostile)"])
                logger.info("x", metadata: ["error": .string(String(repeating: "é", count: 9_999))])
            }
            try #require(said.count == 2)
            for line in said {
                #expect(line.utf8.count < 2 * LineLogHandler.valueBytesMax)
                let inner = line.dropLast().unicodeScalars
                #expect(line.last == "\n" && inner.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
            }
        }
        #expect(
            lines(.text) { $0.info("x", metadata: ["error": "\(hostile)"]) }.first?.hasSuffix(
                "error=\"a\\nb\\u{d}\\u{2028}\\u{1b}[2J\\\"=\\\\\"\n") == true)
    }

    @Test func `while nobody reads, lines are dropped and counted, and whoever logs goes on`() {
        let registry = PrometheusRegistry()
        let (lines, reader) = (Lines(), DispatchSemaphore(value: 0))
        let sink = LineSink(registry) { line in
            reader.wait()
            reader.signal()
            lines.add(line)
        }
        for number in 0..<LineSink.lineCountMax + 5 { sink.put("\(number)\n") }
        #expect(registry.text.contains("holdfast_lines_dropped_total 5\n"))
        reader.signal()
        sink.flush(seconds: 60)
        #expect(lines.all == (0..<LineSink.lineCountMax).map { "\($0)\n" })
    }
}
