import LogStore
import Testing

/// Structures with fixed contents, for golden bytes and hostile variants of them.
enum FormatSamples {
    static let november: UInt64 = 1_793_491_200_000_000_000

    static let superblock = Superblock(
        sequence: 12, previousHash: makeHash(0x40), ledger: makeUUID(0x20), node: makeUUID(0x30),
        incarnation: 3, durableSequence: 1000, epoch: 4, root: makeHash(0x60), keyringGeneration: 2,
        isClean: true, shard: 5, verifyingKey: (0..<32).map { 0x80 + $0 },
        partitions: PartitionTable(
            recent: [
                PartitionTable.Entry(month: 202_610, generation: 7, hash: makeHash(0xA0)),
                PartitionTable.Entry(month: 202_611, generation: 1, hash: makeHash(0xC0)),
            ], chainedCount: 6, chain: makeHash(0xE0)))

    static let watermark = WatermarkSlot(
        counter: 9, durableSequence: 1000, fileUUID: makeUUID(0x10), endOffset: 20_480, epoch: 4,
        root: makeHash(0x60), ledger: makeUUID(0x20))

    static let fileHeader = FileHeader(
        kind: .wal, fileUUID: makeUUID(0x10), ledgerUUID: makeUUID(0x20), shard: 0, partition: 202_611,
        firstSequence: 1000, epoch: 4, createdTime: november, previousFileUUID: .zero,
        rootAtFirst: makeHash(0x60))

    static let frame = FrameHeader(
        kind: .data, isEncrypted: true, totalLength: 8192, storedLength: 5000, rawLength: 4984,
        bodyCRC: 0x0102_0304, eventCount: 3, firstSequence: 1000, durableSequence: 990, epoch: 4, ordinal: 6,
        wallTime: november, fileOffset: 20_480, previousTotalLength: 4096, rootBefore: makeHash(0x60),
        fileUUID: makeUUID(0x10))

    static let idleMarker = FrameHeader(
        kind: .idleMarker, isEncrypted: false, totalLength: 4096, storedLength: 0, rawLength: 0, bodyCRC: 0,
        eventCount: 0, firstSequence: 1003, durableSequence: 1003, epoch: 4, ordinal: 7, wallTime: november,
        fileOffset: 28_672, previousTotalLength: 8192, rootBefore: makeHash(0x60), fileUUID: makeUUID(0x10))

    static var month: Month { Month(containing: november) }

    static let manifest: PartitionManifest = {
        var manifest = PartitionManifest(
            month: month, generation: 3, previousHash: makeHash(0x40), ledger: makeUUID(0x20),
            isClosed: true,
            entries: [
                PartitionManifest.Entry(
                    uuid: makeUUID(0x11), sequences: 0..<512, firstTime: november, lastTime: november + 511,
                    byteCount: 40_000, fileHash: makeHash(0x70), rootBefore: makeHash(0x80),
                    rootAfter: makeHash(0x90), isArchived: true, isLocal: false, createdTime: november + 600)
            ])
        manifest.statementHash = makeHash(0xB0)
        return manifest
    }()

    static let epochStart = ReservedEvent.epochStart(
        ReservedEvent.EpochStart(
            incarnation: 3, epoch: 4, recoveredSequence: 1000, root: makeHash(0x60), isOperatorDecision: true,
            cuts: [
                ReservedEvent.RecordedCut(
                    fileUUID: makeUUID(0x10), offset: 20_480, length: 4096, hash: makeHash(0x70),
                    sequence: 1000)
            ]))

    static func bytes(of slot: WatermarkSlot) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: WatermarkSlot.byteCount)
        bytes.withMutableRawSpan { slot.encode(into: &$0) }
        return bytes
    }

    static func bytes(of header: FileHeader) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: FileHeader.byteCount)
        bytes.withMutableRawSpan { header.encode(into: &$0) }
        return bytes
    }

    static func bytes(of header: FrameHeader) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: FrameHeader.byteCount)
        bytes.withMutableRawSpan { header.encode(into: &$0) }
        return bytes
    }
}

/// The bytes of the structures around the events, computed once by an independent program from the tables in
/// the sources. A change here is a change of the format.
@Suite struct GoldenFormatTests {
    private typealias Decode = (RawSpan) throws(DecodingFailure) -> Void

    private static func accepts(_ bytes: [UInt8], _ decode: Decode) -> Bool {
        do throws(DecodingFailure) {
            try bytes.withRawSpan { (span) throws(DecodingFailure) in try decode(span) }
            return true
        } catch { return false }
    }

