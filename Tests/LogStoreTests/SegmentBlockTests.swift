import LogStore
import Testing

@Suite struct SegmentBlockTests {
    static let fileUUID = makeUUID(0x10)

    static func encode(
        _ events: EventBytes, codec: BlockHeader.Codec = .shuffledLZ4, key: UInt8? = nil,
        offset: UInt64 = 4096
    ) throws -> [UInt8] {
        var encoder = BlockEncoder(codec: codec)
        return try events.withRun { run in
            var block = [UInt8](
                repeating: 0, count: BlockEncoder.blockByteCountMax(rawByteCount: events.bytes.count))
            let length = block.withMutableRawSpan {
                encoder.encode(
                    run: run, ordinal: 3, fileUUID: fileUUID, fileOffset: offset,
                    cipher: key.map { makeCipher($0) }, into: &$0)
            }
            return Array(block[..<length])
        }
    }

    static func decode(
        _ block: [UInt8], key: UInt8? = nil, offset: UInt64 = 4096, fileUUID: LogUUID = fileUUID,
        expecting: UInt64? = nil, rawByteCountMax: Int = BlockHeader.rawByteCountMax
    ) throws(DecodingFailure) -> EventBytes {
        var decoder = BlockDecoder(rawByteCountMax: rawByteCountMax)
        try block.withRawSpan { (span) throws(DecodingFailure) in
            try decoder.decode(
                span, expecting: expecting, fileUUID: fileUUID, fileOffset: offset,
                cipher: key.map { makeCipher($0) })
        }
        let run = decoder.run
        return EventBytes(bytes: run.bytes.array(), count: run.count, firstSequence: run.firstSequence)
    }

    static func makeSmall() -> EventBytes {
        var source = PaymentEventSource(seed: 1)
        return source.makeEvents(9, firstSequence: 512)
    }

    /// The block with right checksums in its header after a change.
    static func resealed(_ block: [UInt8]) -> [UInt8] {
        var block = block
        let body = Array(block[64...]).withRawSpan { CRC32C.of($0) }
        block.withMutableRawSpan { $0.set(body, at: 16) }
        let header = Array(block[8..<64]).withRawSpan { CRC32C.of($0) }
        block.withMutableRawSpan { $0.set(header, at: 4) }
        return block
    }

    /// Why the block is rejected; nil if it is not.
    static func failure(
        _ block: [UInt8], key: UInt8? = nil, offset: UInt64 = 4096, fileUUID: LogUUID = fileUUID
    ) -> DecodingFailure? {
        do throws(DecodingFailure) {
            _ = try decode(block, key: key, offset: offset, fileUUID: fileUUID)
            return nil
        } catch { return error }
    }

    @Test(arguments: [BlockHeader.Codec.raw, .lz4, .shuffledLZ4], [nil, 7] as [UInt8?])
    func `any run of events comes back bit for bit`(codec: BlockHeader.Codec, key: UInt8?) throws {
        let seed: UInt64 = 0xB10C
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for round in 0..<150 {
            let count = round < 20 ? round + 1 : 1 + Int(random.next() % 256)
            let lengthMax = [0, 1, 7, 40, 160, 700][round % 6]
            let types: UInt16 = [1, 3, 300][round % 3]
            let events = makeRandomEvents(
                count, firstSequence: UInt64(round) << 8, lengthMax: lengthMax, types: types, using: &random)
            let block = try Self.encode(events, codec: codec, key: key)
            #expect(try Self.decode(block, key: key, expecting: events.firstSequence) == events)
        }
    }

    @Test func `the largest and the smallest events fit`() throws {
        for count in [1, 7, 8, 256] {
            var large = EventBytes(firstSequence: 0)
            for index in 0..<count {
                let payload = [UInt8](repeating: UInt8(index & 0xFF), count: EventHeader.payloadBytesMax)
                large.bytes += makeEvent(type: .max, time: UInt64(index + 1), payload: payload)
            }
            large.count = count
            #expect(try Self.decode(Self.encode(large)) == large)
        }
        let smallest = EventBytes(
            bytes: makeEvent(type: 0, time: 1, payload: []), count: 1, firstSequence: 255)
        for key in [nil, 7] as [UInt8?] {
            #expect(try Self.decode(Self.encode(smallest, key: key), key: key) == smallest)
        }
    }

    @Test func `one encoder and one decoder serve many blocks`() throws {
        var source = PaymentEventSource(seed: 2)
        var encoder = BlockEncoder()
        var decoder = BlockDecoder()
        let cipher = makeCipher()
        for index in 0..<20 {
            let events = source.makeEvents(1 + index * 13, firstSequence: UInt64(index) << 8, types: 3)
            var block = [UInt8](repeating: 0xAA, count: BlockEncoder.blockByteCountMax(rawByteCount: 1 << 16))
            try events.withRun { run in
                let length = block.withMutableRawSpan {
                    encoder.encode(
                        run: run, ordinal: UInt64(index), fileUUID: Self.fileUUID, fileOffset: 8192,
                        cipher: index % 2 == 0 ? cipher : nil, into: &$0)
                }
                // Bytes after the block do not matter: a scan decodes from a larger buffer.
                try block.withRawSpan {
                    try decoder.decode(
                        $0, expecting: UInt64(index) << 8, fileUUID: Self.fileUUID, fileOffset: 8192,
                        cipher: index % 2 == 0 ? cipher : nil)
                }
                #expect(decoder.run.bytes.array() == events.bytes)
                #expect(decoder.header?.blockByteCount == length)
                #expect(decoder.header?.ordinal == UInt64(index))
            }
        }
    }

