import LogStore
import Testing

@Suite struct SegmentKeyFilterTests {
    private static let seed = KeySeed(fileUUID: makeUUID(0x10))

    private static func hash(_ value: UInt64) -> UInt64 { IndexKey(kind: 3, value: value).hash(seed: seed) }

    private static func makeFilter(keys: Range<UInt64>, bitsPerKey: Int) -> (bytes: [UInt8], buckets: Int) {
        let buckets = KeyFilter.bucketCount(keys: keys.count, bitsPerKey: bitsPerKey)
        var bytes = [UInt8](repeating: 0, count: buckets * KeyFilter.bucketByteCount)
        bytes.withMutableRawSpan { span in
            for key in keys { KeyFilter.insert(hash(key), into: &span, at: 0, bucketCount: buckets) }
        }
        return (bytes, buckets)
    }

    private static func found(_ keys: Range<UInt64>, in filter: (bytes: [UInt8], buckets: Int)) -> Int {
        filter.bytes.withRawSpan { span in
            keys.count { KeyFilter.mayContain(hash($0), in: span, at: 0, bucketCount: filter.buckets) }
        }
    }

    // Published values for seed 0; the last is longer than a stripe.
    @Test(
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func `bytes are hashed by XXH64`(text: String, value: UInt64) {
        #expect([UInt8](text.utf8).withRawSpan { IndexKey(kind: 1, bytes: $0).value } == value)
    }

    @Test func `a key that was added is always found`() {
        for count in 0...4096 as ClosedRange<UInt64> where count < 600 || count % 97 == 0 {
            let keys = count..<(count * 2)
            #expect(Self.found(keys, in: Self.makeFilter(keys: keys, bitsPerKey: 12)) == Int(count))
        }
    }

    @Test func `false positives stay within one per cent of a block and half a per cent of a segment`() {
        let probes = 200_000
        for (count, bits, limit) in [
            (1, 12, 0.01), (10, 12, 0.01), (40, 12, 0.01), (256, 12, 0.01), (768, 12, 0.01),
            (4096, 12, 0.01), (100_000, 13, 0.005),
        ] {
            let filter = Self.makeFilter(keys: 0..<UInt64(count), bitsPerKey: bits)
            let start: UInt64 = 1 << 40
            let found = Self.found(start..<(start + UInt64(probes)), in: filter)
            print("\(count) keys of \(bits) bits: \(Double(found) / Double(probes) * 100) % false positives")
            #expect(Double(found) <= limit * Double(probes))
        }
    }

    @Test func `a filter without buckets holds nothing`() {
        #expect(KeyFilter.bucketCount(keys: 0, bitsPerKey: 12) == 0)
        #expect(![].withRawSpan { KeyFilter.mayContain(7, in: $0, at: 0, bucketCount: 0) })
    }

    @Test func `kinds and files give a value different hashes`() {
        let other = KeySeed(fileUUID: makeUUID(0x11))
        var hashes: Set<UInt64> = []
        for kind in 0..<300 as Range<UInt16> {
            for value in 0..<20 as Range<UInt64> {
                hashes.insert(IndexKey(kind: kind, value: value).hash(seed: Self.seed))
                hashes.insert(IndexKey(kind: kind, value: value).hash(seed: other))
            }
        }
        #expect(hashes.count == 300 * 20 * 2)
    }
}
