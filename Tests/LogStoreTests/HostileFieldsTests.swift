import LogStore
import Testing

/// What fuzzing found: fields that pass every checksum, were accepted, and stopped the process later or came
/// back differently. A checksum is no secret; whoever can write the directory can compute it.
@Suite struct HostileFieldsTests {
    private static func refuses(_ body: () throws(DecodingFailure) -> Void) -> Bool {
        do throws(DecodingFailure) {
            try body()
            return false
        } catch { return true }
    }

    /// Sets eight bytes of a page whose checksum lies at offset 8, and makes the checksum right again.
    private static func page(_ bytes: [UInt8], _ value: UInt64, at offset: Int) -> [UInt8] {
        var bytes = bytes
        bytes.withMutableRawSpan { span in
            span.set(value, at: offset)
            let crc = ChecksummedPage.crc(of: span.bytes, crcOffset: 8)
            span.set(crc, at: 8)
        }
        return bytes
    }

    // `open` adds one to incarnation and superblock sequence, the watermark to its counter, sealing to the
    // generation. With the largest value there, the addition stopped every start.
    @Test(arguments: [16, 88, 96, 104, 144, 240])
    func `a superblock with a counter that cannot go on is refused`(offset: Int) throws {
        let bytes = FormatSamples.superblock.encode(copy: 1)
        for value in [.max, CounterBound.max + 1] as [UInt64] {
            let hostile = Self.page(bytes, value, at: offset)
            #expect(
                Self.refuses { () throws(DecodingFailure) in
                    try hostile.withRawSpan { (span) throws(DecodingFailure) in
                        _ = try Superblock(decoding: span, copy: 1)
                    }
                })
        }
        let last = Self.page(bytes, CounterBound.max, at: offset)
        #expect(try last.withRawSpan { try Superblock(decoding: $0, copy: 1) }.encode(copy: 1) == last)
    }

    @Test func `a superblock with no month or reserved bytes in its table is refused`() {
        let bytes = FormatSamples.superblock.encode(copy: 1)
        for entry in [202_613, 0, 999_912, 202_611 | 1 << 32] as [UInt64] {
            let hostile = Self.page(bytes, entry, at: 232)
            #expect(
                Self.refuses { () throws(DecodingFailure) in
                    try hostile.withRawSpan { (span) throws(DecodingFailure) in
                        _ = try Superblock(decoding: span, copy: 1)
                    }
                })
        }
    }

    @Test(arguments: [16, 24])
    func `a watermark with a counter that cannot go on is refused`(offset: Int) {
        let hostile = Self.page(FormatSamples.bytes(of: FormatSamples.watermark), .max, at: offset)
        #expect(
            Self.refuses { () throws(DecodingFailure) in
                try hostile.withRawSpan { (span) throws(DecodingFailure) in
                    _ = try WatermarkSlot(decoding: span)
                }
            })
    }

    @Test(arguments: [24, 128 + 24])
    func `a manifest with a generation or sequence that cannot go on is refused`(offset: Int) {
        let hostile = Self.page(FormatSamples.manifest.encoded, .max, at: offset)
        #expect(
            Self.refuses { () throws(DecodingFailure) in
                try hostile.withRawSpan { (span) throws(DecodingFailure) in
                    _ = try PartitionManifest(decoding: span)
                }
            })
    }

    /// The message about a broken write-ahead file names `firstSequence..<firstSequence + 1`.
    @Test func `a file header that starts where no log can be is refused`() {
        let hostile = Self.page(FormatSamples.bytes(of: FormatSamples.fileHeader), .max, at: 56)
        #expect(
            Self.refuses { () throws(DecodingFailure) in
                try hostile.withRawSpan { (span) throws(DecodingFailure) in _ = try FileHeader(decoding: span)
                }
            })
    }

    /// A name is input too: "…-1" for a file with a broken header stopped recovery with an overflow, and
    /// signs, capitals and spare zeros made two names of one file.
    @Test(arguments: [
        "18446744073709551615-00000001.wal", "+0000000000000000001-00000001.wal",
        "00000000000000000001-0000000A.wal", "00000000000000000001-000000001.wal",
        "00000000000000000001-+0000001.wal",
    ])
    func `names of write-ahead files that we would not write are not ours`(name: String) {
        #expect(ShardPaths.parseWALName(name) == nil)
    }

    @Test(arguments: [
        "+0000000000000000001-00000000000000000511.seg", "00000000000000000000-18446744073709551614.seg",
    ])
    func `names of segments that we would not write are not ours`(name: String) {
        #expect(ShardPaths.parseSegmentName(name) == nil)
    }

    /// The end of a month is computed in nanoseconds; beyond 2553 that overflowed.
    @Test func `months end within what 64 bits of nanoseconds can say`() {
        #expect(Month(number: 255_312)?.end == 18_429_292_800_000_000_000)
        #expect(Month(number: 255_401) == nil && Month(number: 999_912) == nil && Month(number: .max) == nil)
        for text in ["+026-11", "2026-+1", "2026-1", "9999-12"] { #expect(Month(text) == nil) }
        #expect(Month("2026-11")?.number == 202_611)
    }

    /// The first event of the next process comes one nanosecond after the last of this one.
    @Test func `an event whose time leaves no room for another is refused`() {
        let payload: [UInt8] = []
        for (time, isRefused) in [
            (EventHeader.timeMax, false), (EventHeader.timeMax + 1, true), (.max, true),
        ] {
            let bytes = makeEvent(type: 1, time: time, payload: payload)
            #expect(
                Self.refuses { () throws(DecodingFailure) in
                    try bytes.withRawSpan { (span) throws(DecodingFailure) in
                        _ = try EventRun(validating: span, count: 1, firstSequence: 0)
                    }
                } == isRefused)
        }
    }

    /// Two payloads must not mean the same act.
    @Test func `an epoch start says yes or no about the operator's decision`() {
        var payload = FormatSamples.epochStart.payload
        for value: UInt8 in 2...255 {
            payload[56] = value
            let bytes = makeEvent(type: 0xFF01, time: 1, payload: payload)
            #expect(
                Self.refuses { () throws(DecodingFailure) in
                    try bytes.withRawSpan { (span) throws(DecodingFailure) in
                        _ = try ReservedEvent(EventView(bytes: span, sequence: 0))
                    }
                })
        }
    }
}
