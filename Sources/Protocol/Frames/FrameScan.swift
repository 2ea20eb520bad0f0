/// What stands at the beginning of bytes that came in.
package enum FrameScan: Equatable, Sendable {
    /// Not a whole frame yet; so many bytes are needed before it is worth looking again.
    case partial(needed: Int)
    /// A whole frame; its body follows the header.
    case whole(MessageHeader)

    /// Looks at the first frame. Nothing is copied; both checksums are checked.
    ///
    /// - Parameter lengthMax: of a body.
    package static func first(in bytes: RawSpan, lengthMax: Int) throws(FrameError) -> FrameScan {
        guard bytes.byteCount >= MessageHeader.byteCount else {
            return .partial(needed: MessageHeader.byteCount)
        }
        let header = try MessageHeader(reading: bytes, lengthMax: lengthMax)
        let end = MessageHeader.byteCount + Int(header.length)
        guard bytes.byteCount >= end else { return .partial(needed: end) }
        let body = bytes.extracting(MessageHeader.byteCount..<end)
        guard WireChecksum.of(body) == header.bodyCRC else { throw .bodyDamaged(request: header.request) }
        return .whole(header)
    }
}
