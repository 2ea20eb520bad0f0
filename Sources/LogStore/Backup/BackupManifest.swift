// The file `MANIFEST` of a backup: text, lines that end with a newline, in this order:
//
//     holdfast backup 1
//     ledger <UUID>
//     shard <number>
//     made <nanoseconds since 1970>
//     end <events> <root over them>
//     sealed <events>
//     checkpoint <events>
//     file <bytes> <bytes stored> <SHA-256 of the stored bytes> <path>     one a file, ascending by path
//     sha256 <SHA-256 of everything before this line>
//
// Numbers are decimal, hashes 64 lower-case hexadecimal digits. A reader accepts this one spelling only.

/// What a backup is: of which log, up to where, and every file with its hash. Written last: without it a
/// directory is no backup.
package struct BackupManifest: Sendable, Equatable {
    /// A file of the log's directory. What follows the stored bytes is zeros.
    package struct File: Sendable, Equatable {
        package var path: StoragePath
        package var byteCount: UInt64
        package var storedByteCount: UInt64
        /// Of the stored bytes.
        package var hash: Hash256

        package init(path: StoragePath, byteCount: UInt64, storedByteCount: UInt64, hash: Hash256) {
            self.path = path
            self.byteCount = byteCount
            self.storedByteCount = storedByteCount
            self.hash = hash
        }

        /// The stored bytes as an object.
        package var object: ArchivedObject { ArchivedObject(hash: hash, byteCount: storedByteCount) }
    }

    package var ledger: LogUUID
    package var shard: UInt32
    /// Wall time, nanoseconds since the Unix epoch; information only.
    package var madeTime: UInt64
    /// Count of events, and the root over them.
    package var end: TreePoint
    /// Count of events in sealed segments.
    package var sealedEnd: UInt64
    /// Size of the newest signed checkpoint in it; 0 without one.
    package var checkpointSize: UInt64
    /// Ascending by path.
    package var files: [File]

    package static let path = StoragePath("MANIFEST")
    /// Two segments a minute for seven years; longer ones are refused before a byte is read.
    package static let byteCountMax = 1 << 30

    package init(
        ledger: LogUUID, shard: UInt32, madeTime: UInt64, end: TreePoint, sealedEnd: UInt64,
        checkpointSize: UInt64, files: [File]
    ) {
        self.ledger = ledger
        self.shard = shard
        self.madeTime = madeTime
        self.end = end
        self.sealedEnd = sealedEnd
        self.checkpointSize = checkpointSize
        self.files = files.sorted { Self.precedes($0.path, $1.path) }
    }

    /// Up to where the log's history is signed: by a checkpoint, or by the tail of a segment.
    package var signedEnd: UInt64 { max(sealedEnd, checkpointSize) }

    package func file(_ path: StoragePath) -> File? { files.first { $0.path == path } }

    // MARK: Text

    /// The file's bytes.
    package var text: [UInt8] {
        var lines = [
            "holdfast backup 1", "ledger \(ledger)", "shard \(shard)", "made \(madeTime)",
            "end \(end.size) \(end.root)", "sealed \(sealedEnd)", "checkpoint \(checkpointSize)",
        ]
        lines += files.map { "file \($0.byteCount) \($0.storedByteCount) \($0.hash) \($0.path)" }
        let body = lines.flatMap { Array($0.utf8) + [newline] }
        return body + Array("sha256 \(body.withRawSpan { SHA256.of($0) })\n".utf8)
    }

    package init(parsing text: [UInt8]) throws(DecodingFailure) {
        var lines = TextLines(text)
        guard try lines.next("backup manifest").elementsEqual("holdfast backup 1".utf8) else {
            throw DecodingFailure("not the manifest of a backup, or of another version")
        }
        guard let ledger = LogUUID(text: Self.string(try Self.field("ledger ", &lines))) else {
            throw DecodingFailure("backup manifest: no ledger UUID")
        }
        let shard = try Self.number("shard ", &lines)
        let made = try Self.number("made ", &lines)
        let end = try TreePoint(parsing: try Self.field("end ", &lines))
        let sealed = try Self.number("sealed ", &lines)
        let checkpoint = try Self.number("checkpoint ", &lines)
        var files: [File] = []
        while let line = try lines.next(after: "file ", "a file or the end") {
            files.append(try File(parsing: line))
        }
        _ = try Self.field("sha256 ", &lines)
        guard lines.isAtEnd, let shard = UInt32(exactly: shard) else {
            throw DecodingFailure("backup manifest: a shard out of range, or bytes after the last line")
        }
        self.init(
            ledger: ledger, shard: shard, madeTime: made, end: end, sealedEnd: sealed,
            checkpointSize: checkpoint, files: files)
        // One spelling only: this judges order, digits and the hash in the last line together.
        guard self.text == text else {
            throw DecodingFailure("backup manifest: its SHA-256 differs, or it is not spelled as it must be")
        }
        try checkMeaning()
    }

    private func checkMeaning() throws(DecodingFailure) {
        try CounterBound.check(end.size, "end of the backup")
        guard signedEnd <= end.size else {
            throw DecodingFailure("backup manifest: signed up to \(signedEnd), but it ends at \(end.size)")
        }
        for (file, next) in zip(files, files.dropFirst()) where !Self.precedes(file.path, next.path) {
            throw DecodingFailure("backup manifest: \(next.path) is listed twice")
        }
    }

    private static func precedes(_ left: StoragePath, _ right: StoragePath) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }

    private static func field(
        _ name: StaticString, _ lines: inout TextLines
    ) throws(DecodingFailure) -> ArraySlice<UInt8> {
        guard let value = try lines.next(after: name, "\(name)") else {
            throw DecodingFailure("backup manifest: line \(lines.count + 1) does not begin with \(name)")
        }
        return value
    }

    private static func number(
        _ name: StaticString, _ lines: inout TextLines
    ) throws(DecodingFailure) -> UInt64 {
        guard let value = parseDecimal(try field(name, &lines)) else {
            throw DecodingFailure("backup manifest: no number after \(name)")
        }
        return value
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}

