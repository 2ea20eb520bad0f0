/// Writes fields of requests and events, ids and sequences as they are shown.
struct ShownFieldWriter: FieldVisitor, ~Copyable, ~Escapable {
    var fields: FieldWriter
    private let names: Names

    @_lifetime(copy fields)
    init(_ fields: consuming FieldWriter, _ names: Names) {
        self.fields = fields
        self.names = names
    }

    @inline(__always)
    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        let bits = names.close(UInt64(truncatingIfNeeded: value.fieldBits), as: Value.disclosure)
        fields.integer(Value.Bits(truncatingIfNeeded: bits))
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        fields.text(name, &value)
    }
}
