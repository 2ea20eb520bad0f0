// A C2SP signed note (c2sp.org/signed-note):
//
//     note       =  text newline 1*signature
//     text       =  UTF-8 without control characters other than newline, ending with a newline
//     signature  =  "— " name " " base64(key id, 4 bytes big-endian ‖ signature) newline
//
// The last empty line separates text and signatures; the signed bytes are `text`, its last newline included.

/// One signature line, not yet judged.
public struct NoteSignature: Sendable, Hashable {
    /// The key's name.
    public let name: NoteKeyName
    /// The key's id.
    public let keyID: UInt32
    /// What follows the key id; 64 bytes for Ed25519, other lengths for types unknown here.
    public let bytes: [UInt8]

    package init(name: NoteKeyName, keyID: UInt32, bytes: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.bytes = bytes
    }

    /// `name+id`.
    public var label: String { "\(name)+\(hexadecimal(keyID))" }

    package init(line: ArraySlice<UInt8>) throws(DecodingFailure) {
        guard line.starts(with: Self.prefix) else { throw DecodingFailure("a signature line without \"— \"") }
        let body = line.dropFirst(Self.prefix.count)
        guard let space = body.firstIndex(of: UInt8(ascii: " ")) else {
            throw DecodingFailure("a signature line without key name and signature")
        }
        name = try NoteKeyName(utf8: body[..<space])
        guard let decoded = Base64.decode(body[(space + 1)...]), decoded.count > 4 else {
            throw DecodingFailure("a signature that is not base64 of at least 5 bytes")
        }
        keyID = decoded[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        bytes = Array(decoded[4...])
    }

    package func append(to text: inout [UInt8]) {
        let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> UInt32(24 - 8 * $0)) }
        text += Self.prefix + name.utf8 + [UInt8(ascii: " ")] + Base64.encode(id + bytes) + [newline]
    }

    /// Em dash (U+2014) and space.
    private static let prefix: [UInt8] = [0xE2, 0x80, 0x94, 0x20]
}

/// A text with signatures. Nothing in it means anything before `verify` has returned.
public struct SignedNote: Sendable, Hashable {
    /// The signed bytes, UTF-8, ending with a newline.
    public let text: [UInt8]
    /// In the order of the document.
    public private(set) var signatures: [NoteSignature]

    /// Larger notes are refused: room for 16 signatures of 5 KiB and more text than anyone signs.
    public static let byteCountMax = 1 << 18
    /// More signatures are refused.
    public static let signatureCountMax = 100

    /// An unsigned text, to be signed.
    package init(text: [UInt8]) throws(DecodingFailure) {
        guard text.last == newline, text.count <= Self.byteCountMax, isNoteText(text) else {
            throw DecodingFailure("a note text that is too long, not UTF-8, or does not end with a newline")
        }
        self.text = text
        signatures = []
    }

    /// Takes a note apart; verifies nothing.
    public init(parsing bytes: [UInt8]) throws(DecodingFailure) {
        guard bytes.count <= Self.byteCountMax else {
            throw DecodingFailure("a note of \(bytes.count) bytes, at most \(Self.byteCountMax) expected")
        }
        guard isNoteText(bytes) else {
            throw DecodingFailure("a note that is not UTF-8 or has control characters")
        }
        let blanks = bytes.indices.dropFirst().reversed()
        guard let blank = blanks.first(where: { bytes[$0] == newline && bytes[$0 - 1] == newline }) else {
            throw DecodingFailure("a note without an empty line before its signatures")
        }
        text = Array(bytes[..<blank])
        signatures = []
        var lines = TextLines(Array(bytes[(blank + 1)...]))
        while !lines.isAtEnd {
            guard signatures.count < Self.signatureCountMax else {
                throw DecodingFailure("more than \(Self.signatureCountMax) signatures")
            }
            signatures.append(try NoteSignature(line: try lines.next("a signature")))
        }
        guard !signatures.isEmpty else { throw DecodingFailure("a note without signatures") }
    }

    /// Adds this key's signature, in place of an earlier one with the same name and id.
    package mutating func sign(with key: NoteSigningKey) {
        let signature = key.sign(text)
        signatures.removeAll { $0.name == signature.name && $0.keyID == signature.keyID }
        signatures.append(signature)
    }

    /// The document.
    public var bytes: [UInt8] {
        var bytes = text + [newline]
        for signature in signatures { signature.append(to: &bytes) }
        return bytes
    }

    /// Checks every signature that names one of `keys`; at least one must, and all that do must be valid.
    /// Signatures by other keys are ignored. Returns the keys that signed.
    @discardableResult
    public func verify(by keys: [NoteVerifyingKey]) throws(VerificationFailure) -> [NoteVerifyingKey] {
        var signers: [NoteVerifyingKey] = []
        for signature in signatures {
            let known = keys.filter { $0.name == signature.name && $0.id == signature.keyID }
            guard let key = known.first else { continue }
            guard known.allSatisfy({ $0 == key }) else { throw .ambiguousKey(key.label) }
            guard key.key.isValid(signature: signature.bytes, of: text) else {
                throw .invalidSignature(key: key.label)
            }
            if !signers.contains(key) { signers.append(key) }
        }
        guard !signers.isEmpty else { throw .noTrustedSignature(signers: signatures.map(\.label)) }
        return signers
    }
}
