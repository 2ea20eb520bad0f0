import Foundation
import Ledger
import LedgerSpaces
import Testing

/// Every command in every state of small spaces does what docs/matrix.md says, and what the model does.
@Suite struct MatrixTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/matrix.md")

    /// What stands above the tables.
    private static let head = """
        # Every command in every state

        What becomes of every command in every state of a few small spaces: `✓` and the facts it writes, in
        order; `=`: it exists, nothing is written; else the reason it is refused for. The tests walk each
        space breadth first from a ledger that is set up, by the steps named under *way* (`due`: time passes
        until something falls due; `wait`: three minutes). They compare what happens with this page, cell by
        cell, and with the second ledger. States in which every command does the same share a column. The
        rules are in
        [commands.md](commands.md).

        What a command asks for is in `Tests/LedgerSpaces/Moves*.swift`. It is about the first payment, its
        first capture and refund, its latest attempt and dispute, the batch of its first capture (*last*: the
        batch opened last), the first payout, the latest exception, the first API key. A payment is of 10 000
        cents; its merchant may overcapture by a tenth, has 20 000 at most, pays 2.9 % and 30 cents, and
        1 500 for a chargeback. Every command has a key: a refusal 4xx … 9xx of a caller's command is logged.

        `HOLDFAST_WRITE_MATRIX=1 swift test -c release --filter MatrixTests` writes this page; people read it.
        Whoever changes a cell says why in the same commit.

        """

    @Test func `every command in every state does what the page says`() throws {
        let scratch = Scratch()
        let setUp = LedgerPair.setUp(scratch)
        var problems: [String] = []
        var matrices: [Matrix] = []
        var (states, transitions) = (0, 0)
        for space in Space.all {
            let exploration = Exploration(space, from: setUp, scratch: scratch)
            problems += exploration.problems
            states += exploration.states.count
            transitions += exploration.transitions
            matrices.append(Matrix(exploration, scratch: scratch, problems: &problems))
        }
        print("matrix: \(states) states, \(transitions) transitions, \(states * Move.all.count) trials")
        #expect(problems.prefix(40) == [])
        // Read by people before it is committed: see the head of the page.
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_MATRIX"] != nil {
            let text = Self.head + "\n" + matrices.map(\.text).joined(separator: "\n")
            try text.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        let written = Matrix.read(try String(contentsOf: Self.page, encoding: .utf8))
        #expect(written.map(\.title) == matrices.map(\.title))
        let differences = zip(matrices, written).flatMap { $0.differences(from: $1) }
        #expect(differences.prefix(40) == [])
    }

    @Test(arguments: Ledger.Operation.allCases)
    func `every operation is tried`(_ operation: Ledger.Operation) {
        #expect(Move.all.contains { $0.operation == operation })
    }

    @Test func `every move of a space is one`() {
        for space in Space.all {
            let unknown = (space.start + space.alphabet).filter {
                ![Space.due, Space.wait].contains($0) && Move.named($0) == nil
            }
            #expect(unknown == [], "\(space.title)")
        }
        #expect(Set(Move.all.map(\.name)).count == Move.all.count)
    }

    @Test func `a cell that is wrong on the page has its name told`() {
        let scratch = Scratch()
        var problems: [String] = []
        let exploration = Exploration(Space.all[0], from: LedgerPair.setUp(scratch), scratch: scratch)
        let matrix = Matrix(exploration, scratch: scratch, problems: &problems)
        let wrong = matrix.text.replacing("merchantFrozen", with: "merchantClosed")
        let differences = Matrix.read(wrong).flatMap { matrix.differences(from: $0) }
        #expect(differences.contains { $0.contains("requestPayment allow in “merchant frozen”") })
        #expect(Matrix.read(matrix.text).flatMap { matrix.differences(from: $0) } == [])
    }
}
