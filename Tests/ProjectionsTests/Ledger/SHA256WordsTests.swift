import Ledger
import Projections
import Testing

/// The hash of a batch's items is SHA-256, however it is fed.
@Suite struct SHA256WordsTests {
    private static func hex(_ hash: ContentHash) -> String {
        [hash.first.low, hash.first.high, hash.second.low, hash.second.high].map { word in
            (0..<8).map { byte in
                let digits = String(word >> UInt64(8 * byte) & 0xFF, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }.joined()
    }

    /// Values of another implementation (Python's hashlib) over the numbers 1 … n, 8 bytes each.
    @Test(arguments: [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8"),
        (6, "5f544d51f4618ae3c5c6bcc2bbb9a8f64f63585665c1440d3075790d5e00ccbd"),
        (7, "bca8b15e214f1957bbe2ab312dffa6660d09b86731e2dd43d123d7b1b2172b56"),
        (8, "808ae425ef1615c92cf1d1aa51060f80f18d74e3466639524eff94cdcf8564fa"),
        (9, "ceb56e57db5af8695e2e81ff43946339e01802cd523f8472c10a67bda25a22e0"),
        (15, "fdb5fe2efd7fd0ffa98784e5da857e0d6c24011baeffb6c354a000d2275daaf3"),
        (100, "95257ce5f68074355d369e93a5c573a9a416c71fa86a550192c5b318d772ff65"),
    ])
    func `known values`(_ count: Int, _ expected: String) {
        var hash = SHA256Words()
        for number in 0..<count { hash.append(UInt64(number) + 1) }
        #expect(Self.hex(hash.value) == expected)
    }
}
