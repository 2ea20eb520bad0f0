internal import CHoldfastSystem
internal import Invariants

/// What stands before every message. Little-endian, 24 bytes:
///
///     0  4  length of the body
///     4  2  type             `MessageType`
///     6  2  flags            1: the body begins with a trace context
///     8  8  request          chosen by who asks; the answer carries it
///     16 4  CRC-32C of the body
///     20 4  CRC-32C of the 20 bytes before
///
/// The header has a checksum of its own, so that a length is not believed, nor waited for, unless it is one.
package struct MessageHeader: Equatable, Sendable {
    package static let byteCount = 24

    package var length: UInt32 = 0
    package var type: MessageType
    package var flags: MessageFlags = []
    package var request: UInt64
    package var bodyCRC: UInt32 = 0

    package init(_ type: MessageType, request: UInt64) {
        self.type = type
        self.request = request
    }

    /// Reads a header.
    ///
    /// - Parameters:
    ///   - bytes: at least `byteCount`.
    ///   - lengthMax: of a body, as the handshake told it.
    package init(reading bytes: RawSpan, lengthMax: Int) throws(FrameError) {
        let crc = WireChecksum.of(bytes.extracting(0..<20))
        var cursor = WireCursor(bytes.extracting(0..<Self.byteCount))
        let (length, type, flags, request, bodyCRC, headerCRC):
            (UInt32, UInt16, UInt16, UInt64, UInt32, UInt32)
        do throws(WireError) {
            (length, type, flags) = (
                try cursor.u32("length"), try cursor.u16("type"), try cursor.u16("flags")
            )
            (request, bodyCRC) = (try cursor.u64("request"), try cursor.u32("checksum"))
            headerCRC = try cursor.u32("header checksum")
        } catch { invariantViolated("a header of \(bytes.byteCount) bytes") }
        guard headerCRC == crc else { throw .headerDamaged }
        guard let known = MessageType(rawValue: type) else { throw .unknownType(type, request: request) }
        guard MessageFlags(rawValue: flags).isSubset(of: .all) else {
            throw .unknownFlags(flags, request: request)
        }
        guard Int(length) <= lengthMax else { throw .tooLong(length, request: request) }
        self.length = length
        self.type = known
        self.flags = MessageFlags(rawValue: flags)
        self.request = request
        self.bodyCRC = bodyCRC
    }
}

package struct MessageFlags: OptionSet, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The body begins with 26 bytes of trace context.
    package static let traced = MessageFlags(rawValue: 1)
    static let all: MessageFlags = [.traced]
}

/// What is wrong with a frame. After any of them nothing that follows on the connection can be believed.
package enum FrameError: Error, Equatable, Sendable {
    /// The header's checksum is not that of the header: not our protocol, or bytes were lost.
    case headerDamaged
    case bodyDamaged(request: UInt64)
    case tooLong(UInt32, request: UInt64)
    case unknownType(UInt16, request: UInt64)
    case unknownFlags(UInt16, request: UInt64)

    /// The request that the header told; 0 if none can be believed.
    package var request: UInt64 {
        switch self {
        case .headerDamaged: 0
        case .bodyDamaged(let request), .tooLong(_, let request), .unknownType(_, let request),
            .unknownFlags(_, let request):
            request
        }
    }
}

extension FrameError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .headerDamaged: "the checksum of a frame's header is wrong"
        case .bodyDamaged: "the checksum of a frame's body is wrong"
        case .tooLong(let length, _): "a body of \(length) bytes is longer than the handshake allows"
        case .unknownType(let type, _): "messages of type \(type) are not known"
        case .unknownFlags(let flags, _): "the flags \(flags) are not known"
        }
    }
}

/// CRC-32C (Castagnoli), as everywhere in Holdfast.
package enum WireChecksum {
    @inline(__always)
    package static func of(_ bytes: RawSpan) -> UInt32 {
        // SAFETY: the function reads exactly `count` bytes from the borrowed span.
        unsafe bytes.withUnsafeBytes { unsafe holdfast_crc32c(0, $0.baseAddress, $0.count) }
    }
}
