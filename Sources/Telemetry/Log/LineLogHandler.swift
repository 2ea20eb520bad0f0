internal import Foundation
package import Logging

/// Log lines of swift-log, one an event, for people or for machines.
///
///     2026-11-24T09:45:00.123Z notice handshake refused code=unauthorized connection=3.1
///     {"at":"2026-11-24T09:45:00.123Z","code":"unauthorized","connection":"3.1","event":"handshake …",…}
///
/// What is told is cut at `valueBytesMax`, and holds no character that could end the line.
package struct LineLogHandler: LogHandler {
    /// How a line looks.
    package enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let format: Format
    private let sink: LineSink
    private let clock: @Sendable () -> Double
    /// Bytes of one value.
    package static let valueBytesMax = 1_024

    /// - Parameter clock: seconds since 1970.
    package init(
        _ format: Format, level: Logger.Level, to sink: LineSink, clock: @escaping @Sendable () -> Double
    ) {
        (self.format, logLevel, self.sink, self.clock) = (format, level, sink, clock)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        if let more = metadataProvider?.get() { fields.merge(more) { $1 } }
        if let more = event.metadata { fields.merge(more) { $1 } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        let told = fields.map { (key: $0.key, value: Self.cut($0.value.description)) }
            .sorted { $0.key < $1.key }
        let moment = Self.moment(clock())
        switch format {
        case .text: sink.put(Self.text(moment, event, told))
        case .json: sink.put(Self.json(moment, event, told))
        }
    }

    // MARK: -

    private static func text(
        _ moment: String, _ event: LogEvent, _ fields: [(key: String, value: String)]
    ) -> String {
        var line = "\(moment) \(event.level) \(cut(event.message.description, isBare: true))"
        for (key, value) in fields {
            let isBare = !value.isEmpty && value.unicodeScalars.allSatisfy { isPlain($0) }
            line += " \(key)=" + (isBare ? value : "\"" + escaped(value) + "\"")
        }
        return line + "\n"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7F && scalar != "\"" && scalar != "\\"
            && scalar != "="
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\" + String(scalar)
            case "\n": escaped += "\\n"
            case _ where scalar.properties.generalCategory == .control || isSeparator(scalar):
                escaped += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 0x2028 || scalar.value == 0x2029
    }

    private static func json(
        _ moment: String, _ event: LogEvent, _ fields: [(key: String, value: String)]
    ) -> String {
        var object = Dictionary(fields.map { ($0.key, $0.value) }) { $1 }
        object["at"] = moment
        object["level"] = event.level.rawValue
        object["event"] = cut(event.message.description)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(object) else { return "{}\n" }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    /// At most `valueBytesMax` bytes, at the end of a character.
    private static func cut(_ text: String, isBare: Bool = false) -> String {
        var text = text
        if text.utf8.count > valueBytesMax {
            let bytes = text.utf8.prefix(valueBytesMax - 3)
            text = (bytes.endIndex.samePosition(in: text).map { String(text[..<$0]) } ?? "") + "…"
        }
        return isBare ? escaped(text) : text
    }

    private static func moment(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
