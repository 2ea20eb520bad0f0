import Client
import Ledger
import Protocol

/// What became of the rows of an import.
struct ImportReport {
    private let file: String
    private var rows = 0
    private var done = 0
    private var existed = 0
    private var refused = 0
    private var badRows = 0
    private var reasons: [String: Int] = [:]
    /// Minor units of what was done now or before.
    private var sums: [Currency: Int128] = [:]
    private var problems: [ImportProblem] = []
    private let began = ContinuousClock.now
    private var lastDrawn: ContinuousClock.Instant?

    /// Problems that are told one by one.
    private static var problemsMax: Int { 1_000 }

    init(_ file: String) { self.file = file }

    private struct Document: Encodable {
        let file: String
        let rows: Int
        let done: Int
        let existed: Int
        let refused: Int
        let bad: Int
        let refusals: [String: Int]
        /// By currency, as people write them.
        let amounts: [String: String]
        /// The first of them.
        let problems: [ImportProblem]
        let seconds: Double
    }

    /// A row that could not be asked for.
    mutating func bad(_ problem: ImportProblem) {
        rows += 1
        badRows += 1
        note(problem)
    }

    /// A row that was.
    mutating func add(_ row: ImportRow, _ result: CommandResult, _ columns: ImportColumns) {
        rows += 1
        switch result.status {
        case .refused(let code), .exists(.refused(let code)):
            refused += 1
            reasons["\(code)", default: 0] += 1
            note(columns.problem(row, code))
        case .done:
            done += 1
            sums[row.currency, default: 0] += Int128(row.minorUnits)
        case .exists:
            existed += 1
            sums[row.currency, default: 0] += Int128(row.minorUnits)
        }
        draw()
    }

    private mutating func note(_ problem: ImportProblem) {
        if problems.count < Self.problemsMax { problems.append(problem) }
    }

    /// On a terminal, at most five times a second.
    private mutating func draw() {
        guard StandardError.isTerminal, rows % 512 == 0 else { return }
        let now = ContinuousClock.now
        if let lastDrawn, now - lastDrawn < .milliseconds(200) { return }
        lastDrawn = now
        let perSecond = Int(Double(rows) / max(seconds, 0.001))
        StandardError.raw("\r\u{1B}[K\(rows) rows, \(refused + badRows) not done, \(perSecond) rows/s")
    }

    private var seconds: Double { (ContinuousClock.now - began) / .seconds(1) }

    /// - Throws: with status 20 if rows were not done: after all was told.
    func tell(json: Bool) throws {
        if lastDrawn != nil { StandardError.raw("\r\u{1B}[K") }
        for problem in problems {
            let name = problem.name.isEmpty ? "" : "\(problem.name): "
            StandardError.write("\(file):\(problem.line):\(problem.column): \(name)\(problem.problem)")
        }
        if refused + badRows > problems.count {
            StandardError.write("… and \(refused + badRows - problems.count) more")
        }
        if json { try StandardOutput.json(document) } else { try StandardOutput.line(text) }
        if refused + badRows > 0 { throw ExitStatus.refused.code }
    }

    private var document: Document {
        let amounts = sums.map { ($0.key.code, MoneyText.text($0.value, $0.key)) }
        return Document(
            file: file, rows: rows, done: done, existed: existed, refused: refused, bad: badRows,
            refusals: reasons, amounts: Dictionary(uniqueKeysWithValues: amounts), problems: problems,
            seconds: seconds)
    }

    private var text: String {
        let money = sums.sorted { $0.key.code < $1.key.code }
            .map { "\(MoneyText.text($0.value, $0.key)) \($0.key.code)" }.joined(separator: ", ")
        return "\(rows) rows: \(done) done, \(existed) were there, \(refused) refused, \(badRows) bad"
            + (money.isEmpty ? "" : "; \(money)")
    }
}
