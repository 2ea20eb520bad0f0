/// Goes over the fields of a fact, in the order of their bytes.
///
/// A fact names its fields once, in `visitFields`; writing, reading, printing and drawing at random are
/// visitors. So the two sides of the codec cannot drift apart.
public protocol FieldVisitor: ~Copyable, ~Escapable {
    /// What a visit can fail with; `Never` for those that only look.
    associatedtype Failure: Error

    /// A field of a few bytes.
    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Failure)
    /// A field of printable text.
    mutating func text<let capacity: Int>(
        _ name: StaticString, _ value: inout Text<capacity>
    ) throws(Failure)
}

extension FieldVisitor where Self: ~Copyable, Self: ~Escapable {
    /// A field of 16 bytes.
    package mutating func hash(_ name: StaticString, _ value: inout Hash128) throws(Failure) {
        var (low, high) = (value.low, value.high)
        try field(name, &low)
        try field(name, &high)
        value = Hash128(low: low, high: high)
    }

    /// A field of 32 bytes.
    package mutating func hash(_ name: StaticString, _ value: inout KeyVerifier) throws(Failure) {
        var (first, second) = (value.first, value.second)
        try hash(name, &first)
        try hash(name, &second)
        value = KeyVerifier(first: first, second: second)
    }
}

/// Something whose fields can be visited.
public protocol Fielded: Hashable, Sendable, BitwiseCopyable {
    /// A value with every field empty, to read into.
    init()
    /// Passes every field to the visitor, in the order of their bytes.
    mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure)
}