extension BackupManifest.File {
    /// What follows "file ".
    fileprivate init(parsing line: ArraySlice<UInt8>) throws(DecodingFailure) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let byteCount = parseDecimal(parts[0]), let stored = parseDecimal(parts[1]),
            stored <= byteCount, byteCount <= UInt64(Int64.max)
        else { throw DecodingFailure("backup manifest: a file without two sizes, a hash and a path") }
        let path = StoragePath(String(decoding: parts[3], as: UTF8.self))
        guard path.isWellFormed, !path.description.isEmpty else {
            throw DecodingFailure("backup manifest: a file with a path that leads nowhere")
        }
        self.init(
            path: path, byteCount: byteCount, storedByteCount: stored,
            hash: try Hash256(digits: parts[2], "hash of \(path)"))
    }
}

extension BackupManifest {
    /// The manifest of the backup on `disk`; nil if there is none.
    package static func read(from disk: some Storage) throws(LogStoreError) -> BackupManifest? {
        guard let text = try AtomicFile.read(path, byteCountMax: byteCountMax, on: disk) else { return nil }
        do throws(DecodingFailure) { return try BackupManifest(parsing: text) } catch {
            throw .damaged(error.damage(in: path, at: 0))
        }
    }
}

/// A tree by its size and root.
package struct TreePoint: Sendable, Equatable {
    package var size: UInt64
    package var root: Hash256

    package init(size: UInt64, root: Hash256) {
        self.size = size
        self.root = root
    }

    /// Of no events.
    package static let empty = TreePoint(size: 0, root: MerkleFrontier.emptyRoot)

    /// From "size root".
    fileprivate init(parsing line: ArraySlice<UInt8>) throws(DecodingFailure) {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, let size = parseDecimal(parts[0]) else {
            throw DecodingFailure("backup manifest: an end without size and root")
        }
        self.init(size: size, root: try Hash256(digits: parts[1], "root"))
    }
}

extension Hash256 {
    /// From 64 hexadecimal digits.
    fileprivate init(digits: ArraySlice<UInt8>, _ what: String) throws(DecodingFailure) {
        guard let hash = Hash256(bytes: try KeyText.bytes(of: digits, what)) else {
            throw DecodingFailure("\(what): not 32 bytes")
        }
        self = hash
    }
}
