public import Ledger

/// Which events a subscription wants.
public struct EventFilter: Equatable, Sendable {
    /// Whose; none: all that the key may read.
    public var merchant: MerchantID
    /// Numbers of the types wanted, those of the log's own acts among them; empty: all.
    public var types: Set<UInt16>

    /// Everything, unless told otherwise.
    public init(merchant: MerchantID = .none, types: Set<UInt16> = []) {
        (self.merchant, self.types) = (merchant, types)
    }
}

/// An event as a subscription brought it.
public struct SubscribedEvent: Equatable, Sendable {
    /// Its place in the log: the sequence for keys that have audit or admin, else a token.
    public let position: UInt64
    /// Header and payload. For keys with audit of the whole ledger these are the bytes of the log: the leaf
    /// of its Merkle tree.
    public let bytes: [UInt8]
    /// Whether ids and positions in it are as outsiders see them, not as the log holds them.
    public let isShown: Bool

    /// Number of its type; from 0xFF00 on it is an act of the log itself.
    public var type: UInt16 { UInt16(bytes[0]) | UInt16(bytes[1]) << 8 }
    /// When, by the log's clock.
    public var time: LedgerTime {
        LedgerTime(nanoseconds: (4..<12).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) })
    }

    /// What it says; nil if it is an act of the log itself.
    ///
    /// Of an event that is shown, ids are those that commands and queries take, and positions may be tokens.
    ///
    /// - Throws: if it is of a type or a version that this client does not know.
    public func decoded() throws(EventFormatError) -> Event? {
        if type >= 0xFF00 { return nil }
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        return try Event(
            reading: unsafe bytes.span.bytes, at: SequenceNumber(raw: position), isShown: isShown)
    }
}
