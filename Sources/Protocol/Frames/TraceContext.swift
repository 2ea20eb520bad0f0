package import Ledger

/// A W3C trace context, as it goes before the body of a traced request: 26 bytes.
///
///     0  16  trace id: the correlation id of every event the request writes
///     16 8   id of the parent span
///     24 1   flags: 1 sampled
///     25 1   zero
package struct TraceContext: Equatable, Sendable {
    package static let byteCount = 26

    package var trace: Hash128
    package var span: UInt64
    package var isSampled: Bool

    package init(trace: Hash128, span: UInt64, isSampled: Bool) {
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
    }

    package init(reading cursor: inout WireCursor) throws(WireError) {
        trace = Hash128(low: try cursor.u64("trace id"), high: try cursor.u64("trace id"))
        span = try cursor.u64("span id")
        let flags = try cursor.u8("trace flags")
        guard flags <= 1 else { throw WireError("trace flags", "are \(flags)") }
        guard try cursor.u8("trace padding") == 0 else { throw WireError("trace padding", "is not zero") }
        guard !trace.isNone else { throw WireError("trace id", "is zero") }
        isSampled = flags == 1
    }

    package func write(to buffer: inout WireBuffer) {
        buffer.put(trace.low)
        buffer.put(trace.high)
        buffer.put(span)
        buffer.put(UInt8(isSampled ? 1 : 0))
        buffer.put(UInt8(0))
    }
}
