package import Ledger

/// The body of `query`:
///
///     0  2  kind (`QueryKind`)
///     2  …  the fields of the query
///
/// Ids and positions in queries and answers are those that are shown. A server opens and closes them with its
/// `Names`; a client's are `asShown`: it passes on what it was told.
package enum QueryMessage {
    package static func write<Asked: Query>(
        _ query: Asked, names: Names = .asShown, to buffer: inout WireBuffer
    ) {
        buffer.put(Asked.kind.rawValue)
        buffer.putFields(names: names) { writer in
            var fields = query
            fields.visitFields(&writer)
        }
    }

    /// The number of what is asked; nobody may know it.
    package static func kind(reading body: RawSpan) throws(WireError) -> UInt16 {
        var cursor = WireCursor(body)
        return try cursor.u16("kind")
    }

    /// Reads a query of a kind that `kind(reading:)` told.
    package static func read<Asked: Query>(
        _ body: RawSpan, as: Asked.Type, names: Names = .asShown
    ) throws(WireError) -> Asked {
        var reader = MessageReader(body, names: names)
        var (kind, query) = (QueryKind.status, Asked())
        try reader.field("kind", &kind)
        guard kind == Asked.kind else { throw WireError("kind", "is \(kind), not \(Asked.kind)") }
        try query.visitFields(&reader)
        try reader.expectEnd()
        return query
    }
}

/// The body of `answer`:
///
///     0  2  kind, as asked
///     2  1  1: what was asked for follows; 0: there is none by that name, or it is another's
///     3  8  position of the next event: the answer knows all events before it
///     11 …  the fields of the answer
public struct AnswerMessage<Asked: Query>: Equatable, Sendable {
    /// Behind the last event it knows.
    public var position: Position
    /// Nil: there is none by that name, or it is another's.
    public var answer: Asked.Answer?

    package init(position: Position, _ answer: Asked.Answer?) {
        (self.position, self.answer) = (position, answer)
    }

    package init(reading body: RawSpan, names: Names = .asShown) throws(WireError) {
        var reader = MessageReader(body, names: names)
        var (kind, isFound) = (QueryKind.status, false)
        position = .start
        try reader.field("kind", &kind)
        guard kind == Asked.kind else { throw WireError("kind", "is \(kind), not \(Asked.kind)") }
        try reader.field("found", &isFound)
        try reader.field("position", &position)
        if isFound {
            var read = Asked.Answer()
            try read.visitParts(&reader)
            answer = read
        }
        try reader.expectEnd()
    }

    package func write(names: Names = .asShown, to buffer: inout WireBuffer) {
        buffer.putFields(names: names) { writer in
            var (kind, isFound, position) = (Asked.kind, answer != nil, position)
            writer.field("kind", &kind)
            writer.field("found", &isFound)
            writer.field("position", &position)
            guard var answer else { return }
            answer.visitParts(&writer)
        }
    }
}
