import LogStore
import Testing

/// Finds payment-like events by payment and merchant and sums their first leg.
private struct PaymentIndex: EventIndex {
    static let identifier: UInt64 = 0xAB
    static let version: UInt32 = 2

    func describe(_ event: borrowing EventView, into facts: inout EventFacts) {
        let payload = event.payload
        guard payload.byteCount == 160 else { return }
        facts.addKey(kind: 1, value: payload.integer(at: 0, as: UInt64.self))
        facts.addKey(kind: 2, value: payload.integer(at: 8, as: UInt64.self))
        facts.addTotal(
            currency: payload.integer(at: 32, as: UInt16.self),
            amount: payload.integer(at: 48, as: Int64.self))
    }
}

/// A sealed segment as it would lie in a file.
private struct SegmentImage {
    let blocks: [EventBytes]
    let frontierBefore: MerkleFrontier
    let file: [UInt8]
    let sections: [UInt8]
    var tail: SegmentTail
    var tailBytes = [UInt8](repeating: 0, count: SegmentTail.byteCount)

    static func leaf(_ number: UInt64) -> Hash256 { Hash256(words: (number, 1, 2, 3)) }

    init(first: UInt64, count: Int, key: UInt8?, types: UInt16 = 3) throws {
        var blocks: [EventBytes] = []
        var frontierBefore = MerkleFrontier()
        var file = [UInt8](repeating: 0, count: FileHeader.byteCount)
        var sections: [UInt8] = []
        for number in 0..<first { frontierBefore.append(leaf: Self.leaf(number)) }
        var source = PaymentEventSource(seed: first &* 31 &+ UInt64(count))
        var builder = SegmentFooterBuilder(index: PaymentIndex())
        var encoder = BlockEncoder()
        let cipher = key.map { makeCipher($0) }
        // Another segment before, of which nothing may remain.
        builder.begin(fileUUID: makeUUID(0x99), frontier: MerkleFrontier())
        for number in 0..<3 as Range<UInt64> {
            let count = number == 2 ? 77 : 256
            let other = source.makeEvents(count, firstSequence: number << 8, types: 9)
            try other.withRun { builder.add($0, blockByteCount: 5000) }
        }
        source = PaymentEventSource(seed: first &* 31 &+ UInt64(count))
        builder.begin(fileUUID: makeUUID(0x10), frontier: frontierBefore)
        let last = first + UInt64(count) - 1
        var next = first
        while next <= last {
            let end = min((next >> 8 + 1) << 8, last + 1)
            let events = source.makeEvents(Int(end - next), firstSequence: next, types: types)
            try events.withRun { run in
                var block = [UInt8](
                    repeating: 0, count: BlockEncoder.blockByteCountMax(rawByteCount: events.bytes.count))
                let offset = builder.endOfBlocks
                let ordinal = UInt64(blocks.count)
                let length = block.withMutableRawSpan {
                    encoder.encode(
                        run: run, ordinal: ordinal, fileUUID: makeUUID(0x10), fileOffset: offset,
                        cipher: cipher,
                        into: &$0)
                }
                builder.add(run, blockByteCount: length)
                file += block[..<length]
            }
            blocks.append(events)
            next = end
        }
        let split = first + UInt64(count / 2)
        var sources = [
            SegmentProvenance.Source(fileUUID: makeUUID(1), firstSequence: first, lastSequence: last)
        ]
        if count > 1 {
            sources = [
                .init(fileUUID: makeUUID(1), firstSequence: first, lastSequence: split - 1),
                .init(fileUUID: makeUUID(2), firstSequence: split, lastSequence: last),
            ]
        }
        let table = builder.encodeSections(
            provenance: SegmentProvenance(sealerVersion: 7, sources: sources), cipher: cipher, into: &sections
        )
        file += sections
        (self.blocks, self.frontierBefore, self.file, self.sections) = (
            blocks, frontierBefore, file, sections
        )
        tail = builder.makeTail(
            sections: table, ledgerUUID: makeUUID(0x20), fileHash: file.withRawSpan { SHA256.of($0) },
            isEncrypted: cipher != nil)
        tailBytes.withMutableRawSpan { tail.encode(into: &$0) { _ in [UInt8](repeating: 0x5A, count: 64) } }
    }
}

@Suite struct SegmentFooterTests {
    private static func decodeTail(_ bytes: [UInt8]) throws(DecodingFailure) -> SegmentTail {
        try bytes.withRawSpan { (span) throws(DecodingFailure) in try SegmentTail(decoding: span) }
    }

