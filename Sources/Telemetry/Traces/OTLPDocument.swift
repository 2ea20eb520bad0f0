internal import Foundation

/// Spans as OTLP/HTTP wants them in JSON (opentelemetry-proto 1.x): ids in hexadecimal digits, integers of 64
/// bits as text.
struct OTLPDocument: Encodable {
    let resourceSpans: [ResourceSpans]

    struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    struct Resource: Encodable {
        let attributes: [Attribute]
    }

    struct ScopeSpans: Encodable {
        let scope: Scope
        let spans: [Span]
    }

    struct Scope: Encodable {
        let name: String
    }

    struct Attribute: Encodable {
        let key: String
        let value: Value

        struct Value: Encodable {
            let stringValue: String
        }

        init(_ key: String, _ value: String) { (self.key, self.value) = (key, Value(stringValue: value)) }
    }

    struct Event: Encodable {
        let timeUnixNano: String
        let name: String
    }

    struct Status: Encodable {
        /// 2: an error.
        let code: Int
        let message: String
    }

    struct Span: Encodable {
        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let name: String
        /// 2: what a server does for a request.
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let events: [Event]
        let status: Status?

        init(_ span: TraceSpan) {
            (traceId, spanId, name, kind) = (span.trace, Self.digits(span.id), span.name, 2)
            parentSpanId = span.parent == 0 ? nil : Self.digits(span.parent)
            (startTimeUnixNano, endTimeUnixNano) = ("\(span.start)", "\(span.end)")
            attributes = span.attributes.map { Attribute($0.name, $0.value) }
            events = span.events.map { Event(timeUnixNano: "\($0.at)", name: $0.name) }
            status = span.problem.map { Status(code: 2, message: $0) }
        }

        private static func digits(_ word: UInt64) -> String {
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    init(_ spans: [TraceSpan], service: String) {
        resourceSpans = [
            ResourceSpans(
                resource: Resource(attributes: [Attribute("service.name", service)]),
                scopeSpans: [ScopeSpans(scope: Scope(name: "holdfast"), spans: spans.map { Span($0) })])
        ]
    }

    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self))
        }
    }
}
