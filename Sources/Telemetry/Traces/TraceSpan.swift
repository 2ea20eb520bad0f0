/// A span on its way to a collector. Times are nanoseconds since 1970.
package struct TraceSpan: Equatable, Sendable {
    /// 32 and 16 hexadecimal digits, as W3C writes them.
    package var trace: String
    package var id: UInt64
    /// 0: it has none.
    package var parent: UInt64
    package var name: String
    package var start: UInt64
    package var end: UInt64
    package var attributes: [(name: String, value: String)] = []
    /// Moments in it.
    package var events: [(name: String, at: UInt64)] = []
    /// Nil: nothing went wrong.
    package var problem: String?

    package init(trace: String, id: UInt64, parent: UInt64, name: String, start: UInt64, end: UInt64) {
        (self.trace, self.id, self.parent, self.name) = (trace, id, parent, name)
        (self.start, self.end) = (start, end)
    }

    package static func == (a: TraceSpan, b: TraceSpan) -> Bool {
        a.trace == b.trace && a.id == b.id && a.parent == b.parent && a.name == b.name && a.start == b.start
            && a.end == b.end && a.problem == b.problem && a.attributes.elementsEqual(b.attributes, by: ==)
            && a.events.elementsEqual(b.events, by: ==)
    }
}
