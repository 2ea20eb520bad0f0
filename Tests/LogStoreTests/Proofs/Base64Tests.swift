import LogStore
import Testing

@Suite struct Base64Tests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `the vectors of RFC 4648 come out, both ways`() {
        let vectors = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, encoded) in vectors {
            #expect(text(Base64.encode(Array(plain.utf8))) == encoded)
            #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
        }
    }

    @Test func `every byte value at every position survives`() {
        for length in 1...6 {
            for position in 0..<length {
                for value in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0x5A, count: length)
                    bytes[position] = value
                    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
                }
            }
        }
    }

    @Test func `no two texts of four characters decode to the same bytes`() {
        // All pairs of the last two characters, over the whole of ASCII and beyond.
        var accepted = 0
        for third in UInt8.min...UInt8.max {
            for fourth in UInt8.min...UInt8.max {
                let candidate = [UInt8(ascii: "A"), UInt8(ascii: "Q"), third, fourth]
                guard let bytes = Base64.decode(candidate) else { continue }
                accepted += 1
                #expect(Base64.encode(bytes) == candidate)
            }
        }
        // 64 · 64 full groups, 16 with one padding character. "AQ==" has spare bits set to 0x10: 'Q' is 16.
        #expect(accepted == 64 * 64 + 16 + 1)
    }

    @Test func `bad lengths, padding in the middle, foreign characters and spare bits are refused`() {
        for bad in [
            "A", "AA", "AAA", "AAAAA", "=", "====", "A===", "AA=A", "=AAA", "AA==AAAA", "AAA=AAAA", "AB==",
            "AAB=", "AA-_", "AA A", "AAA\n", "AAAA\n", "AAAA====", "ÄAA",
        ] {
            #expect(Base64.decode(Array(bad.utf8)) == nil, "\(bad)")
        }
    }
}
