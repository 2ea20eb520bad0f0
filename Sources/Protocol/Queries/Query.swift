public import Ledger

/// A question with its fields: what the body of `query` holds behind the kind.
///
/// A query names its fields once, in `visitFields`, and its answer by type: who asks reads what was written.
public protocol Query: Fielded {
    associatedtype Answer: AnswerBody
    static var kind: QueryKind { get }
}

/// What the body of `answer` holds behind its head.
public protocol AnswerBody: Equatable, Sendable {
    /// With every field empty, to read into.
    init()
    /// Passes every field and every list to the visitor, in the order of their bytes.
    mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure)
}

/// Goes over an answer: fields as of a fact, and lists of things that have some.
public protocol AnswerVisitor: FieldVisitor, ~Copyable, ~Escapable {
    mutating func list<Element: Fielded>(
        _ name: StaticString, _ elements: inout [Element]
    ) throws(Failure)
}

extension AnswerBody where Self: Fielded {
    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitFields(&visitor)
    }
}

/// A page of a list, newest first.
public struct AnswerPage<Element: Fielded, Cursor: PageCursor>: AnswerBody {
    public var elements: [Element]
    /// `after` of the query for the next page; `.start` if this was the last.
    public var next: Cursor

    public init(_ elements: [Element], next: Cursor) { (self.elements, self.next) = (elements, next) }

    public init() { self.init([], next: .start) }

    public mutating func visitParts<Visitor: AnswerVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("next", &next)
        try visitor.list("elements", &elements)
    }
}

/// Names the last thing of a page: the next page has what is older.
public protocol PageCursor: FieldValue {
    /// Before the first page.
    static var start: Self { get }
}

extension Identifier: PageCursor {
    public static var start: Self { .none }
}

/// A place in the log as it is shown: the sequence, or a token for those who may not read the log. Any 64
/// bits; only the ledger knows which of them are places.
public struct Position: PageCursor {
    public var raw: UInt64

    public init(raw: UInt64) { self.raw = raw }

    public init(_ sequence: SequenceNumber) { raw = sequence.raw }

    public static var start: Self { Self(raw: 0) }

    public var fieldBits: UInt64 { raw }
    public init?(fieldBits: UInt64) { raw = fieldBits }
    public static var disclosure: Disclosure { .sequence }
}

/// A word of a closed vocabulary, or none: 255 in its byte.
public struct OptionalWord<Word: FieldValue>: FieldValue where Word.Bits == UInt8 {
    public var word: Word?

    public init(_ word: Word?) { self.word = word }

    public static var none: Self { Self(nil) }

    public var fieldBits: UInt8 { word?.fieldBits ?? .max }
    public init?(fieldBits: UInt8) {
        guard fieldBits != .max else {
            word = nil
            return
        }
        guard let word = Word(fieldBits: fieldBits) else { return nil }
        self.word = word
    }
}