    private static func decode(
        _ sections: [UInt8], _ tail: SegmentTail, key: UInt8?
    ) throws(DecodingFailure) -> SegmentFooter {
        try sections.withRawSpan { (span) throws(DecodingFailure) in
            try SegmentFooter(decoding: span, tail: tail, cipher: key.map { makeCipher($0) })
        }
    }

    /// Shapes at every kind of edge: aligned or not, one block or several, complete or not.
    private static let shapes: [(UInt64, Int)] = [
        (0, 1), (0, 255), (0, 256), (0, 257), (0, 512), (1, 254), (1, 255), (1, 256), (1, 511), (10, 11),
        (255, 1), (255, 2), (256, 256), (500, 12), (500, 301), (512, 700), (767, 258),
    ]

    @Test(arguments: shapes, [nil, 7] as [UInt8?])
    func `a footer comes back consistent with its events`(shape: (first: UInt64, count: Int), key: UInt8?)
        throws
    {
        let image = try SegmentImage(first: shape.first, count: shape.count, key: key)
        let tail = try Self.decodeTail(image.tailBytes)
        #expect(tail == image.tail)
        #expect(tail.tailOffset == UInt64(image.file.count))
        let footer = try Self.decode(image.sections, tail, key: key)
        #expect(footer.frontier == image.frontierBefore)
        #expect(footer.provenance.sealerVersion == 7)
        #expect(footer.blocks.places.count == image.blocks.count)

        var frontier = image.frontierBefore
        var completed: [Hash256] = []
        var totals = ControlTotals()
        for (number, events) in image.blocks.enumerated() {
            try events.withRun { run in
                frontier.append(run, completed: &completed)
                var cursor = run.makeCursor()
                while let event = cursor.next() {
                    totals.countEvent(time: event.header.time)
                    var facts = EventFacts()
                    PaymentIndex().describe(event, into: &facts)
                    let amount = facts.total(0)
                    totals.add(type: event.header.type, currency: amount.currency, amount: amount.amount)
                    for key in [facts.key(0), facts.key(1)] {
                        let hash = footer.filters.hash(key)
                        #expect(footer.filters.segmentMayContain(hash))
                        #expect(footer.filters.blockMayContain(hash, block: number))
                    }
                    #expect(tail.shape.blockNumber(of: event.sequence) == number)
                }
            }
            let place = footer.blocks.places[number]
            let block = Array(image.file[Int(place.fileOffset)...].prefix(place.byteCount))
            let decoded = try SegmentBlockTests.decode(
                block, key: key, offset: place.fileOffset,
                expecting: tail.shape.sequences(ofBlock: number).lowerBound)
            #expect(decoded == events)
            #expect(footer.blocks.block(atOrBefore: place.firstTime) == number)
            #expect(footer.blocks.block(atOrBefore: place.firstTime - 1) == (number == 0 ? nil : number - 1))
        }
        #expect(tail.rootAfter == frontier.root)
        #expect(footer.tiles.tileHashes == completed)
        #expect(footer.totals == totals)
    }