    @Test(arguments: [nil, 7] as [UInt8?])
    func `every flipped bit and every truncation of a block is rejected`(key: UInt8?) throws {
        let block = try Self.encode(Self.makeSmall(), key: key)
        for bit in 0..<(block.count * 8) {
            var flipped = block
            flipped[bit / 8] ^= 1 << (bit % 8)
            let failure = Self.failure(flipped, key: key)
            #expect(failure != nil && failure?.isAuthenticationFailure == false)
        }
        for length in 0..<block.count {
            #expect(throws: DecodingFailure.self) { try Self.decode(Array(block[..<length]), key: key) }
        }
    }

    @Test func `a forged body under right checksums never traps and never changes the events`() throws {
        let events = Self.makeSmall()
        for codec in [BlockHeader.Codec.lz4, .shuffledLZ4] {
            let block = try Self.encode(events, codec: codec)
            for bit in (64 * 8)..<(block.count * 8) {
                var flipped = block
                flipped[bit / 8] ^= 1 << (bit % 8)
                // LZ4 can say the same in several ways, a match elsewhere for instance.
                let decoded = try? Self.decode(Self.resealed(flipped))
                #expect(decoded == nil || decoded == events)
            }
            // Header fields too, but for first sequence and ordinal: without a key nothing ties them.
            for bit in (20 * 8)..<(64 * 8) {
                var flipped = block
                flipped[bit / 8] ^= 1 << (bit % 8)
                let failure = Self.failure(Self.resealed(flipped))
                #expect(failure != nil || (24..<40).contains(bit / 8))
            }
        }
    }

    @Test func `a wrong key, place or file is told apart from damage`() throws {
        let block = try Self.encode(Self.makeSmall(), key: 7)
        #expect(Self.failure(block, key: 7) == nil)
        #expect(Self.failure(block, key: 8)?.isAuthenticationFailure == true)
        #expect(Self.failure(block, key: 7, offset: 8192)?.isAuthenticationFailure == true)
        #expect(Self.failure(block, key: 7, fileUUID: makeUUID(0x11))?.isAuthenticationFailure == true)
        #expect(Self.failure(block)?.isAuthenticationFailure == false)
        // Every authenticated header byte, under right checksums; fields that are nonsense fail earlier.
        for offset in 24..<56 {
            var forged = block
            forged[offset] ^= 1
            #expect(throws: DecodingFailure.self) { try Self.decode(Self.resealed(forged), key: 7) }
        }
    }

    @Test func `declared lengths are checked before memory is taken`() throws {
        let block = try Self.encode(Self.makeSmall())
        for (offset, value) in [(8, UInt32.max), (12, .max), (12, 0), (8, 0), (12, 0x00FF_0000), (8, 6)] {
            var hostile = block
            hostile.withMutableRawSpan { $0.set(value, at: offset) }
            #expect(throws: DecodingFailure.self) { try Self.decode(Self.resealed(hostile)) }
        }
        #expect(throws: DecodingFailure.self) { try Self.decode(block, rawByteCountMax: 1000) }
        #expect(throws: DecodingFailure.self) { try Self.decode(block, expecting: 513) }
    }

    @Test func `a decompression bomb is rejected`() throws {
        // Events of zeros, packed by LZ4 to a 250th; then the header lowers the raw length by one event.
        var events = EventBytes(firstSequence: 0)
        for index in 0..<64 {
            events.bytes += makeEvent(
                type: 1, time: UInt64(index + 1), payload: [UInt8](repeating: 0, count: 60_000))
        }
        events.count = 64
        for codec in [BlockHeader.Codec.lz4, .shuffledLZ4] {
            let block = try Self.encode(events, codec: codec)
            print("\(codec): \(events.bytes.count) raw bytes in \(block.count)")
            #expect(try Self.decode(block) == events)
            var hostile = block
            hostile.withMutableRawSpan { span in
                span.set(UInt32(events.bytes.count - 60_014), at: 12)
                span.set(UInt16(63), at: 20)
            }
            #expect(throws: DecodingFailure.self) { try Self.decode(Self.resealed(hostile)) }
            #expect(throws: DecodingFailure.self) { try Self.decode(block, rawByteCountMax: 1 << 20) }
        }
    }

    @Test func `a block that gains less than six per cent is stored raw`() throws {
        var random = SeededGenerator(seed: 5)
        let noise = (0..<4000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let events = EventBytes(
            bytes: makeEvent(type: 1, time: 1, payload: noise), count: 1, firstSequence: 0)
        let block = try Self.encode(events)
        #expect(block[22] == BlockHeader.Codec.raw.rawValue)
        #expect(block.count == 64 + 4014 + 4)
        #expect(try Self.decode(block) == events)
    }

    @Test func `the ratio of payment events, with and without the shuffle`() throws {
        for types in [1, 8, 64] as [UInt16] {
            var source = PaymentEventSource(seed: 3)
            var sizes = (raw: 0, plain: 0, shuffled: 0)
            for index in 0..<8 {
                let events = source.makeEvents(256, firstSequence: UInt64(index) << 8, types: types)
                sizes.raw += events.bytes.count
                sizes.plain += try Self.encode(events, codec: .lz4).count
                sizes.shuffled += try Self.encode(events).count
            }
            let ratios = (Double(sizes.raw) / Double(sizes.plain), Double(sizes.raw) / Double(sizes.shuffled))
            print("\(types) types: LZ4 \(ratios.0), column shuffle and LZ4 \(ratios.1)")
            #expect(ratios.1 > ratios.0 && ratios.1 > 2)
        }
    }
}
