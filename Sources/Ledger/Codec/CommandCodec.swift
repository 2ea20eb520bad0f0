// The bytes of a command, as they travel. Little-endian, no padding:
//
//     0  2  operation
//     2  1  parts that follow, in this order: 1 merchant · 2 effective · 4 key
//     3  8  merchant
//        8  effective, nanoseconds since the Unix epoch
//        1  length of the key, 1 … 255, then its bytes: printable ASCII
//        …  the fields of the request, as docs/protocol.md lists them
//
// Ids and sequences are as `Names` shows them. Who asks, and the trace it belongs to, are the connection's.

/// Which optional parts a command has.
private struct CommandParts: OptionSet {
    let rawValue: UInt8
    static let merchant = CommandParts(rawValue: 1)
    static let effective = CommandParts(rawValue: 2)
    static let key = CommandParts(rawValue: 4)
    static let all: CommandParts = [.merchant, .effective, .key]
}

extension Command {
    /// No command is longer.
    public static var byteCountMax: Int { 1_024 }

    /// Reads a command, and hashes what is stored hashed: its key and its request.
    ///
    /// - Parameters:
    ///   - merchant: whose it is unless it says so.
    ///   - secret: `keySecret` of the ledger.
    public init(
        decoding bytes: RawSpan, names: Names, merchant: MerchantID, secret: Hash128
    ) throws(EventFormatError) {
        var reader = FieldReader(bytes, of: "command")
        var operation = Operation.requestPayment
        try reader.field("operation", &operation)
        let bits = try reader.integer("parts", as: UInt8.self)
        let parts = CommandParts(rawValue: bits)
        guard parts.isSubset(of: .all) else { throw reader.error("parts", "are \(bits)") }
        var whose = merchant
        if parts.contains(.merchant) { try reader.field("merchant", &whose) }
        var effective = LedgerTime.none
        if parts.contains(.effective) { try reader.field("effective", &effective) }
        var key = Hash128.none
        if parts.contains(.key) {
            key = KeyedHash.ofKey(try reader.key(), of: whose, secret: secret)
        }
        var request = CommandReader(reader.rest, names, operation)
        var body = Request(empty: operation)
        try body.visitFields(&request)
        try request.expectEnd()
        self.init(body)
        self.merchant = whose
        self.effective = effective
        self.key = key
        if !key.isNone {
            fingerprint = Self.fingerprint(of: reader.rest, operation, merchant: whose, secret: secret)
        }
    }

    /// Of the bytes of a request's fields.
    @inline(__always)
    private static func fingerprint(
        of fields: RawSpan, _ operation: Operation, merchant: MerchantID, secret: Hash128
    ) -> UInt64 {
        KeyedHash.ofRequest(fields, of: merchant, secret: secret) ^ UInt64(operation.rawValue)
    }

    /// Writes a command with its key in the clear.
    ///
    /// - Parameters:
    ///   - key: 0 … 255 bytes of printable ASCII; none is no key. That it is so is the caller's duty.
    ///   - bytes: with room for `byteCountMax`.
    /// - Returns: bytes written.
    public func encode(
        key: RawSpan, names: Names, into bytes: inout MutableRawSpan
    ) -> Int {
        var parts: CommandParts = []
        if !merchant.isNone { parts.insert(.merchant) }
        if !effective.isNone { parts.insert(.effective) }
        if key.byteCount > 0 { parts.insert(.key) }
        var writer = ShownFieldWriter(FieldWriter(bytes._mutatingExtracting(0..<bytes.byteCount)), names)
        writer.fields.integer(operation.rawValue)
        writer.fields.integer(parts.rawValue)
        if parts.contains(.merchant) { writer.fields.integer(merchant.raw) }
        if parts.contains(.effective) { writer.fields.integer(effective.nanoseconds) }
        if parts.contains(.key) { writer.fields.bytes(key) }
        var body = request
        body.visitFields(&writer)
        return writer.fields.byteCount
    }
}

/// Reads the fields of a request, ids and sequences as they are shown.
struct CommandReader: FieldVisitor, ~Copyable, ~Escapable {
    private var fields: FieldReader
    private let names: Names
    private let operation: Operation

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ names: Names, _ operation: Operation) {
        fields = FieldReader(bytes, of: "command")
        self.names = names
        self.operation = operation
    }

    @inline(__always)
    mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value
    ) throws(EventFormatError) {
        let shown = try fields.integer(name, as: Value.Bits.self)
        let bits = Value.Bits(
            truncatingIfNeeded: names.open(UInt64(truncatingIfNeeded: shown), as: Value.disclosure))
        guard let read = Value(fieldBits: bits) else { throw error(name, "is \(shown)") }
        value = read
    }

    mutating func text<let capacity: Int>(
        _ name: StaticString, _ value: inout Text<capacity>
    ) throws(EventFormatError) {
        try fields.text(name, &value)
    }

    func expectEnd() throws(EventFormatError) { try fields.expectEnd() }

    @inline(never)
    private func error(_ field: StaticString, _ problem: String) -> EventFormatError {
        EventFormatError(subject: "\(operation)", field: "\(field)", problem: problem)
    }
}
