import LogStore

extension FuzzDecoder {
    static let keyDecoders = [keyring, grant, keyText, auditorKey]

    static let keyring = FuzzDecoder(
        "keyring",
        judge: { bytes in
            var isOpen = false
            let isWhole = accepts(bytes) { (span) throws(DecodingFailure) in
                let sealed = try SealedKeyring(decoding: span)
                expectSame(sealed.bytes, span, "keyring")
                do throws(LogStoreError) {
                    let keyring = try sealed.open(with: Samples.keyEncryptionKey)
                    _ = keyring.months
                    isOpen = true
                } catch {}
            }
            return isWhole && isOpen
        },
        repair: { bytes in
            guard bytes.count >= 116 else { return }
            let count = (bytes.count - 116) / 80
            Repair.resize(&bytes, to: 116 + count * 80)
            Repair.set(UInt32(count), at: 12, in: &bytes)
            for offset in 64..<80 { bytes[offset] = 0 }
            let body = Array(bytes[..<(80 + count * 80)])
            let code = HMACSHA256.of(body, key: Samples.keyEncryptionKey.authenticationKey)
            bytes.replaceSubrange(body.count..<body.count + 32, with: code)
            Repair.crc(&bytes, of: 0..<bytes.count - 4, at: bytes.count - 4)
        },
        samples: { [try Samples.keyring()] })

    static let grant = FuzzDecoder(
        "grant",
        judge: { bytes in
            guard bytes.count <= KeyGrant.byteCountMax else { return false }
            let isWhole = accepts(bytes) { (span) throws(DecodingFailure) in
                _ = try KeyGrant.Contents(decoding: span)
            }
            do throws(LogStoreError) {
                _ = try KeyGrant.open(bytes, with: Samples.auditor)
                invariant(isWhole, "a grant opened whose contents are not whole")
                return true
            } catch { return false }
        },
        repair: { bytes in
            guard bytes.count >= 196 else { return }
            let count = (bytes.count - 132) / 64
            Repair.resize(&bytes, to: 132 + count * 64)
            Repair.set(UInt32(count), at: 12, in: &bytes)
            Repair.crc(&bytes, of: 0..<bytes.count - 4, at: bytes.count - 4)
        },
        samples: { [try Samples.grant()] })

    /// A key-encryption key as file contents and as text.
    static let keyText = FuzzDecoder(
        "kek-text", byteCountMax: 256,
        judge: { bytes in
            let fromFile = decoded { () throws(DecodingFailure) in
                try KeyEncryptionKey(contentsOfFile: bytes).id
            }
            guard let text = String(validating: bytes, as: UTF8.self) else { return fromFile != nil }
            let fromText = decoded { () throws(DecodingFailure) in try KeyEncryptionKey(text: text).id }
            invariant(fromText == nil || fromText == fromFile, "one key as text and another as file")
            return fromFile != nil
        },
        samples: {
            let digits = KeyText.digits(of: Array(1...32))
            return [Array(1...32), Array(digits.utf8), Array("\(digits.uppercased())\r\n".utf8)]
        })

    static let auditorKey = FuzzDecoder(
        "auditor-key", byteCountMax: 256,
        judge: { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else { return false }
            let publicKey = decoded { () throws(DecodingFailure) in try AuditorPublicKey(text: text) }
            let privateKey = decoded { () throws(DecodingFailure) in try AuditorPrivateKey(text: text) }
            invariant(publicKey == nil || privateKey == nil, "both halves in one text")
            return publicKey != nil || privateKey != nil
        },
        samples: {
            [Array(Samples.auditor.publicKey.description.utf8), Array(Samples.auditor.exportText().utf8)]
        })
}
