import LogStore
import Testing

@Suite struct KeysPrimitivesTests {
    private static func key(_ digits: String) -> SecretKey { SecretKey(copying: keysBytes(digits)) }

    @Test func `key wrap gives the value of RFC 3394, section 4·6`() {
        let wrapping = Self.key("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
        let key = Self.key("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
        let wrapped = KeyWrap.wrap(key, with: wrapping)
        #expect(
            wrapped
                == keysBytes(
                    """
                    28C9F404C4B810F4 CBCCB35CFB87F826 3F5786E2D80ED326
                    CBC7F0E71A99F43B FB988B9B7A02DD21
                    """))
        #expect(wrapped.withRawSpan { KeyWrap.unwrap($0, with: wrapping)?.revealed } == key.revealed)
    }

    @Test func `a wrapped key opens only whole, unchanged and with its wrapping key`() {
        let wrapping = Self.key(String(repeating: "A1", count: 32))
        let wrapped = KeyWrap.wrap(Self.key(String(repeating: "B2", count: 32)), with: wrapping)
        for bit in 0..<(wrapped.count * 8) {
            var flipped = wrapped
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(flipped.withRawSpan { KeyWrap.unwrap($0, with: wrapping) } == nil)
        }
        for count in [0, 8, 24, 32, 39, 41, 48] {
            let other = Array((wrapped + wrapped).prefix(count))
            #expect(other.withRawSpan { KeyWrap.unwrap($0, with: wrapping) } == nil)
        }
        let other = Self.key(String(repeating: "A2", count: 32))
        #expect(wrapped.withRawSpan { KeyWrap.unwrap($0, with: other) } == nil)
    }

    @Test func `X25519 gives the values of RFC 7748, sections 5·2 and 6·1`() {
        let scalar = Self.key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
        let point = keysBytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
        #expect(
            X25519.sharedSecret(scalar, with: point)?.revealed
                == keysBytes("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"))

        let alice = Self.key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
        let bob = Self.key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
        let alicePublic = keysBytes("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        let bobPublic = keysBytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        #expect(X25519.publicKey(of: alice) == alicePublic)
        #expect(X25519.publicKey(of: bob) == bobPublic)
        let shared = keysBytes("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        #expect(X25519.sharedSecret(alice, with: bobPublic)?.revealed == shared)
        #expect(X25519.sharedSecret(bob, with: alicePublic)?.revealed == shared)
    }

    @Test func `X25519 shares nothing with points of small order or of another length`() {
        let key = Self.key(String(repeating: "42", count: 32))
        let smallOrder = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ]
        for point in smallOrder { #expect(X25519.sharedSecret(key, with: keysBytes(point)) == nil) }
        for count in [0, 31, 33] {
            #expect(X25519.sharedSecret(key, with: [UInt8](repeating: 9, count: count)) == nil)
        }
    }

    // RFC 4231, cases 1, 2 and 6 (a key longer than a block); the empty message of an empty key besides.
    private static let codes: [(key: [UInt8], message: [UInt8], code: String)] = [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]

    @Test(arguments: codes)
    func `HMAC-SHA256 gives the values of RFC 4231`(key: [UInt8], message: [UInt8], code: String) {
        let made = message.withRawSpan { message in
            key.withRawSpan { HMACSHA256.of(message, key: $0) }
        }
        #expect(made == keysBytes(code))
        var other = made
        other[31] ^= 1
        #expect(HMACSHA256.areEqual(made, keysBytes(code)))
        #expect(!HMACSHA256.areEqual(made, other) && !HMACSHA256.areEqual(made, []))
    }

    // RFC 5869, appendix A.1 to A.3.
    private static let derivations: [(secret: [UInt8], salt: [UInt8], info: [UInt8], output: String)] = [
        (
            [UInt8](repeating: 0x0B, count: 22), Array(0...0x0C), Array(0xF0...0xF9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        ),
        (
            Array(0...0x4F), Array(0x60...0xAF), Array(0xB0...0xFF),
            """
            b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
            da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87
            """
        ),
        (
            [UInt8](repeating: 0x0B, count: 22), [], [],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        ),
    ]

    @Test(arguments: derivations)
    func `HKDF-SHA256 gives the values of RFC 5869`(
        secret: [UInt8], salt: [UInt8], info: [UInt8], output: String
    ) {
        let expected = keysBytes(output)
        for count in [1, 31, 32, 33, expected.count] where count <= expected.count {
            let made = secret.withRawSpan {
                HKDFSHA256.derive(secret: $0, salt: salt, info: info, count: count)
            }
            #expect(made == Array(expected.prefix(count)))
        }
    }

    @Test func `HKDF reaches its 255th block`() {
        let secret: [UInt8] = [1, 2, 3]
        let made = secret.withRawSpan { HKDFSHA256.derive(secret: $0, salt: [], info: [], count: 255 * 32) }
        #expect(made.count == 255 * 32)
    }
}
