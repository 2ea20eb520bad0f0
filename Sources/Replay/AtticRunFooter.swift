import LogStore

/// What is in memory of a run: which block a key would be in, and whether it is there at all.
///
///     0   8    records
///     8   8    first hour        of keys; zero in a run of payments
///     16  8    last hour
///     24  4    blocks
///     28  4    buckets of the filter
///     32  24 ‥ a fence for each block: its first key (8 + 4), offset 8, length 4
///     …   32 ‥ the filter's buckets
struct AtticRunFooter {
    var recordCount: UInt64 = 0
    /// Of keys: hours since the epoch, first and last.
    var hours: ClosedRange<UInt64> = 0...0
    private(set) var fences: [Fence] = []
    private var filter: [UInt8] = []
    private var bucketCount = 0

    struct Fence {
        let first: AtticKey
        let offset: UInt64
        let byteCount: Int
    }

    private static let fixedByteCount = 32
    private static let fenceByteCount = 24
    /// Bits a key: one of 150 that are not there costs a block.
    static let bitsPerKey = 12

    /// For at most so many records.
    init(recordsMax: Int) {
        bucketCount = max(1, KeyFilter.bucketCount(keys: recordsMax, bitsPerKey: Self.bitsPerKey))
        filter = [UInt8](repeating: 0, count: bucketCount * KeyFilter.bucketByteCount)
    }

    mutating func add(_ fence: Fence) { fences.append(fence) }

    mutating func add(_ key: AtticKey) {
        recordCount += 1
        let count = bucketCount
        filter.withMutableRawSpan {
            KeyFilter.insert(key.filterHash, into: &$0, at: 0, bucketCount: count)
        }
    }

    /// The block that has a key, if the run has it; nil if it certainly has not.
    func block(_ key: AtticKey) -> Int? {
        let mayBe = filter.withRawSpan {
            KeyFilter.mayContain(key.filterHash, in: $0, at: 0, bucketCount: bucketCount)
        }
        guard mayBe else { return nil }
        var (low, high) = (0, fences.count)
        while low < high {
            let middle = (low + high) / 2
            if fences[middle].first <= key { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }

    var byteCount: Int { Self.fixedByteCount + fences.count * Self.fenceByteCount + filter.count }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.u64(recordCount)
        writer.u64(hours.lowerBound)
        writer.u64(hours.upperBound)
        writer.u32(UInt32(fences.count))
        writer.u32(UInt32(bucketCount))
        for fence in fences {
            writer.u64(fence.first.low)
            writer.u32(fence.first.high)
            writer.u64(fence.offset)
            writer.u32(UInt32(fence.byteCount))
        }
        writer.array(filter)
        return writer.bytes
    }

    init(decoding span: RawSpan, footerOffset: UInt64) throws(DecodingFailure) {
        var reader = ByteReader(span, "footer of a run")
        recordCount = try reader.u64()
        let (first, last) = (try reader.u64(), try reader.u64())
        guard first <= last else { throw DecodingFailure("hours \(first) to \(last)") }
        hours = first...last
        let blocks = Int(try reader.u32())
        bucketCount = Int(try reader.u32())
        let expected =
            Self.fixedByteCount + blocks * Self.fenceByteCount + bucketCount * KeyFilter.bucketByteCount
        guard span.byteCount == expected, bucketCount > 0 else {
            throw DecodingFailure("a footer of \(span.byteCount) bytes for \(blocks) blocks")
        }
        var offset = UInt64(AtticRunHeader.byteCount)
        fences.reserveCapacity(blocks)
        for _ in 0..<blocks {
            let key = AtticKey(low: try reader.u64(), high: try reader.u32())
            let (start, length) = (try reader.u64(), Int(try reader.u32()))
            let max = AtticBlock.headerByteCount + AtticBlock.bodyByteCountMax
            guard start == offset, length > AtticBlock.headerByteCount, length <= max,
                fences.last.map({ $0.first < key }) ?? true
            else { throw DecodingFailure("a fence at \(start) of \(length) bytes after \(offset)") }
            fences.append(Fence(first: key, offset: start, byteCount: length))
            offset += UInt64(length)
        }
        guard offset == footerOffset else { throw DecodingFailure("blocks end at \(offset)") }
        filter = try reader.array(bucketCount * KeyFilter.bucketByteCount)
    }
}
