/// The memory of one frame while it fills and is committed: room for the header, then events as they arrive.
///
/// Two exist per log. Each belongs to one thread at a time, the appender's or the committer's, and changes
/// hands under the lock of `FrameExchange`; that makes `@unchecked Sendable` true.
package final class FrameBuffer: @unchecked Sendable {
    private var memory: AlignedBuffer
    /// Bytes of events.
    package private(set) var rawLength = 0
    package private(set) var eventCount = 0
    package private(set) var firstSequence: UInt64 = 0
    package private(set) var month: Month?
    /// Time of the last event; kept after `reset`.
    package private(set) var lastTime: UInt64 = 0

    package init(byteCount: Int) { memory = AlignedBuffer(byteCount: byteCount) }

    package var isEmpty: Bool { eventCount == 0 }
    package var endSequence: UInt64 { firstSequence + UInt64(eventCount) }

    /// Bytes of events that still fit, leaving room for an authentication tag.
    package var room: Int {
        memory.byteCount - FrameHeader.byteCount - AEADCipher.tagByteCount - rawLength
    }

    /// Adds a group's events, which the caller has checked to fit and to follow.
    package func append(_ group: borrowing EventBuffer, at sequence: UInt64) {
        if isEmpty {
            firstSequence = sequence
            month = Month(containing: group.firstTime)
        }
        invariant(sequence == endSequence, "group at \(sequence) does not follow \(endSequence)")
        let start = FrameHeader.byteCount + rawLength
        var target = memory.mutableBytes
        group.withBytes { target.copy(from: $0, at: start) }
        rawLength += group.byteCount
        eventCount += group.count
        lastTime = group.lastTime
    }

    package func reset() {
        rawLength = 0
        eventCount = 0
        month = nil
    }

    /// The events, for hashing.
    package func withEvents<Result>(_ body: (RawSpan) -> Result) -> Result {
        body(memory.bytes.extracting(FrameHeader.byteCount..<FrameHeader.byteCount + rawLength))
    }

    /// Turns the buffer into the bytes of an unencrypted frame: body CRC, padding, header.
    package func seal(_ header: inout FrameHeader) {
        withEvents { header.bodyCRC = CRC32C.of($0) }
        writeAround(&header, storedLength: rawLength)
    }

    /// Receives the ciphertext of `plain`'s events and becomes the encrypted frame.
    package func seal(_ header: inout FrameHeader, encrypting plain: FrameBuffer, with cipher: FrameCipher) {
        let stored = FrameHeader.byteCount..<FrameHeader.byteCount + plain.rawLength + AEADCipher.tagByteCount
        header.bodyCRC = 0
        var target = memory.mutableBytes
        plain.withEvents { events in
            var body = target._mutatingExtracting(stored)
            cipher.seal(events, header: header, into: &body)
        }
        header.bodyCRC = CRC32C.of(memory.bytes.extracting(stored))
        writeAround(&header, storedLength: stored.count)
    }

    private func writeAround(_ header: inout FrameHeader, storedLength: Int) {
        var target = memory.mutableBytes
        target.zero(FrameHeader.byteCount + storedLength..<header.totalLength)
        header.encode(into: &target)
    }

    /// The finished frame, header to padding.
    package func withFrame<Failure: Error>(
        _ header: FrameHeader, _ body: (RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        try body(memory.bytes.extracting(0..<header.totalLength))
    }
}
