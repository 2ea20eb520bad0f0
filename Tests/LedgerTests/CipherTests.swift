import Ledger
import Testing

@Suite struct CipherTests {
    @Test func `the cipher is Speck64/128 as its authors published it`() {
        let cipher = IDCipher(key: Hash128(low: 0x0B0A_0908_0302_0100, high: 0x1B1A_1918_1312_1110))
        #expect(cipher.encrypt(0x3B72_6574_7475_432D) == 0x8C6F_A548_454E_028B)
        #expect(cipher.decrypt(0x8C6F_A548_454E_028B) == 0x3B72_6574_7475_432D)
    }

    @Test func `what is shown is opened again, and nothing is nothing`() {
        let names = Names(cipher: IDCipher(key: Hash128(low: 3, high: 4)), showsSequences: false)
        var random = FieldDrawer(seed: 5)
        for round in 0..<10_000 {
            let number = round < 100 ? UInt64(round) : random.next()
            for disclosure in [Disclosure.plain, .id(5), .id(7), .sequence] {
                let shown = names.close(number, as: disclosure)
                #expect(names.open(shown, as: disclosure) == number)
                #expect((shown == 0) == (number == 0))
            }
        }
    }

    @Test func `kinds do not look alike`() {
        let names = Names(cipher: IDCipher(key: Hash128(low: 3, high: 4)), showsSequences: false)
        #expect(names.close(PaymentID(raw: 9)) != names.close(CaptureID(raw: 9)))
        #expect(names.close(MerchantID(raw: 9)) == 9)
        let reader = Names(cipher: IDCipher(key: Hash128(low: 3, high: 4)), showsSequences: true)
        #expect(reader.close(9, as: .sequence) == 9)
        #expect(reader.close(PaymentID(raw: 9)) == names.close(PaymentID(raw: 9)))
    }

    @Test func `the numbers of kinds differ`() {
        let numbers = [
            Kinds.Merchant.number, Kinds.Acquirer.number, Kinds.BankAccount.number, Kinds.Actor.number,
            Kinds.Payment.number, Kinds.Hold.number, Kinds.Capture.number, Kinds.Refund.number,
            Kinds.Batch.number, Kinds.Dispute.number, Kinds.Exception.number, Kinds.Payout.number,
            Kinds.Reversal.number, Kinds.APIKey.number,
        ]
        #expect(Set(numbers).count == numbers.count)
    }
}

@Suite struct KeyedHashTests {
    /// The key 00 01 … 0F and messages 00 01 … of the reference implementation's test vectors.
    private static let secret = Hash128(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908)

    private func siphash(_ count: Int) -> (UInt64, UInt64, UInt64) {
        let message = (0..<count).map { UInt8($0) }
        var short = SipHash(Self.secret, is128: false)
        var long = SipHash(Self.secret, is128: true)
        unsafe short.append(message.span.bytes)
        unsafe long.append(message.span.bytes)
        let (low, high) = long.finish128(byteCount: count)
        return (short.finish64(byteCount: count), low, high)
    }

    @Test func `the hash is SipHash-2-4 as its authors published it`() {
        #expect(siphash(0).0 == 0x726F_DB47_DD0E_0E31)
        #expect(siphash(1).0 == 0x74F8_39C5_93DC_67FD)
        #expect(siphash(15).0 == 0xA129_CA61_49BE_45E5)
        #expect(siphash(0).1 == 0xE6A8_25BA_047F_81A3)
        #expect(siphash(0).2 == 0x9302_55C7_1472_F66D)
    }

    @Test func `one key of two merchants has two hashes`() {
        let bytes = Array("order-1".utf8)
        let hashes = (1...3).map { number in
            unsafe KeyedHash.ofKey(
                bytes.span.bytes, of: MerchantID(raw: UInt64(number)), secret: Self.secret)
        }
        #expect(Set(hashes).count == 3)
    }
}