    @Test(arguments: [nil, 7] as [UInt8?])
    func `every flipped bit of sections and tail is rejected`(key: UInt8?) throws {
        let image = try SegmentImage(first: 250, count: 9, key: key)
        let tail = try Self.decodeTail(image.tailBytes)
        for bit in 0..<(image.sections.count * 8) {
            var flipped = image.sections
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: DecodingFailure.self) { try Self.decode(flipped, tail, key: key) }
        }
        for bit in 0..<(SegmentTail.byteCount * 8) {
            var flipped = image.tailBytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: DecodingFailure.self) { try Self.decodeTail(flipped) }
        }
        for length in 0..<image.sections.count {
            #expect(throws: DecodingFailure.self) {
                try Self.decode(Array(image.sections[..<length]), tail, key: key)
            }
        }
        for length in 0..<SegmentTail.byteCount {
            #expect(throws: DecodingFailure.self) { try Self.decodeTail(Array(image.tailBytes[..<length])) }
        }
    }

    /// The tail with a right checksum after a change.
    private static func resealed(_ tail: [UInt8]) -> [UInt8] {
        var tail = tail
        let crc = Array(tail[..<500]).withRawSpan { CRC32C.of($0) }
        tail.withMutableRawSpan { $0.set(crc, at: 500) }
        return tail
    }

    @Test func `a forged tail under a right checksum never traps`() throws {
        let image = try SegmentImage(first: 250, count: 9, key: nil)
        var accepted: [Int] = []
        for bit in 0..<(500 * 8) {
            var forged = image.tailBytes
            forged[bit / 8] ^= 1 << (bit % 8)
            if let tail = try? Self.decodeTail(Self.resealed(forged)),
                (try? Self.decode(image.sections, tail, key: nil)) != nil
            {
                accepted.append(bit / 8)
            }
        }
        // Only the signature protects these: UUIDs (they are the caller's to compare), file hash, index,
        // itself.
        let unchecked = [16..<48, 160..<192, 384..<396, 432..<496]
        #expect(accepted.allSatisfy { byte in unchecked.contains { $0.contains(byte) } })
        for value in [UInt64.max, 1 << 62, 1 << 63, 0] {
            for offset in [48, 56, 64, 72, 144, 152, 200, 208] {
                var forged = image.tailBytes
                forged.withMutableRawSpan { $0.set(value, at: offset) }
                let tail = try? Self.decodeTail(Self.resealed(forged))
                #expect(tail == nil || (try? Self.decode(image.sections, tail!, key: nil)) == nil)
            }
        }
    }

    @Test func `forged sections under right checksums never trap`() throws {
        let image = try SegmentImage(first: 250, count: 9, key: nil)
        var trials = 0
        for bit in 0..<(image.sections.count * 8) {
            var (sections, tail) = (image.sections, image.tailBytes)
            sections[bit / 8] ^= 1 << (bit % 8)
            let at = image.tail.sectionsOffset + UInt64(bit / 8)
            guard
                let index = image.tail.sections.firstIndex(where: {
                    ($0.fileOffset..<($0.fileOffset + UInt64($0.storedByteCount))).contains(at)
                })
            else { continue }
            let section = image.tail.sections[index]
            let start = Int(section.fileOffset - image.tail.sectionsOffset)
            let crc = Array(sections[start..<(start + section.storedByteCount)]).withRawSpan { CRC32C.of($0) }
            tail.withMutableRawSpan { $0.set(crc, at: 192 + index * 24 + 4) }
            _ = try? Self.decode(sections, Self.decodeTail(Self.resealed(tail)), key: nil)
            trials += 1
        }
        #expect(trials == image.sections.count * 8)
    }

    @Test func `a section under a wrong key is told apart from damage`() throws {
        let image = try SegmentImage(first: 0, count: 300, key: 7)
        let tail = try Self.decodeTail(image.tailBytes)
        for (key, isWrong) in [(7, false), (8, true)] as [(UInt8, Bool)] {
            do throws(DecodingFailure) {
                _ = try Self.decode(image.sections, tail, key: key)
                #expect(!isWrong)
            } catch { #expect(isWrong && error.isAuthenticationFailure) }
        }
        #expect(throws: DecodingFailure.self) { try Self.decode(image.sections, tail, key: nil) }
    }

    @Test func `the same events give the same bytes`() throws {
        let once = try SegmentImage(first: 0, count: 600, key: nil)
        let again = try SegmentImage(first: 0, count: 600, key: nil)
        #expect(once.sections == again.sections && once.tailBytes == again.tailBytes)
    }

    @Test func `the filter of a large segment is sized by its distinct keys`() throws {
        let image = try SegmentImage(first: 0, count: 40_000, key: nil)
        let footer = try Self.decode(image.sections, Self.decodeTail(image.tailBytes), key: nil)
        // 40,000 payments and 300 merchants; the merchants are in every block but count once.
        let byteCount = image.tail.section(.segmentFilter).rawByteCount
        let ideal = 40_300 * 13 / 8
        #expect(abs(byteCount - ideal) < ideal / 50)
        let found = (0..<100_000 as Range<UInt64>).count {
            footer.filters.segmentMayContain(footer.filters.hash(IndexKey(kind: 5, value: $0)))
        }
        print("segment filter of \(byteCount) bytes: \(found) of 100000 absent keys found")
        #expect(found <= 500)
    }

    @Test func `an event with too many keys stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var facts = EventFacts()
            for value in 0...16 as ClosedRange<UInt64> { facts.addKey(kind: 1, value: value) }
        }
    }

    @Test func `what is signed is the tail before the signature`() throws {
        let image = try SegmentImage(first: 0, count: 3, key: nil)
        var tail = image.tail
        var signed: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: SegmentTail.byteCount)
        bytes.withMutableRawSpan { span in
            tail.encode(into: &span) { message in
                signed = message.array()
                return [UInt8](repeating: 9, count: 64)
            }
        }
        #expect(signed == Array(bytes[..<SegmentTail.signedByteCount]))
        #expect(try Self.decodeTail(bytes).signature == [UInt8](repeating: 9, count: 64))
    }
}
