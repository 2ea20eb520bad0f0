/// The bytes of an entry bundle: each event behind its 16-bit length, **big-endian** as C2SP has it.
public struct EntryBundle: Sendable {
    private let bytes: [UInt8]
    /// Where each entry lies in `bytes`.
    private let ranges: [Range<Int>]

    /// Reads a bundle that must have exactly `width` entries.
    public init(decoding bytes: [UInt8], width: Int) throws(DecodingFailure) {
        guard (1...Tile.widthMax).contains(width) else {
            throw DecodingFailure("an entry bundle of width \(width)")
        }
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(width)
        var offset = 0
        for index in 0..<width {
            guard bytes.count - offset >= 2 else {
                throw DecodingFailure(
                    "entry \(index) of \(width) starts at \(offset) of \(bytes.count) bytes")
            }
            let start = offset + 2
            let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
            guard bytes.count - start >= length else {
                throw DecodingFailure("entry \(index) of \(width) ends after \(bytes.count) bytes")
            }
            ranges.append(start..<(start + length))
            offset = start + length
        }
        guard offset == bytes.count else {
            throw DecodingFailure("\(width) entries take \(offset) of \(bytes.count) bytes")
        }
        self.bytes = bytes
        self.ranges = ranges
    }

    /// How many entries.
    public var count: Int { ranges.count }

    /// Entry `index`, a whole event.
    public subscript(index: Int) -> [UInt8] { Array(bytes[ranges[index]]) }

    /// The level-0 tile these entries belong under.
    public var leaves: HashTile {
        bytes.withRawSpan { span in
            HashTile(hashes: ranges.map { SHA256.leaf(span.extracting($0)) })
        }
    }

    /// Appends one entry to a bundle being written. An event always fits its 16-bit length.
    package static func append(_ event: RawSpan, to bundle: inout [UInt8]) {
        invariant(event.byteCount <= EventHeader.eventBytesMax, "an entry of \(event.byteCount) bytes")
        let start = bundle.count
        bundle.append(contentsOf: repeatElement(0, count: 2 + event.byteCount))
        bundle.withMutableRawSpan { span in
            span.set(UInt16(event.byteCount).byteSwapped, at: start)
            span.copy(from: event, at: start + 2)
        }
    }

    /// Appends all events of a run.
    package static func append(_ run: borrowing EventRun, to bundle: inout [UInt8]) {
        var cursor = run.makeCursor()
        while let event = cursor.next() { append(event.bytes, to: &bundle) }
    }
}
