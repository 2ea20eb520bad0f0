import Projections

/// A row as small as rows get, with a link that is no content.
struct SmallRow: TableRow, Equatable {
    var id: UInt64
    var amount: Int64
    var link = RowNumber.none

    static let table = TableNumber(raw: 900)
    var key: UInt64 { id }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(amount)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.amount == right.amount && left.link == right.link
    }
}

/// Sixty-four bytes, all of them content.
struct WideRow: TableRow, Equatable {
    var id: UInt64
    var words: [7 of UInt64]

    static let table = TableNumber(raw: 901)
    var key: UInt64 { id }

    init(id: UInt64, words: [7 of UInt64] = [7 of UInt64](repeating: 0)) {
        self.id = id
        self.words = words
    }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        for index in words.indices { hasher.combine(words[index]) }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.words.indices.allSatisfy { left.words[$0] == right.words[$0] }
    }
}

extension TableDigest {
    /// From scratch, in any order.
    init(recomputedFrom rows: some Sequence<some TableRow>) {
        self.init()
        for row in rows { add(row) }
    }
}

/// Debug builds do less of what is the same a million times.
let scale = _isDebugAssertConfiguration() ? 1 : 10
