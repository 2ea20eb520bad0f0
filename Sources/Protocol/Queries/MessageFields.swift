package import Ledger

/// Reads the fields of a message from bytes of unknown origin; every read and every value is checked.
package struct MessageReader: AnswerVisitor, ~Copyable, ~Escapable {
    private var cursor: WireCursor
    private let names: Names

    /// - Parameter names: opens ids and positions.
    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan, names: Names) {
        cursor = WireCursor(bytes)
        self.names = names
    }

    package mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value
    ) throws(WireError) {
        let shown = try cursor.integer(name, as: Value.Bits.self)
        let bits = Value.Bits(
            truncatingIfNeeded: names.open(UInt64(truncatingIfNeeded: shown), as: Value.disclosure))
        guard let read = Value(fieldBits: bits) else { throw WireError(name, "is \(shown)") }
        value = read
    }

    package mutating func text<let capacity: Int>(
        _ name: StaticString, _ value: inout Text<capacity>
    ) throws(WireError) {
        let count = try cursor.u8(name)
        guard Int(count) <= capacity else {
            throw WireError(name, "has \(count) bytes of at most \(capacity)")
        }
        value = Text()
        for _ in 0..<count {
            let byte = try cursor.u8(name)
            guard value.append(byte) else { throw WireError(name, "has the byte \(byte)") }
        }
    }

    /// Makes no room on a count's word: elements are added as their bytes are there.
    package mutating func list<Element: Fielded>(
        _ name: StaticString, _ elements: inout [Element]
    ) throws(WireError) {
        elements = []
        for _ in 0..<(try cursor.u16(name)) {
            var element = Element()
            try element.visitFields(&self)
            elements.append(element)
        }
    }

    package func expectEnd() throws(WireError) { try cursor.expectEnd() }
}

/// Writes the fields of a message, ids and positions as they are shown.
package struct MessageWriter: AnswerVisitor, ~Copyable {
    private var buffer: WireBuffer
    private let names: Names

    fileprivate init(_ buffer: consuming WireBuffer, names: Names) {
        self.buffer = buffer
        self.names = names
    }

    fileprivate consuming func finish() -> WireBuffer { buffer }

    package mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        let bits = names.close(UInt64(truncatingIfNeeded: value.fieldBits), as: Value.disclosure)
        buffer.put(Value.Bits(truncatingIfNeeded: bits))
    }

    package mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        buffer.put(value.count)
        for index in 0..<Int(value.count) { buffer.put(value[index]) }
    }

    package mutating func list<Element: Fielded>(_ name: StaticString, _ elements: inout [Element]) {
        buffer.put(UInt16(elements.count))
        for index in elements.indices { elements[index].visitFields(&self) }
    }
}

extension WireBuffer {
    /// Lets `body` visit fields, which are written behind what is there.
    ///
    /// - Parameter names: closes ids and positions.
    package mutating func putFields(names: Names, _ body: (inout MessageWriter) -> Void) {
        var writer = MessageWriter(self, names: names)
        body(&writer)
        self = writer.finish()
    }
}

extension FieldVisitor where Self: ~Copyable, Self: ~Escapable {
    /// A sum of 16 bytes, in two halves, the lower first.
    mutating func sum(_ name: StaticString, _ value: inout UInt128) throws(Failure) {
        var halves = Hash128(
            low: UInt64(truncatingIfNeeded: value), high: UInt64(truncatingIfNeeded: value >> 64))
        try hash(name, &halves)
        value = UInt128(halves.high) << 64 | UInt128(halves.low)
    }

    /// A difference of 16 bytes: as a sum, in two's complement.
    mutating func difference(_ name: StaticString, _ value: inout Int128) throws(Failure) {
        var bits = UInt128(bitPattern: value)
        try sum(name, &bits)
        value = Int128(bitPattern: bits)
    }
}
