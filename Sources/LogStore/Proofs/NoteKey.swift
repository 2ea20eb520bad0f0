// Keys of C2SP signed notes (c2sp.org/signed-note). Grammar of their text forms:
//
//     vkey  =  name "+" id "+" base64(0x01 ‖ public key)
//     skey  =  "PRIVATE+KEY+" name "+" id "+" base64(0x01 ‖ seed)
//     id    =  8 lower-case hex digits: the first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)
//     name  =  UTF-8, not empty, without Unicode white space, control characters and "+"

/// A key's name, compared byte by byte: two spellings of one accented letter are two names.
public struct NoteKeyName: Sendable, Hashable, CustomStringConvertible {
    package let utf8: [UInt8]

    /// Checks the name's form: not empty, no white space, no control character, no plus.
    public init(_ name: String) throws(DecodingFailure) { try self.init(utf8: Array(name.utf8)) }

    package init(utf8: some Sequence<UInt8>) throws(DecodingFailure) {
        let utf8 = Array(utf8)
        guard utf8.count <= Self.byteCountMax else {
            throw DecodingFailure("a key name of \(utf8.count) bytes, at most \(Self.byteCountMax) expected")
        }
        guard !utf8.isEmpty, let text = String(validating: utf8, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace && $0.value >= 0x20 && $0 != "+" })
        else { throw DecodingFailure("a key name that is empty, not UTF-8, or holds space, control or plus") }
        self.utf8 = utf8
    }

    /// Longer names are refused.
    public static let byteCountMax = 1024

    /// The name as text.
    public var description: String { String(decoding: utf8, as: UTF8.self) }
}

/// A public key with its name, as verifiers are given it: a *vkey*.
public struct NoteVerifyingKey: Sendable, Hashable, CustomStringConvertible {
    /// Whose key it is; usually the log's origin.
    public let name: NoteKeyName
    /// First four bytes, big-endian, of SHA-256(name ‖ newline ‖ 1 ‖ key).
    public let id: UInt32
    /// The Ed25519 public key.
    public let key: VerifyingKey

    /// Names a public key.
    public init(name: NoteKeyName, key: VerifyingKey) {
        self.name = name
        self.key = key
        let input = name.utf8 + [newline, ed25519Algorithm] + key.bytes
        id = UInt32(truncatingIfNeeded: input.withRawSpan { SHA256.of($0) }.words.0).byteSwapped
    }

    /// Reads the text form `name+id+base64`.
    public init(parsing text: String) throws(DecodingFailure) {
        let parts = try NoteKeyText(Array(text.utf8))
        guard let key = VerifyingKey(bytes: parts.key) else {
            throw DecodingFailure("a verifier key of \(parts.key.count) bytes, 32 expected")
        }
        self.init(name: parts.name, key: key)
        guard id == parts.id else {
            throw DecodingFailure("key id \(hexadecimal(parts.id)), \(hexadecimal(id)) expected for this key")
        }
    }

    /// The text form.
    public var description: String {
        let encoded = Base64.encode([ed25519Algorithm] + key.bytes)
        return "\(label)+\(String(decoding: encoded, as: UTF8.self))"
    }

    /// `name+id`, which identifies the key for people and in signature lines.
    public var label: String { "\(name)+\(hexadecimal(id))" }
}

/// A private key with its name: signs checkpoints. Its text form, the *skey*, is a secret.
package struct NoteSigningKey: Sendable {
    package let verifyingKey: NoteVerifyingKey
    private let key: SigningKey

    package init(name: NoteKeyName, key: SigningKey) {
        self.key = key
        verifyingKey = NoteVerifyingKey(name: name, key: key.verifyingKey)
    }

    /// Reads the text form; the caller erases its copy.
    package init(parsing text: [UInt8]) throws(DecodingFailure) {
        let prefix = Array(Self.prefix.utf8)
        guard text.starts(with: prefix) else {
            throw DecodingFailure("a signer key without \"\(Self.prefix)\"")
        }
        var parts = try NoteKeyText(Array(text[prefix.count...]))
        defer { SecretKey.erase(&parts.key) }
        guard parts.key.count == SecretKey.byteCount else {
            throw DecodingFailure("a signer key of \(parts.key.count) bytes, \(SecretKey.byteCount) expected")
        }
        self.init(name: parts.name, key: SigningKey(seed: SecretKey(copying: parts.key)))
        guard verifyingKey.id == parts.id else {
            throw DecodingFailure("key id \(hexadecimal(parts.id)) does not belong to this signer key")
        }
    }

    /// The text form; the caller erases it after use.
    package func secretText() -> [UInt8] {
        var secret = key.withSeed { [ed25519Algorithm] + $0.array() }
        defer { SecretKey.erase(&secret) }
        return Array("\(Self.prefix)\(verifyingKey.label)+".utf8) + Base64.encode(secret)
    }

    package func sign(_ text: [UInt8]) -> NoteSignature {
        let signature = text.withRawSpan { key.sign($0) }
        return NoteSignature(name: verifyingKey.name, keyID: verifyingKey.id, bytes: signature)
    }

    private static let prefix = "PRIVATE+KEY+"
}

/// The signature type of plain Ed25519, the only one written and verified here.
private let ed25519Algorithm: UInt8 = 1

/// `name+id+base64(1 ‖ key)`, taken apart.
private struct NoteKeyText {
    let name: NoteKeyName
    let id: UInt32
    var key: [UInt8]

    init(_ text: [UInt8]) throws(DecodingFailure) {
        let plus = UInt8(ascii: "+")
        // The base64 may contain plus signs too; the name may not.
        let parts = text.split(separator: plus, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw DecodingFailure("a key text without two plus signs") }
        name = try NoteKeyName(utf8: parts[0])
        guard let id = Self.parseID(parts[1]) else {
            throw DecodingFailure("a key id that is not 8 hex digits")
        }
        self.id = id
        guard parts[2].count <= 64, var bytes = Base64.decode(parts[2]), let algorithm = bytes.first else {
            throw DecodingFailure("a key that is not base64 of at most 48 bytes")
        }
        guard algorithm == ed25519Algorithm else {
            throw DecodingFailure("signature type \(algorithm), \(ed25519Algorithm) (Ed25519) expected")
        }
        bytes.removeFirst()
        key = bytes
    }

    private static func parseID(_ text: ArraySlice<UInt8>) -> UInt32? {
        guard text.count == 8 else { return nil }
        var value: UInt32 = 0
        for digit in text {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

/// 8 lower-case digits.
package func hexadecimal(_ value: UInt32) -> String { String(hexadecimal(UInt64(value)).dropFirst(8)) }
