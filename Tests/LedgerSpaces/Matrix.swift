// The page: every move in every state of every space, as it is and as it is written down.

/// What becomes of every move in the states of one space.
package struct Matrix: Equatable, Sendable {
    /// One state, by the letters of its column.
    package struct State: Equatable, Sendable {
        package let name: String
        package let way: String
        package let column: String
    }

    package let title: String
    package internal(set) var states: [State] = []
    /// By move, then column.
    package internal(set) var cells: [String: [String: String]] = [:]
    /// Moves in their order.
    package internal(set) var moves: [String] = []

    package init(title: String) { self.title = title }

    /// What becomes of a move in a state.
    package func outcome(of move: String, in state: State) -> String? { cells[move]?[state.column] }

    /// Columns in their order.
    package var columns: [String] {
        states.reduce(into: []) { if $0.last != $1.column, !$0.contains($1.column) { $0.append($1.column) } }
    }
}

extension Matrix {
    /// Tries every move in every state. States in which every move does the same share a column.
    ///
    /// - Parameter problems: takes what went wrong.
    package init(_ exploration: Exploration, scratch: Scratch, problems: inout [String]) {
        self.init(title: exploration.space.title)
        moves = Move.all.map(\.name)
        var columns: [[String]: String] = [:]
        // A replay is a ledger more: once for each outcome of a move here; always in the campaign.
        var replayed: Set<String> = []
        for state in exploration.states {
            let trials = Trials(at: state.place, scratch: scratch) {
                replayed.insert("\($0.name) \($1)").inserted
            }
            let outcomes = trials.outcomes
            problems += trials.problems.map { "\(title), “\(state.name)”: \($0)" }
            let column = columns[outcomes] ?? Self.letters(columns.count)
            if columns.updateValue(column, forKey: outcomes) == nil {
                for (move, outcome) in zip(moves, outcomes) { cells[move, default: [:]][column] = outcome }
            }
            let way = state.way.isEmpty ? "—" : state.way.joined(separator: " · ")
            states.append(State(name: state.name, way: way, column: column))
        }
    }

    /// A, B, … Z, AA, AB, …
    private static func letters(_ index: Int) -> String {
        let letter = String(UnicodeScalar(UInt8(65 + index % 26)))
        return index < 26 ? letter : letters(index / 26 - 1) + letter
    }
}

extension Matrix {
    /// Columns of one table at most.
    private static let columnsPerTable = 8

    /// Its section of the page.
    package var text: String {
        var lines = ["## \(title)", "", "| | state | way |", "|---|---|---|"]
        lines += states.map { "| \($0.column) | \($0.name) | \($0.way) |" }
        let columns = columns
        let isSame = { (move: String) in Set((cells[move] ?? [:]).values).count == 1 }
        for start in stride(from: 0, to: columns.count, by: Self.columnsPerTable) {
            let some = columns[start..<min(start + Self.columnsPerTable, columns.count)]
            let differing = moves.filter { !isSame($0) }
            if differing.isEmpty { continue }
            lines += ["", "| operation | \(some.joined(separator: " | ")) |"]
            lines.append("|---|" + some.map { _ in "---|" }.joined())
            for move in differing {
                lines.append("| \(move) | \(some.map { cells[move]?[$0] ?? "" }.joined(separator: " | ")) |")
            }
        }
        lines += ["", "| in every state | |", "|---|---|"]
        for move in moves where isSame(move) {
            lines.append("| \(move) | \(cells[move]?[columns[0]] ?? "") |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads the sections of a page, as written by `text`; whatever else stands there is for people.
    package static func read(_ page: String) -> [Matrix] {
        var found: [Matrix] = []
        var header: [String] = []
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("## ") { found.append(Matrix(title: String(line.dropFirst(3)))) }
            guard line.hasPrefix("|"), line.hasSuffix("|"), !found.isEmpty else {
                header = []
                continue
            }
            let fields = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimming }
            if header.isEmpty {
                header = fields
            } else if !fields[0].hasPrefix("---") {
                found[found.count - 1].take(fields, under: header)
            }
        }
        return found
    }

    private mutating func take(_ fields: [String], under header: [String]) {
        guard fields.count == header.count, fields.count >= 2 else { return }
        if header.last == "way" {
            states.append(State(name: fields[1], way: fields[2], column: fields[0]))
        } else if header[0] == "in every state" {
            if !moves.contains(fields[0]) { moves.append(fields[0]) }
            for column in columns { cells[fields[0], default: [:]][column] = fields[1] }
        } else {
            if !moves.contains(fields[0]) { moves.append(fields[0]) }
            for (column, outcome) in zip(header, fields).dropFirst() {
                cells[fields[0], default: [:]][column] = outcome
            }
        }
    }

    /// Where a page says something else, cell by cell.
    package func differences(from page: Matrix) -> [String] {
        var found: [String] = []
        let written = Dictionary(page.states.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for state in states {
            guard let other = written[state.name] else {
                found.append("\(title): “\(state.name)” is not on the page")
                continue
            }
            for move in moves {
                let (ours, theirs) = (outcome(of: move, in: state), page.outcome(of: move, in: other))
                if ours != theirs {
                    let said = theirs ?? "nothing"
                    found.append(
                        "\(title): \(move) in “\(state.name)” is \(ours ?? "none"), the page says \(said)")
                }
            }
        }
        let names = Set(states.map(\.name))
        for state in page.states where !names.contains(state.name) {
            found.append("\(title): “\(state.name)” is on the page, but not reached")
        }
        for move in page.moves where !moves.contains(move) {
            found.append("\(title): \(move) is on the page, but no move")
        }
        return found
    }
}

extension Substring {
    fileprivate var trimming: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
