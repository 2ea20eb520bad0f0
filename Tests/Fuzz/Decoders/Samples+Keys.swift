import LogStore
import Simulation

extension Samples {
    static var platform: SimulatedPlatform {
        SimulatedPlatform(clock: SimulatedClock(wall: november, step: 10), seed: 1)
    }

    static let keyEncryptionKey = make {
        () throws(DecodingFailure) in try KeyEncryptionKey(contentsOfFile: Array(1...32))
    }

    static let auditor = make {
        () throws(DecodingFailure) in
        try AuditorPrivateKey(text: "holdfast-auditor-key:" + KeyText.digits(of: Array(33...64)))
    }

    static let noteKey = make {
        () throws(DecodingFailure) in
        NoteSigningKey(name: try NoteKeyName("holdfast/sample"), key: SigningKey(seed: secret))
    }

    static let checkpoint = make {
        () throws(DecodingFailure) in
        try Checkpoint(origin: "holdfast/sample", size: 3, root: hash(40), extensions: ["one line"])
    }

    static var verifier: OfflineVerifier {
        OfflineVerifier(origin: "holdfast/sample", keys: [noteKey.verifyingKey])
    }

    /// What the program itself wrote is well-formed.
    private static func make<Value>(_ body: () throws(DecodingFailure) -> Value) -> Value {
        do throws(DecodingFailure) { return try body() } catch { invariantViolated("a sample: \(error)") }
    }

    static func keyring() throws(LogStoreError) -> [UInt8] {
        let (key, platform) = (keyEncryptionKey, platform)
        let keyring = try Keyring(ledger: ledger, key: key, now: november)
            .addingMonth(202_611, key: key, platform: platform)
            .addingMonth(202_612, key: key, platform: platform)
            .addingSigningKey(secret, key: key, platform: platform)
        return SealedKeyring(keyring, key: key).bytes
    }

    static func grant() throws(LogStoreError) -> [UInt8] {
        let keys = [202_611, 202_612].map { month in
            MonthKey(month: month, id: uuid(UInt8(month % 100)), created: november, secret: secret)
        }
        return try KeyGrant.make(
            months: [202_611, 202_612], from: MonthKeys(ledger: ledger, keys), to: auditor.publicKey,
            platform: platform)
    }

    static func tlogProof(extra: [UInt8]?) -> [UInt8] {
        TlogProof(
            index: 2, path: InclusionProof(hashes: [hash(41)]), checkpoint: checkpoint.signed(by: noteKey),
            extra: extra
        ).text
    }

    static func growthProof() -> [UInt8] {
        GrowthProof(
            oldSize: 2, path: ConsistencyProof(hashes: [hash(42), hash(43)]),
            checkpoint: checkpoint.signed(by: noteKey)
        ).text
    }

    static func entryBundle(_ width: Int) -> [UInt8] {
        var bundle: [UInt8] = []
        for event in split(events(width)) { event.withRawSpan { EntryBundle.append($0, to: &bundle) } }
        return [UInt8(width - 1)] + bundle
    }
}
