import Ledger

/// What a command names, by the names of its fields, for an exception that is about the command itself.
struct ToldFields: FieldVisitor {
    var batch = BatchID.none
    var acquirer = AcquirerID.none
    /// ISO number; 0 if none.
    var currency: UInt16 = 0
    var expected: Int64 = 0
    /// Also what is called just an amount.
    var actual: Int64 = 0
    /// Of an exception that somebody tells of.
    var kind: ExceptionKind?
    /// What the other side calls it.
    var reference = Text<40>()

    init<Body: CommandBody>(_ body: Body) {
        var body = body
        body.visitFields(&self)
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        if let value = value as? ExceptionKind { kind = value }
        let bits = UInt64(value.fieldBits)
        switch "\(name)" {
        case "batch": batch = BatchID(raw: bits)
        case "acquirer": acquirer = AcquirerID(raw: bits)
        case "currency": currency = UInt16(truncatingIfNeeded: bits)
        case "expected": expected = Int64(bitPattern: bits)
        case "amount", "actual": actual = Int64(bitPattern: bits)
        default: break
        }
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        guard "\(name)" == "reference" else { return }
        reference = Text()
        for index in 0..<Int(value.count) { _ = reference.append(value[index]) }
    }
}
