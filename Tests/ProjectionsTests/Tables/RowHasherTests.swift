import Projections
import Simulation
import Testing

/// MurmurHash3_x64_128 once more, byte by byte, after the published description.
private enum SlowMurmur {
    static func hash(_ bytes: [UInt8], seed: UInt32) -> UInt128 {
        var (h1, h2) = (UInt64(seed), UInt64(seed))
        var rest = bytes[...]
        while rest.count >= 16 {
            h1 ^= mix1(word(rest.prefix(8)))
            h1 = (rotate(h1, 27) &+ h2) &* 5 &+ 0x52dc_e729
            h2 ^= mix2(word(rest.dropFirst(8).prefix(8)))
            h2 = (rotate(h2, 31) &+ h1) &* 5 &+ 0x3849_5ab5
            rest = rest.dropFirst(16)
        }
        if rest.count > 8 { h2 ^= mix2(word(rest.dropFirst(8))) }
        if !rest.isEmpty { h1 ^= mix1(word(rest.prefix(8))) }
        h1 ^= UInt64(bytes.count)
        h2 ^= UInt64(bytes.count)
        h1 &+= h2
        h2 &+= h1
        h1 = final(h1)
        h2 = final(h2)
        h1 &+= h2
        h2 &+= h1
        return UInt128(h2) * (1 << 64) + UInt128(h1)
    }

    /// Little-endian, missing bytes 0.
    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 * 256 + UInt64($1) }
    }

    private static func rotate(_ word: UInt64, _ count: Int) -> UInt64 {
        (0..<count).reduce(word) { rotated, _ in rotated << 1 | rotated >> 63 }
    }

    private static func mix1(_ word: UInt64) -> UInt64 {
        rotate(word &* 0x87c3_7b91_1142_53d5, 31) &* 0x4cf5_ad43_2745_937f
    }

    private static func mix2(_ word: UInt64) -> UInt64 {
        rotate(word &* 0x4cf5_ad43_2745_937f, 33) &* 0x87c3_7b91_1142_53d5
    }

    private static func final(_ word: UInt64) -> UInt64 {
        var word = word
        word ^= word >> 33
        word = word &* 0xff51_afd7_ed55_8ccd
        word ^= word >> 33
        word = word &* 0xc4ce_b9fe_1a85_ec53
        return word ^ word >> 33
    }
}

@Suite struct RowHasherTests {
    private func hash(_ words: [UInt64], table: UInt32 = 0) -> UInt128 {
        var hasher = RowHasher(table: TableNumber(raw: table))
        for word in words { hasher.combine(word) }
        return hasher.finish()
    }

    private func bytes(_ value: some FixedWidthInteger, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    @Test func `the slow implementation is the published algorithm`() {
        // The check value of SMHasher, by its own procedure: keys 0, 1, 2 … of all lengths below 256.
        var all: [UInt8] = []
        for length in 0..<256 {
            let key = (0..<length).map { UInt8($0) }
            all += bytes(SlowMurmur.hash(key, seed: UInt32(256 - length)), count: 16)
        }
        #expect(UInt32(truncatingIfNeeded: SlowMurmur.hash(all, seed: 0)) == 0x6384_ba69)
        let fox = SlowMurmur.hash(Array("The quick brown fox jumps over the lazy dog".utf8), seed: 0)
        let published: UInt128 = 0x7a43_3ca9_c49a_9347_e34b_bc7b_bc07_1b6c
        #expect(fox == published)
    }

    @Test func `the hash of a row is the published algorithm over its words`() {
        var random = SeededRandom(seed: 3)
        for round in 0..<200 {
            let words = (0..<round % 20).map { _ in random.next() >> UInt64(random.below(64)) }
            let table = UInt32(truncatingIfNeeded: random.next())
            let expected = SlowMurmur.hash(words.flatMap { bytes($0, count: 8) }, seed: table)
            #expect(hash(words, table: table) == expected)
        }
    }

    @Test func `version 1 gives these values for ever`() {
        #expect(RowHasher.version == 1)
        #expect(hash([]) == 0)
        #expect(hash([1], table: 1) == 0xfd26_c615_229c_23e9_3d9d_8ba8_f33b_dc48)
        #expect(hash([1, 2, 3], table: 7) == 0xaba1_e0df_ddf7_a3eb_476a_1ec0_9bb3_370d)
        #expect(hash(Array(0..<8), table: 900) == 0x0716_964c_0dc1_f7cb_3bdf_aea8_a964_c4b7)
        let digest = TableDigest(recomputedFrom: [SmallRow(id: 1, amount: -1), SmallRow(id: 2, amount: 5)])
        #expect(digest.rowCount == 2)
        #expect(digest.sum == 0x8f87_7b96_c63f_c8cf_6eb2_cad7_6a08_5429)
    }

    @Test func `every input bit flips every output bit about half the time`() {
        let samples = 60 * scale
        let bound = 6.5 * 0.5 / Double(samples).squareRoot()
        var random = SeededRandom(seed: 9)
        var flips = [Int](repeating: 0, count: 512 * 128)
        for sample in 0..<samples {
            // Small numbers as rows have them, and large ones.
            var words = (0..<8).map { _ in random.next() >> (sample % 2 == 0 ? 0 : 40) }
            let base = hash(words, table: 5)
            for bit in 0..<512 {
                words[bit / 64] ^= 1 << UInt64(bit % 64)
                var difference = hash(words, table: 5) ^ base
                words[bit / 64] ^= 1 << UInt64(bit % 64)
                while difference != 0 {
                    flips[bit * 128 + difference.trailingZeroBitCount] += 1
                    difference &= difference - 1
                }
            }
        }
        let worst = flips.map { abs(Double($0) / Double(samples) - 0.5) }.max() ?? 1
        #expect(worst < bound, "\(worst)")
    }

    @Test func `order, count and table of words matter`() {
        let hashes: [UInt128] = [
            hash([1, 2, 3, 4]), hash([2, 1, 3, 4]), hash([3, 4, 1, 2]), hash([1, 2, 3]),
            hash([1, 2, 3, 4, 0]),
            hash([1, 2, 3, 4, 0, 0]), hash([1, 2, 3, 4], table: 1), hash([0]), hash([0, 0]), hash([0, 0, 0]),
        ]
        #expect(Set(hashes).count == hashes.count)
    }
}