    /// Every truncation and every flipped bit of `bytes`.
    private static func expectFragile(_ bytes: [UInt8], _ decode: Decode) {
        let isWhole = accepts(bytes, decode)
        #expect(isWhole)
        var accepted: [String] = []
        for length in 0..<bytes.count where accepts(Array(bytes[..<length]), decode) {
            accepted.append("\(length) bytes")
        }
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            if accepts(flipped, decode) { accepted.append("bit \(bit)") }
        }
        #expect(accepted == [])
    }

    /// The used bytes of a page, after checking that the others are zero.
    private static func used(_ page: [UInt8], _ count: Int) -> String {
        #expect(page.count == 4096 && page[count...].allSatisfy { $0 == 0 })
        return hex(Array(page[..<count]))
    }

    @Test func `the bytes of an event are fixed`() {
        let event = EventHeader(
            type: 0x0102, schema: 3, flags: 4, time: FormatSamples.november, payloadLength: 3)
        var bytes = [UInt8](repeating: 0, count: EventHeader.byteCount)
        bytes.withMutableRawSpan { event.write(to: &$0, at: 0) }
        #expect(hex(bytes + [0xAA, 0xBB, 0xCC]) == "020103040000ca7bbec2e3180300aabbcc")
    }

    @Test func `the bytes of a superblock are fixed`() throws {
        let bytes = FormatSamples.superblock.encode(copy: 1)
        #expect(
            Self.used(bytes, 328)
                == golden(
                    """
                    4846535550455231bacc266d010001000c000000000000004041424344454647
                    48494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f2021222324252627
                    28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f0300000000000000
                    e8030000000000000400000000000000606162636465666768696a6b6c6d6e6f
                    707172737475767778797a7b7c7d7e7f02000000000000000100000005000000
                    808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f
                    0200000006000000e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7
                    f8f9fafbfcfdfeff72170300000000000700000000000000a0a1a2a3a4a5a6a7
                    a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf7317030000000000
                    0100000000000000c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7
                    d8d9dadbdcdddedf
                    """))
        let decoded = try bytes.withRawSpan { try Superblock(decoding: $0, copy: 1) }
        #expect(decoded == FormatSamples.superblock)
        Self.expectFragile(bytes) { (span) throws(DecodingFailure) in
            _ = try Superblock(decoding: span, copy: 1)
        }
        for copy in [0, 2, 3] {
            #expect(
                !Self.accepts(bytes) { (span) throws(DecodingFailure) in
                    _ = try Superblock(decoding: span, copy: copy)
                })
        }
    }

    @Test func `the bytes of a watermark are fixed`() throws {
        let bytes = FormatSamples.bytes(of: FormatSamples.watermark)
        #expect(
            Self.used(bytes, 112)
                == golden(
                    """
                    4846574d41524b3185d7a958010000000900000000000000e803000000000000
                    101112131415161718191a1b1c1d1e1f00500000000000000400000000000000
                    606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f
                    202122232425262728292a2b2c2d2e2f
                    """))
        #expect(try bytes.withRawSpan { try WatermarkSlot(decoding: $0) } == FormatSamples.watermark)
        Self.expectFragile(bytes) { (span) throws(DecodingFailure) in _ = try WatermarkSlot(decoding: span) }
    }

    @Test func `the bytes of frame headers are fixed`() throws {
        #expect(
            hex(FormatSamples.bytes(of: FormatSamples.frame))
                == golden(
                    """
                    4846524d5df44c59010180000020000088130000781300000403020103000000
                    e803000000000000de0300000000000004000000000000000600000000000000
                    0000ca7bbec2e3180500000001000000606162636465666768696a6b6c6d6e6f
                    707172737475767778797a7b7c7d7e7f101112131415161718191a1b1c1d1e1f
                    """))
        #expect(
            hex(FormatSamples.bytes(of: FormatSamples.idleMarker))
                == golden(
                    """
                    4846524df8e362cf020080000010000000000000000000000000000000000000
                    eb03000000000000eb0300000000000004000000000000000700000000000000
                    0000ca7bbec2e3180700000002000000606162636465666768696a6b6c6d6e6f
                    707172737475767778797a7b7c7d7e7f101112131415161718191a1b1c1d1e1f
                    """))
        for header in [FormatSamples.frame, FormatSamples.idleMarker] {
            let bytes = FormatSamples.bytes(of: header)
            #expect(try bytes.withRawSpan { try FrameHeader(decoding: $0) } == header)
            Self.expectFragile(bytes) { (span) throws(DecodingFailure) in _ = try FrameHeader(decoding: span)
            }
        }
    }

    @Test func `the bytes of a manifest are fixed`() throws {
        let bytes = FormatSamples.manifest.encoded
        #expect(
            hex(bytes)
                == golden(
                    """
                    4846504152543031f01728f60100000073170300010000000300000000000000
                    404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f
                    202122232425262728292a2b2c2d2e2f01000000000000000000000000000000
                    b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf
                    1112131415161718191a1b1c1d1e1f2000000000000000000002000000000000
                    0000ca7bbec2e318ff01ca7bbec2e318409c0000000000007071727374757677
                    78797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f8081828384858687
                    88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f9091929394959697
                    98999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf0100000000000000
                    5802ca7bbec2e318
                    """))
        #expect(try bytes.withRawSpan { try PartitionManifest(decoding: $0) } == FormatSamples.manifest)
        Self.expectFragile(bytes) { (span) throws(DecodingFailure) in
            _ = try PartitionManifest(decoding: span)
        }
    }

    @Test func `the chain over old months is fixed`() {
        let old = [(202_410, 7, 1), (202_411, 2, 2), (202_412, 5, 3)].map {
            PartitionTable.Entry(month: $0.0, generation: $0.1, hash: makeHash($0.2))
        }
        let recent = (1...12).flatMap { month in [UInt32(202_500), 202_600].map { $0 + UInt32(month) } }
            .sorted()
        let table = PartitionTable(
            folding: old + recent.map { PartitionTable.Entry(month: $0, generation: 1, hash: .zero) })
        #expect(table.chainedCount == 3 && table.recent.map(\.month) == recent)
        #expect("\(table.chain)" == "34617c26546ed65f802d7c8e10cd8fe2622d569b1d44be61cddd887f97ab0056")
        #expect(PartitionTable(folding: []) == .empty)
    }

    private static let reserved: [(event: ReservedEvent, type: UInt16, payload: String)] = [
        (
            FormatSamples.epochStart, 0xFF01,
            golden(
                """
                03000000000000000400000000000000e8030000000000006061626364656667
                68696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f0101000000000000
                101112131415161718191a1b1c1d1e1f00500000000000000010000000000000
                707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f
                e803000000000000
                """)
        ),
        (.cleanEnd(incarnation: 3), 0xFF02, "0300000000000000"),
        (
            .keyringWritten(generation: 2, keyID: makeUUID(0x30)), 0xFF03,
            "0200000000000000303132333435363738393a3b3c3d3e3f"
        ),
        (
            .segmentSealed(
                ReservedEvent.SealedRange(
                    month: FormatSamples.month, uuid: makeUUID(0x11), sequences: 0..<512,
                    fileHash: makeHash(0x70), rootAfter: makeHash(0x90))), 0xFF04,
            golden(
                """
                73170300000000001112131415161718191a1b1c1d1e1f200000000000000000
                0002000000000000707172737475767778797a7b7c7d7e7f8081828384858687
                88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7
                a8a9aaabacadaeaf
                """)
        ),
        (
            .checkpointSigned(size: 512, root: makeHash(0x60)), 0xFF05,
            golden(
                """
                0002000000000000606162636465666768696a6b6c6d6e6f7071727374757677
                78797a7b7c7d7e7f
                """)
        ),
        (
            .monthClosed(
                month: FormatSamples.month, endSequence: 512, root: makeHash(0x60),
                statement: makeHash(0xB0)),
            0xFF06,
            golden(
                """
                73170300000000000002000000000000606162636465666768696a6b6c6d6e6f
                707172737475767778797a7b7c7d7e7fb0b1b2b3b4b5b6b7b8b9babbbcbdbebf
                c0c1c2c3c4c5c6c7c8c9cacbcccdcecf
                """)
        ),
        (
            .monthEvicted(month: FormatSamples.month, segmentCount: 1, generation: 4), 0xFF07,
            "73170300010000000400000000000000"
        ),
        (
            .forked(parent: makeUUID(0x20), TreePoint(size: 512, root: makeHash(0x60))), 0xFF08,
            golden(
                """
                202122232425262728292a2b2c2d2e2f0002000000000000606162636465666768696a6b6c6d6e6f
                707172737475767778797a7b7c7d7e7f
                """)
        ),
    ]

    @Test(arguments: Self.reserved.indices)
    func `the bytes of the log's own events are fixed`(index: Int) throws {
        let (event, type, payload) = Self.reserved[index]
        #expect(event.type == type)
        #expect(hex(event.payload) == payload)
        func decode(_ type: UInt16, _ schema: UInt8, _ payload: [UInt8]) throws -> ReservedEvent? {
            try makeEvent(type: type, schema: schema, time: 1, payload: payload).withRawSpan {
                try ReservedEvent(EventView(bytes: $0, sequence: 0))
            }
        }
        #expect(try decode(type, 1, event.payload) == event)
        for schema: UInt8 in [0, 2] {
            #expect(throws: DecodingFailure.self) { try decode(type, schema, event.payload) }
        }
        for length in 0..<event.payload.count {
            #expect(throws: DecodingFailure.self) { try decode(type, 1, Array(event.payload[..<length])) }
        }
        #expect(throws: DecodingFailure.self) { try decode(type, 1, event.payload + [0]) }
        // Without a checksum of its own a flip may decode, but never to the same event.
        for bit in 0..<(event.payload.count * 8) {
            var flipped = event.payload
            flipped[bit / 8] ^= 1 << (bit % 8)
            do { #expect(try decode(type, 1, flipped) != event, "bit \(bit)") } catch {
                #expect(error is DecodingFailure)
            }
        }
    }

    @Test func `a caller's events are not the log's, and unknown ones of the log are refused`() throws {
        let own = makeEvent(type: 0xFEFF, time: 1, payload: [1])
        #expect(try own.withRawSpan { try ReservedEvent(EventView(bytes: $0, sequence: 0)) } == nil)
        for type in [0xFF00, 0xFF7F, 0xFFFF] as [UInt16] {
            let bytes = makeEvent(type: type, time: 1, payload: [])
            #expect(throws: DecodingFailure.self) {
                try bytes.withRawSpan { try ReservedEvent(EventView(bytes: $0, sequence: 0)) }
            }
        }
    }
}
