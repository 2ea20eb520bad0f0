// A C2SP checkpoint (c2sp.org/tlog-checkpoint), the text of a signed note:
//
//     origin newline
//     size in decimal newline
//     base64(root) newline
//     *(extension newline)              not empty; none is written here

/// What a log says about itself: its name, how many events it holds and the root over them.
public struct Checkpoint: Sendable, CustomStringConvertible {
    /// The log's name, by which checkpoints of different logs are told apart.
    public let origin: String
    /// Events under the root.
    public let size: UInt64
    /// RFC 6962 root over the first `size` events.
    public let root: Hash256
    /// Opaque further lines; empty in everything Holdfast writes.
    public let extensions: [String]

    /// Longer origins and extension lines are refused.
    public static let lineBytesMax = 1024
    /// More extension lines are refused.
    public static let extensionCountMax = 16

    /// Refuses lines that are empty, too long, or could not stand in a note, and a size of zero with a root.
    public init(
        origin: String, size: UInt64, root: Hash256, extensions: [String] = []
    ) throws(DecodingFailure) {
        for line in [origin] + extensions { try Self.check(line: line) }
        guard extensions.count <= Self.extensionCountMax else {
            throw DecodingFailure("\(extensions.count) extension lines, over \(Self.extensionCountMax)")
        }
        guard size > 0 || root == MerkleFrontier.emptyRoot else {
            throw DecodingFailure("a checkpoint of an empty log with root \(root)")
        }
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads the text of a note (its signatures are another matter).
    public init(parsing text: [UInt8]) throws(DecodingFailure) {
        guard isNoteText(text) else { throw DecodingFailure("a checkpoint that is not text") }
        var lines = TextLines(text)
        let origin = String(decoding: try lines.next("origin"), as: UTF8.self)
        guard let size = parseDecimal(try lines.next("tree size")) else {
            throw DecodingFailure("a tree size that is not a decimal number below 2^64")
        }
        guard let root = Hash256(base64: try lines.next("root hash")) else {
            throw DecodingFailure("a root that is not the base64 of 32 bytes")
        }
        var extensions: [String] = []
        while !lines.isAtEnd {
            let line = String(decoding: try lines.next("extension"), as: UTF8.self)
            guard extensions.count < Self.extensionCountMax else {
                throw DecodingFailure("more than \(Self.extensionCountMax) extension lines")
            }
            extensions.append(line)
        }
        try self.init(origin: origin, size: size, root: root, extensions: extensions)
    }

    /// The text to sign.
    public var text: [UInt8] {
        var text = Array("\(origin)\n\(size)\n".utf8) + root.base64 + [newline]
        for line in extensions { text += Array(line.utf8) + [newline] }
        return text
    }

    /// The text to sign, for people.
    public var description: String { String(decoding: text, as: UTF8.self) }

    /// Whether the origin is this one, byte by byte (Swift's `==` would unite spellings of one letter).
    public func isFrom(origin expected: String) -> Bool { origin.utf8.elementsEqual(expected.utf8) }

    private static func check(line: String) throws(DecodingFailure) {
        guard !line.isEmpty, line.utf8.count <= lineBytesMax, line.utf8.allSatisfy({ $0 >= 0x20 }) else {
            throw DecodingFailure(
                "a checkpoint line that is empty, over \(lineBytesMax) bytes, or has controls")
        }
    }
}

extension Checkpoint: Hashable {
    /// Whether both stand for the same text.
    public static func == (left: Checkpoint, right: Checkpoint) -> Bool { left.text == right.text }

    /// Feeds what every equal checkpoint has in common.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(size)
        hasher.combine(root)
    }
}

extension Checkpoint {
    /// The signed note, as published.
    package func signed(by key: NoteSigningKey) -> [UInt8] {
        do {
            var note = try SignedNote(text: text)
            note.sign(with: key)
            return note.bytes
        } catch {
            invariantViolated("a checkpoint that is no note: \(error)")
        }
    }

    /// Reads a signed checkpoint and returns it only if it is signed by one of `keys` and from `origin`.
    public init(
        verifying note: [UInt8], origin: String, keys: [NoteVerifyingKey]
    ) throws(VerificationFailure) {
        let parsed: SignedNote
        do throws(DecodingFailure) {
            parsed = try SignedNote(parsing: note)
        } catch {
            throw .malformed(what: "signed note", error)
        }
        try parsed.verify(by: keys)
        do throws(DecodingFailure) {
            self = try Checkpoint(parsing: parsed.text)
        } catch {
            throw .malformed(what: "checkpoint", error)
        }
        guard isFrom(origin: origin) else { throw .wrongOrigin(found: self.origin, expected: origin) }
    }
}
