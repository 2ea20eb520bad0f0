import Invariants

/// A reusable buffer of encoded events that follow each other: what one turn of the ledger adds to the log.
///
/// The bytes are a run as the log holds it, each event with the log's header:
///
///     0  2  type            FactType
///     2  1  schema version  of the type
///     3  1  flags           parts of the context
///     4  8  time            nanoseconds
///     12 2  payload length
///     14 …  payload
///
/// Nothing is allocated while it stays within its capacity. Used by one thread.
public struct EventBatch: ~Copyable {
    private var storage: [UInt8]
    /// Bytes in use.
    public private(set) var byteCount = 0
    /// Events in it.
    public private(set) var count = 0

    /// Bytes of an event's header.
    public static let headerByteCount = 14
    /// No event is longer.
    public static let eventBytesMax = headerByteCount + Event.payloadBytesMax

    /// - Parameter capacity: in events of any length; at least 1.
    public init(capacity: Int) {
        invariant(capacity > 0, "a batch of \(capacity) events")
        storage = [UInt8](repeating: 0, count: capacity * Self.eventBytesMax)
    }

    /// How many more events fit, whatever they are.
    public var room: Int { (storage.count - byteCount) / Self.eventBytesMax }

    /// Forgets the events, keeps the memory.
    public mutating func removeAll() { truncate(byteCount: 0, count: 0) }

    /// Forgets the events added since it had this size.
    public mutating func truncate(byteCount: Int, count: Int) {
        invariant(byteCount <= self.byteCount && count <= self.count, "a batch cannot grow by truncation")
        self.byteCount = byteCount
        self.count = count
    }

    /// Adds an event. Room for it is the caller's duty.
    public mutating func append(_ event: Event) {
        append(event.head, event.legs, event.fact.type) { event.fact.encode(into: &$0) }
    }

    /// Adds an event whose fact is known by its kind. Room for it is the caller's duty.
    ///
    /// - Parameter encodeFact: writes the fact's fields and returns how many bytes they are.
    public mutating func append(
        _ head: EventHead, _ legs: borrowing Legs, _ type: FactType,
        _ encodeFact: (inout MutableRawSpan) -> Int
    ) {
        invariant(room > 0, "no room in a batch of \(count) events")
        let start = byteCount
        var elements = storage.mutableSpan
        // SAFETY: `mutableBytes` is unsafe only for element types with padding; UInt8 has none.
        var bytes = unsafe elements.mutableBytes
        let payloadStart = start &+ Self.headerByteCount
        var payload = bytes._mutatingExtracting(payloadStart..<payloadStart &+ Event.payloadBytesMax)
        let payloadLength = head.encodePayload(legs, into: &payload, encodeFact)
        bytes.storeBytes(of: type.rawValue.littleEndian, toByteOffset: start, as: UInt16.self)
        bytes.storeBytes(of: type.schema, toByteOffset: start &+ 2, as: UInt8.self)
        bytes.storeBytes(of: head.flags, toByteOffset: start &+ 3, as: UInt8.self)
        bytes.storeBytes(of: head.time.nanoseconds.littleEndian, toByteOffset: start &+ 4, as: UInt64.self)
        bytes.storeBytes(of: UInt16(payloadLength).littleEndian, toByteOffset: start &+ 12, as: UInt16.self)
        byteCount = payloadStart &+ payloadLength
        count &+= 1
    }

    /// The encoded events, one after the other.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: as above.
            unsafe storage.span.bytes.extracting(0..<byteCount)
        }
    }
}
