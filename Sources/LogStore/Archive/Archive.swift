/// A second home for sealed files: a directory now, object storage later.
///
/// Objects are named, written once and never changed. A copy counts only when the archive itself has read it
/// back and told its hash.
public protocol Archive: Sendable {
    /// Stores the object whole or not at all, durably; storing the same bytes again is fine, other
    /// bytes are refused. `pieces` is called until it returns nil, each call giving the next bytes.
    func put(_ name: String, pieces: () throws(LogStoreError) -> [UInt8]?) throws(LogStoreError)
    /// SHA-256 and size of what the archive holds now, read back from it; nil if there is no such object.
    func confirm(_ name: String) throws(LogStoreError) -> ArchivedObject?
    /// Calls `body` with the object's bytes, piece by piece.
    func get(_ name: String, _ body: (RawSpan) throws(LogStoreError) -> Void) throws(LogStoreError)
}

/// What an archive says it holds.
public struct ArchivedObject: Sendable, Equatable {
    /// Of every byte.
    public var hash: Hash256
    /// Size.
    public var byteCount: UInt64

    /// As read back.
    public init(hash: Hash256, byteCount: UInt64) {
        self.hash = hash
        self.byteCount = byteCount
    }
}
