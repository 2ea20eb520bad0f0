/// Where each block of a segment lies and when it begins. Block numbers come from `SegmentShape`.
///
///     per block, 12 bytes:
///     0   8   time of its first event
///     8   4   bytes, header included
///
/// Blocks lie one after the other from offset 4096 to the first section; the offsets follow from the lengths.
package struct BlockIndex: Sendable, Equatable {
    /// One block in the file.
    package struct Place: Sendable, Equatable {
        package var firstTime: UInt64
        package var fileOffset: UInt64
        package var byteCount: Int
    }

    package private(set) var places: [Place] = []

    package static let entryByteCount = 12
    private static let blockByteCountMin = BlockHeader.byteCount + 1
    private static let blockByteCountMax = BlockEncoder.blockByteCountMax(
        rawByteCount: BlockHeader.rawByteCountMax)
    private static let blockByteCountRange = blockByteCountMin...blockByteCountMax

    init() {}

    /// Where the next block goes.
    var end: UInt64 {
        places.last.map { $0.fileOffset + UInt64($0.byteCount) } ?? UInt64(FileHeader.byteCount)
    }

    mutating func removeAll() { places.removeAll(keepingCapacity: true) }

    mutating func append(firstTime: UInt64, byteCount: Int) {
        invariant(Self.blockByteCountRange.contains(byteCount), "a block of \(byteCount) bytes")
        places.append(Place(firstTime: firstTime, fileOffset: end, byteCount: byteCount))
    }

    /// The last block that begins at or before `time`; nil if all begin later.
    package func block(atOrBefore time: UInt64) -> Int? {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle].firstTime <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }

    var encodedByteCount: Int { places.count * Self.entryByteCount }

    func encode(into target: inout MutableRawSpan) {
        for (index, place) in places.enumerated() {
            target.set(place.firstTime, at: index * Self.entryByteCount)
            target.set(UInt32(place.byteCount), at: index * Self.entryByteCount + 8)
        }
    }

    /// Reads the section of a segment with this tail.
    package init(decoding source: RawSpan, tail: SegmentTail) throws(DecodingFailure) {
        let count = tail.shape.blockCount
        guard source.byteCount == count * Self.entryByteCount else {
            throw DecodingFailure("a block index of \(source.byteCount) bytes for \(count) blocks")
        }
        places.reserveCapacity(count)
        for index in 0..<count {
            let firstTime = source.u64(index * Self.entryByteCount)
            let byteCount = Int(source.u32(index * Self.entryByteCount + 8))
            guard Self.blockByteCountRange.contains(byteCount) else {
                throw DecodingFailure("block \(index) of \(byteCount) bytes")
            }
            guard firstTime <= tail.lastTime, places.last.map({ $0.firstTime < firstTime }) ?? true else {
                throw DecodingFailure("block \(index) begins at time \(firstTime)")
            }
            append(firstTime: firstTime, byteCount: byteCount)
        }
        guard places.first?.firstTime == tail.firstTime, end == tail.sectionsOffset else {
            throw DecodingFailure("blocks end at \(end), the sections begin at \(tail.sectionsOffset)")
        }
    }
}
