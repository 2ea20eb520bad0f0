/// Where a segment's events came from.
///
///     0   4   sealer version
///     4   4   sources
///     8   …   per source, 32 bytes: WAL file UUID 16 · first sequence 8 · last sequence 8
///
/// Together the sources are exactly the segment, in order.
package struct SegmentProvenance: Sendable, Equatable {
    /// The part of one file that went into the segment.
    package struct Source: Sendable, Equatable {
        package var fileUUID: LogUUID
        package var firstSequence: UInt64
        package var lastSequence: UInt64

        package init(fileUUID: LogUUID, firstSequence: UInt64, lastSequence: UInt64) {
            self.fileUUID = fileUUID
            self.firstSequence = firstSequence
            self.lastSequence = lastSequence
        }
    }

    package let sealerVersion: UInt32
    package let sources: [Source]

    private static let headByteCount = 8
    private static let sourceByteCount = 32

    package init(sealerVersion: UInt32, sources: [Source]) {
        self.sealerVersion = sealerVersion
        self.sources = sources
    }

    var encodedByteCount: Int { Self.headByteCount + sources.count * Self.sourceByteCount }

    func encode(into target: inout MutableRawSpan) {
        target.set(sealerVersion, at: 0)
        target.set(UInt32(sources.count), at: 4)
        for (index, source) in sources.enumerated() {
            let offset = Self.headByteCount + index * Self.sourceByteCount
            source.fileUUID.write(to: &target, at: offset)
            target.set(source.firstSequence, at: offset + 16)
            target.set(source.lastSequence, at: offset + 24)
        }
    }

    /// Reads the section of a segment of this shape.
    package init(decoding source: RawSpan, shape: SegmentShape) throws(DecodingFailure) {
        guard source.byteCount >= Self.headByteCount else {
            throw DecodingFailure("provenance of \(source.byteCount) bytes")
        }
        let count = Int(source.u32(4))
        guard (1...shape.eventCount).contains(count),
            source.byteCount == Self.headByteCount + count * Self.sourceByteCount
        else { throw DecodingFailure("\(count) sources in \(source.byteCount) bytes of provenance") }
        let sources = (0..<count).map { index in
            let offset = Self.headByteCount + index * Self.sourceByteCount
            return Source(
                fileUUID: LogUUID(reading: source, at: offset), firstSequence: source.u64(offset + 16),
                lastSequence: source.u64(offset + 24))
        }
        self.init(sealerVersion: source.u32(0), sources: sources)
        guard covers(shape) else {
            throw DecodingFailure(
                "the sources do not add up to sequences \(shape.firstSequence) to \(shape.lastSequence)")
        }
    }

    /// Whether the sources are exactly the segment's sequences, in order, without gap or overlap.
    func covers(_ shape: SegmentShape) -> Bool {
        var next = shape.firstSequence
        for source in sources {
            guard source.firstSequence == next, source.lastSequence >= next,
                source.lastSequence <= shape.lastSequence
            else { return false }
            next = source.lastSequence + 1
        }
        return next == shape.lastSequence + 1
    }
}
