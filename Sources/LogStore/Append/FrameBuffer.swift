/// The memory of one frame while it fills and is committed: room for the header, then events as they arrive.
///
/// Two exist per log: one fills while the other is committed. Each belongs to one thread at a time; they
/// change hands inside `FrameExchange`.
package struct FrameBuffer: ~Copyable, Sendable {
    private var memory: AlignedBuffer
    /// Bytes of events.
    package private(set) var rawLength = 0
    package private(set) var eventCount = 0
    package private(set) var firstSequence: UInt64 = 0
    /// The month of every event in it; nil while empty.
    package private(set) var month: Month?

    package init(byteCount: Int) { memory = AlignedBuffer(byteCount: byteCount) }

    package var isEmpty: Bool { eventCount == 0 }
    package var endSequence: UInt64 { firstSequence + UInt64(eventCount) }

    /// Bytes of events that still fit, leaving room for an authentication tag.
    package var room: Int {
        memory.byteCount - FrameHeader.byteCount - AEADCipher.tagByteCount - rawLength
    }

    /// Adds a group's events, which the caller has checked to fit and to follow.
    package mutating func append(_ group: borrowing EncodedGroup, at sequence: UInt64) {
        if isEmpty {
            firstSequence = sequence
            month = Month(containing: group.firstTime)
        }
        invariant(sequence == endSequence, "group at \(sequence) does not follow \(endSequence)")
        let start = FrameHeader.byteCount + rawLength
        var target = memory.mutableBytes
        target.copy(from: group.bytes, at: start)
        rawLength += group.bytes.byteCount
        eventCount += group.count
    }

    package mutating func removeAll() {
        rawLength = 0
        eventCount = 0
        month = nil
    }

    /// The events as they came in.
    package var events: RawSpan {
        @_lifetime(borrow self)
        borrowing get { memory.bytes.extracting(FrameHeader.byteCount..<FrameHeader.byteCount + rawLength) }
    }

    /// Turns the buffer into the bytes of an unencrypted frame: body CRC, padding, header.
    package mutating func complete(_ header: inout FrameHeader) {
        header.bodyCRC = CRC32C.of(events)
        writeAround(header, storedLength: rawLength)
    }

    /// Receives the ciphertext of `plain`'s events and becomes the bytes of the encrypted frame.
    package mutating func complete(
        _ header: inout FrameHeader, encrypting plain: borrowing FrameBuffer, with cipher: FrameCipher
    ) {
        let storedLength = plain.rawLength + AEADCipher.tagByteCount
        let stored = FrameHeader.byteCount..<FrameHeader.byteCount + storedLength
        var target = memory.mutableBytes
        var body = target._mutatingExtracting(stored)
        cipher.seal(plain.events, header: header, into: &body)
        header.bodyCRC = CRC32C.of(memory.bytes.extracting(stored))
        writeAround(header, storedLength: storedLength)
    }

    private mutating func writeAround(_ header: FrameHeader, storedLength: Int) {
        var target = memory.mutableBytes
        target.zero(FrameHeader.byteCount + storedLength..<header.totalLength)
        header.encode(into: &target)
    }

    /// The finished frame, header to padding.
    @_lifetime(borrow self)
    package func frame(_ header: FrameHeader) -> RawSpan { memory.bytes.extracting(0..<header.totalLength) }
}
