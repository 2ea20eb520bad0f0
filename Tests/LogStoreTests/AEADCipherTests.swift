import LogStore
import Testing

@Suite struct AEADCipherTests {
    private static func seal(_ text: [UInt8], _ nonce: Nonce, _ aad: [UInt8], key: UInt8 = 1) -> [UInt8] {
        let cipher = AEADCipher(key: SecretKey(copying: [UInt8](repeating: key, count: 32)))
        var sealed = [UInt8](repeating: 0, count: text.count + AEADCipher.tagByteCount)
        text.withRawSpan { text in
            aad.withRawSpan { aad in
                sealed.withMutableRawSpan { cipher.seal(text, nonce: nonce, authenticating: aad, into: &$0) }
            }
        }
        return sealed
    }

    private static func open(_ sealed: [UInt8], _ nonce: Nonce, _ aad: [UInt8], key: UInt8 = 1) -> [UInt8]? {
        let cipher = AEADCipher(key: SecretKey(copying: [UInt8](repeating: key, count: 32)))
        var text = [UInt8](repeating: 0, count: sealed.count - AEADCipher.tagByteCount)
        let isGenuine = sealed.withRawSpan { sealed in
            aad.withRawSpan { aad in
                text.withMutableRawSpan { cipher.open(sealed, nonce: nonce, authenticating: aad, into: &$0) }
            }
        }
        return isGenuine ? text : nil
    }

    @Test func `a sealed text opens only with its key, nonce and authenticated bytes`() {
        let text = [UInt8]("two coffees".utf8)
        let nonce = Nonce(.frame, 7)
        let sealed = Self.seal(text, nonce, [9, 9])
        #expect(Self.open(sealed, nonce, [9, 9]) == text)
        #expect(Self.open(sealed, nonce, [9, 8]) == nil)
        #expect(Self.open(sealed, Nonce(.frame, 8), [9, 9]) == nil)
        #expect(Self.open(sealed, Nonce(.block, 7), [9, 9]) == nil)
        #expect(Self.open(sealed, nonce, [9, 9], key: 2) == nil)
        for bit in 0..<(sealed.count * 8) {
            var flipped = sealed
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(Self.open(flipped, nonce, [9, 9]) == nil)
        }
    }

    @Test func `a nonce used twice stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var nonces = NonceGuard()
            nonces.use(Nonce(.frame, 3))
            nonces.use(Nonce(.frame, 3))
        }
    }
}
