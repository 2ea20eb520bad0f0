import Invariants

// The bytes of an event. The header is the log's own (type, schema, flags, time, length):
//
//     flags  1 merchant · 2 payment · 4 previous · 8 effective · 16 actor · 32 correlation · 64 cause
//            128 key
//     8  each part of the context whose flag is set, in that order; correlation 16; key 16 and fingerprint 8
//     1  leg count, then 16 a leg: account with the layer in the top bit, amount
//     …  the fact's fields
//
// Legs stand before the fact, so that sums can be checked by a reader that does not know the fact's type.

extension Event {
    /// The longest payload there is; checked for every fact by a test.
    public static let payloadBytesMax = 1_024

    /// The flags of the header: which parts of the context are there.
    public var headerFlags: UInt8 { head.flags }

    /// Writes the payload, everything behind the header, and returns how long it is.
    ///
    /// - Parameter bytes: at least `payloadBytesMax` long.
    public func encodePayload(into bytes: inout MutableRawSpan) -> Int {
        head.encodePayload(legs, into: &bytes) { fact.encode(into: &$0) }
    }

    /// Reads an event. What was written by any released version is read for ever, and comes out as a fact of
    /// today.
    ///
    /// - Parameters:
    ///   - type: of the header, below 0xFF00; `schema` and `flags` likewise.
    ///   - payload: everything behind the header.
    public init(
        sequence: SequenceNumber, time: LedgerTime, type: UInt16, schema: UInt8, flags: UInt8,
        payload: RawSpan
    ) throws(EventFormatError) {
        try self.init(
            sequence: sequence, time: time, type: type, schema: schema, flags: flags, payload: payload,
            versions: ReleasedVersions.self)
    }

    /// As above, with other versions than the released ones.
    ///
    /// - Parameter isShown: whether sequences may be tokens.
    package init<Versions: FactVersions>(
        sequence: SequenceNumber, time: LedgerTime, type: UInt16, schema: UInt8, flags: UInt8,
        payload: RawSpan, versions: Versions.Type, isShown: Bool = false
    ) throws(EventFormatError) {
        guard let factType = FactType(rawValue: type) else {
            throw EventFormatError(subject: "event", field: "type", problem: "is \(type)")
        }
        let newest = Versions.newest(of: factType)
        guard schema == newest || schema > 0 && schema < newest else {
            throw Self.unknown(schema, of: factType, newest)
        }
        self.init(sequence: sequence, time: time, fact: Fact(empty: factType))
        var reader = FieldReader(payload)
        reader.takesTokens = isShown
        try context.read(ContextParts(rawValue: flags), from: &reader)
        try legs.read(from: &reader)
        reader.subject = factType
        if schema == newest {
            try fact.visitFields(&reader)
        } else {
            guard let older = try Versions.readOlder(schema, of: factType, from: &reader) else {
                throw Self.unknown(schema, of: factType, newest)
            }
            fact = older
        }
        try reader.expectEnd()
    }

    /// Whose event it is, without reading more of it; none if it is nobody's, or no event.
    ///
    /// - Parameter flags: of the header.
    @inline(__always)
    public static func merchant(flags: UInt8, payload: RawSpan) -> MerchantID {
        // The merchant stands first.
        guard ContextParts(rawValue: flags).contains(.merchant), payload.byteCount >= 8 else { return .none }
        // SAFETY: bounds are checked above, and integers have no invalid bit patterns.
        return unsafe MerchantID(
            raw: UInt64(littleEndian: payload.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)))
    }

    @inline(never)
    private static func unknown(_ schema: UInt8, of type: FactType, _ newest: UInt8) -> EventFormatError {
        EventFormatError(
            subject: "\(type)", field: "schema",
            problem: "is \(schema); what is known goes from 1 to \(newest)")
    }
}

extension EventHead {
    /// The flags of the header: which parts of the context are there.
    var flags: UInt8 { context.parts.rawValue }

    /// Writes the payload of an event with this head: see `Event.encodePayload`.
    ///
    /// - Parameter encodeFact: writes the fact's fields and returns how many bytes they are.
    @inline(__always)
    func encodePayload(
        _ legs: borrowing Legs, into bytes: inout MutableRawSpan,
        _ encodeFact: (inout MutableRawSpan) -> Int
    ) -> Int {
        invariant(bytes.byteCount >= Event.payloadBytesMax, "a payload buffer of \(bytes.byteCount) bytes")
        let length = encodeContext(legs, into: &bytes)
        var rest = bytes._mutatingExtracting(length..<bytes.byteCount)
        return length + encodeFact(&rest)
    }

