import LogStore
import Testing

/// The bytes of every structure of a sealed segment, computed once by an independent program from the tables
/// in the sources. A change here is a change of the format.
@Suite struct SegmentGoldenTests {
    @Test func `the bytes of a column form are fixed`() throws {
        var events = EventBytes(bytes: makeEvent(type: 1, time: 1000, payload: [0, 10, 20]), count: 9)
        events.bytes += makeEvent(type: 2, schema: 3, flags: 9, time: 1001, payload: [])
        for index in 1..<8 {
            let number = UInt8(index)
            events.bytes += makeEvent(
                type: 1, flags: number, time: UInt64(1001 + index * 256),
                payload: [number, 10 + number, 20 + number])
        }
        var shuffle = ColumnShuffle()
        var columns: [UInt8] = []
        let length = try events.withRun { shuffle.shuffle($0, into: &columns) }
        #expect(
            hex(Array(columns[..<length]))
                == golden(
                    """
                    09000200e8030000000000000100010300020003000000010000000000000000
                    0901020304050607000100000000000000000001010101010101000000000000
                    0000000000000000000000000000000000000000000000000000000000000000
                    0000000000000000000000000000000000010203040506070a0b0c0d0e0f1011
                    1415161718191a1b
                    """))
    }

    private static func makePair() -> EventBytes {
        EventBytes(
            bytes: makeEvent(type: 5, flags: 2, time: 1000, payload: [1, 2, 3])
                + makeEvent(type: 6, time: 1007, payload: []),
            count: 2, firstSequence: 0x1FE)
    }

    @Test func `the bytes of a block are fixed`() throws {
        #expect(
            hex(try SegmentBlockTests.encode(Self.makePair(), codec: .raw))
                == golden(
                    """
                    4846424bb85365c5230000001f000000c74b674802000000fe01000000000000
                    0300000000000000e80300000000000007000000000000000000000000000000
                    05000102e803000000000000030001020306000100ef03000000000000000072
                    15b168
                    """))
        #expect(
            hex(try SegmentBlockTests.encode(Self.makePair(), codec: .raw, key: 7))
                == golden(
                    """
                    4846424bb385f73b330000001f000000b6e8058902000001fe01000000000000
                    0300000000000000e80300000000000007000000000000000000000000000000
                    e8329202967b55f3c398e9bf5e1b8a8166e0dc76be424901238972866e8d549a
                    b0a0626fe3e533a0753c5f7ab53d7265ac59d1
                    """))
    }

    @Test func `key hashes and filter bytes are fixed`() {
        let seed = KeySeed(fileUUID: makeUUID(0x10))
        #expect(seed.word == 0xC2DD_DD63_2D7B_F021)
        #expect(IndexKey(kind: 1, value: 42).hash(seed: seed) == 0x9365_0b46_422d_613b)
        var filter = [UInt8](repeating: 0, count: 64)
        for value in [1, 2, 3, 42] as [UInt64] {
            let hash = IndexKey(kind: 1, value: value).hash(seed: seed)
            filter.withMutableRawSpan { KeyFilter.insert(hash, into: &$0, at: 0, bucketCount: 2) }
        }
        #expect(
            hex(filter)
                == golden(
                    """
                    0000000000000000000000000000000000000000000000000000000000000000
                    0800980010080800400820108001012000004510100000c14120020081000041
                    """))
    }

    @Test func `the bytes of control totals are fixed`() {
        var totals = ControlTotals()
        for time in [1000, 2000, 3000, 4000, 5000] as [UInt64] { totals.countEvent(time: time) }
        totals.add(type: 2, currency: 840, amount: -10)
        totals.add(type: 1, currency: 978, amount: .max)
        totals.add(type: 1, currency: 0, amount: 0)
        totals.add(type: 1, currency: 978, amount: .max)
        totals.add(type: 2, currency: 840, amount: 3)
        var bytes = [UInt8](repeating: 0xEE, count: totals.encodedByteCount)
        bytes.withMutableRawSpan { totals.encode(into: &$0) }
        #expect(
            hex(bytes)
                == golden(
                    """
                    0500000000000000e80300000000000088130000000000000300000000000000
                    0100000000000000010000000000000000000000000000000000000000000000
                    0100d203000000000200000000000000feffffffffffffff0000000000000000
                    02004803000000000200000000000000f9ffffffffffffffffffffffffffffff
                    """))
    }

    /// Keys and an amount by the length of the payload, so that three tiny events exercise every section.
    private struct LengthIndex: EventIndex {
        static let identifier: UInt64 = 0xAB
        static let version: UInt32 = 2

        func describe(_ event: borrowing EventView, into facts: inout EventFacts) {
            switch event.payload.byteCount {
            case 0: break
            case 1:
                facts.addKey(kind: 1, value: 51)
                facts.addKey(kind: 1, value: 52)
                facts.addKey(kind: 1, value: 51)
                facts.addTotal(currency: 978, amount: -1)
            default:
                facts.addKey(kind: 1, value: 50)
                facts.addTotal(currency: 978, amount: 10)
            }
        }
    }

    private static func makeSegment(key: UInt8?) throws -> (sections: [UInt8], tail: [UInt8]) {
        var frontier = MerkleFrontier()
        for number in 0..<254 as Range<UInt64> { frontier.append(leaf: Hash256(words: (number, 1, 2, 3))) }
        var builder = SegmentFooterBuilder(index: LengthIndex())
        builder.begin(fileUUID: makeUUID(0x10), frontier: frontier)
        var file = [UInt8](repeating: 0, count: FileHeader.byteCount)
        var encoder = BlockEncoder(codec: .raw)
        let cipher = key.map { makeCipher($0) }
        var blocks = [makePair()]
        blocks[0].firstSequence = 254
        blocks.append(
            EventBytes(
                bytes: makeEvent(type: 5, flags: 2, time: 1009, payload: [4]), count: 1, firstSequence: 256))
        for (number, events) in blocks.enumerated() {
            try events.withRun { run in
                var block = [UInt8](repeating: 0, count: 200)
                let length = block.withMutableRawSpan {
                    encoder.encode(
                        run: run, ordinal: UInt64(number), fileUUID: makeUUID(0x10),
                        fileOffset: builder.endOfBlocks, cipher: cipher, into: &$0)
                }
                builder.add(run, blockByteCount: length)
                file += block[..<length]
            }
        }
        let source = SegmentProvenance.Source(fileUUID: makeUUID(1), firstSequence: 254, lastSequence: 256)
        var sections: [UInt8] = []
        let table = builder.encodeSections(
            provenance: SegmentProvenance(sealerVersion: 7, sources: [source]), cipher: cipher,
            into: &sections)
        var tail = builder.makeTail(
            sections: table, ledgerUUID: makeUUID(0x20),
            fileHash: (file + sections).withRawSpan { SHA256.of($0) }, isEncrypted: key != nil)
        var bytes = [UInt8](repeating: 0xEE, count: SegmentTail.byteCount)
        bytes.withMutableRawSpan { tail.encode(into: &$0) { _ in [UInt8](repeating: 0x5A, count: 64) } }
        return (sections, bytes)
    }

    @Test func `the bytes of the footer sections are fixed`() throws {
        #expect(
            hex(try Self.makeSegment(key: nil).sections)
                == golden(
                    """
                    e80300000000000063000000f1030000000000005300000060e96699fb0929f7
                    28136f76c378ebc7367d4cb0805251a7a25496925a29bc71b4d7db0a41fa2ee0
                    274bca57306a69ce1a84f06a08918615d3cb98a9e2ba0d55ef1352c1c2280fa5
                    647cc0283deeb17c7737a4f70e0667c0f3eb9158b1526d1edbdc2e6069ac47f5
                    5ce17a22d39b2a2b0dbccea8ff2023ef96801e7227ad35960100000002000000
                    0000000800200000100000000008000040000000008000008000000000100000
                    000080020420000028000000004020004001000000000c008000080000500000
                    0000800a0420000038000000004820004001000000800c008000080000500000
                    0300000000000000e803000000000000f1030000000000000200000000000000
                    0500d20300000000020000000000000009000000000000000000000000000000
                    0600000000000000010000000000000000000000000000000000000000000000
                    fe000000000000002e07ce9246e40a47ef1c6d45ac2eb8f6e4a4b7e0bc1ea1b0
                    0c52911f9b36c478b3b801fe41ee1bee1c00bea1116d126c8c2bff08493dd3d5
                    d6185a07bd89ce4b49fc5b6fa14ac8893dd0ea93044b421da9ffa2a67914775b
                    b9187c72ed31e95ca0a26c0b09e2bd02e019166c64a076358603af1ea52ddfba
                    db39445c97e39127f7f406dec64899b9899ac3f3e57e88050222d29fc462f000
                    31b42bea834efae5716127ee53abd59114ad6528a45723cfcfbac78ed4b51d1d
                    72b2df54b054a1e0fa928cad66bfa71e2fbb3bb451d4d7ec55a006a0229d6809
                    c302223aa86c71ef07000000010000000102030405060708090a0b0c0d0e0f10
                    fe000000000000000001000000000000
                    """))
    }

    @Test func `the bytes of the tail are fixed`() throws {
        #expect(
            hex(try Self.makeSegment(key: nil).tail)
                == golden(
                    """
                    48465441494c30310800000002000000101112131415161718191a1b1c1d1e1f
                    202122232425262728292a2b2c2d2e2ffe000000000000000001000000000000
                    e803000000000000f103000000000000c34960faa1c46ec0b552a10440cdfb12
                    9abd092cb726ea32dae5528c52b900b2d8e353203ebdbd44cc71cb14dfbbe044
                    8383c14a9977d91437f91691bdbfc16b01010000000000002613000000000000
                    3d35beb8ba5f5c8e2a9a8cab6eebfb5f7e461336520d673cc1cdeb863a606298
                    0100000007b9dbbfb610000000000000180000001800000002000000e42878f3
                    ce1000000000000020000000200000000300000091306a33ee10000000000000
                    6000000060000000040000003817bc964e110000000000004800000048000000
                    05000000b04093bd9611000000000000200000002000000006000000490915d7
                    b611000000000000600000006000000007000000a63f7c4b1612000000000000
                    e8000000e800000008000000aa0ad0ddfe120000000000002800000028000000
                    ab00000000000000020000000000000000000000000000000000000000000000
                    000000000000000000000000000000005a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
                    5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
                    5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a0000000031c7ccb74846534547454e44
                    """))
    }

    @Test func `the bytes of an encrypted footer are fixed`() throws {
        let (sections, tail) = try Self.makeSegment(key: 7)
        #expect(
            "\(sections.withRawSpan { SHA256.of($0) })"
                == "66d48b70125d4402f4e1f65d3dcfdfe9ba3daf59f66106d55ce58fc120314048")
        #expect(
            "\(tail.withRawSpan { SHA256.of($0) })"
                == "d2c02ef116754129a1c5b2bb85fb29f8c6ee27e944da29493c6551d0b52c05c7")
    }
}