    /// Writes what stands before the fact.
    private func encodeContext(_ legs: borrowing Legs, into bytes: inout MutableRawSpan) -> Int {
        var writer = FieldWriter(bytes._mutatingExtracting(0..<bytes.byteCount))
        context.write(to: &writer)
        writer.legs(legs)
        return writer.byteCount
    }
}

/// Which parts of a context are there: the flags of an event's header.
struct ContextParts: OptionSet {
    let rawValue: UInt8

    static let merchant = Self(rawValue: 1)
    static let payment = Self(rawValue: 2)
    static let previous = Self(rawValue: 4)
    static let effective = Self(rawValue: 8)
    static let actor = Self(rawValue: 16)
    static let correlation = Self(rawValue: 32)
    static let cause = Self(rawValue: 64)
    static let key = Self(rawValue: 128)
}

extension EventContext {
    var parts: ContextParts {
        var parts: ContextParts = []
        if !merchant.isNone { parts.insert(.merchant) }
        if !payment.isNone { parts.insert(.payment) }
        if !previous.isNone { parts.insert(.previous) }
        if !effective.isNone { parts.insert(.effective) }
        if !actor.isNone { parts.insert(.actor) }
        if !correlation.isNone { parts.insert(.correlation) }
        if !cause.isNone { parts.insert(.cause) }
        if !key.isNone { parts.insert(.key) }
        return parts
    }

    fileprivate func write(to writer: inout FieldWriter) {
        let parts = parts
        if parts.contains(.merchant) { writer.integer(merchant.raw) }
        if parts.contains(.payment) { writer.integer(payment.raw) }
        if parts.contains(.previous) { writer.integer(previous.raw) }
        if parts.contains(.effective) { writer.integer(effective.nanoseconds) }
        if parts.contains(.actor) { writer.integer(actor.raw) }
        if parts.contains(.correlation) { writer.integer(correlation) }
        if parts.contains(.cause) { writer.integer(cause.raw) }
        if parts.contains(.key) {
            writer.integer(key)
            writer.integer(fingerprint)
        }
    }

    fileprivate mutating func read(
        _ parts: ContextParts, from reader: inout FieldReader
    ) throws(EventFormatError) {
        try visit(parts, &reader)
        // One event, one encoding: a part that is there says something.
        guard self.parts == parts else { throw reader.error("flags", "are \(parts.rawValue)") }
    }

    /// Passes the fields of `parts` to the visitor, in the order of their bytes.
    @inline(__always)
    mutating func visit<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ parts: ContextParts, _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        if parts.contains(.merchant) { try visitor.field("merchant", &merchant) }
        if parts.contains(.payment) { try visitor.field("payment", &payment) }
        if parts.contains(.previous) { try visitor.field("previous", &previous) }
        if parts.contains(.effective) { try visitor.field("effective", &effective) }
        if parts.contains(.actor) { try visitor.field("actor", &actor) }
        if parts.contains(.correlation) { try visitor.hash("correlation", &correlation) }
        if parts.contains(.cause) { try visitor.field("cause", &cause) }
        if parts.contains(.key) {
            try visitor.hash("key", &key)
            try visitor.field("fingerprint", &fingerprint)
        }
    }
}

extension FieldWriter {
    /// The legs of an event: their count in a byte, then word and amount of each.
    @inline(__always)
    mutating func legs(_ legs: borrowing Legs) {
        let legs = legs.span
        integer(UInt8(truncatingIfNeeded: legs.count))
        for index in legs.indices {
            integer(legs[index].word)
            integer(legs[index].amount)
        }
    }
}

extension Legs {
    fileprivate mutating func read(from reader: inout FieldReader) throws(EventFormatError) {
        let count = try reader.integer("legs", as: UInt8.self)
        guard Int(count) <= Self.countMax else { throw reader.error("legs", "are \(count)") }
        for _ in 0..<count {
            let word = try reader.integer("legs", as: UInt64.self)
            let amount = try reader.integer("legs", as: Int64.self)
            guard AccountID(raw: word & ~(1 << 63)) != nil, amount != 0, amount != .min else {
                throw reader.error("legs", "has \(amount) on account \(word)")
            }
            add(Leg(word: word, amount: amount))
        }
        guard isBalanced else { throw reader.error("legs", "do not sum to zero") }
    }
}
