import Foundation
import Ledger
import Projections

/// Card transactions that somebody else made, all the way through the ledger: every total equals what a
/// second program in another language works out from the same rows.
///
/// The rows are those of `HOLDFAST_DATA` (see `GroundFiles`), and the whole campaign fails with others than
/// are known to be there. Where there are none and no directory is named, as many are made up, and the result
/// says so: `made up`. `--case totals` prints the ledger's totals. A case is a command.
package struct LedgerGround: Campaign {
    /// A deliberate mistake; the campaign must find it.
    package enum Mutation: Sendable, CaseIterable {
        /// The ledger is not told one row.
        case rowLost
        /// The second program is not told one.
        case rowLostBeside
    }

    private let mutation: Mutation?
    private let isQuiet: Bool
    private let directory: String?

    /// - Parameters:
    ///   - isQuiet: whether to keep to itself what it runs against.
    ///   - directory: where the rows are; nil for where they usually are.
    package init(mutation: Mutation? = nil, isQuiet: Bool = false, directory: String? = nil) {
        self.mutation = mutation
        self.isQuiet = isQuiet
        self.directory = directory
    }

    package let name = "ledger-ground"

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        var result = CampaignResult()
        do {
            let most = share == 1 ? Int.max : max(1, Int(Double(GroundFiles.rowCount) * share))
            let files = try GroundFiles(in: directory, orGenerate: min(most, GroundFiles.rowCount))
            if files.isGenerated, !isQuiet { note("no card transactions are here: rows are made up\n") }
            try compare(files, most: most, printsTotals: progress.onlyCase == "totals", &result)
            try files.remove()
        } catch { result.fail(.init(replay: "totals", "\(error)")) }
        return result
    }

    private func compare(
        _ files: GroundFiles, most: Int, printsTotals: Bool, _ result: inout CampaignResult
    ) throws {
        let start = ContinuousClock.now
        let rows = try files.rows(most: most)
        if most == .max, !files.isGenerated { try GroundFiles.checkAll(rows) }
        let read = ContinuousClock.now
        var life = GroundLife(rows: rows)
        life.run(dropping: mutation == .rowLost ? rows.count / 2 : nil)
        let lived = ContinuousClock.now
        let ours = life.totals.named(with: life.state)
        if printsTotals { try Self.print(ours) }
        let theirs = try Self.secondTotals(files, most: most, dropping: secondDrop(rows.count))
        Self.compare(ours, theirs, &result)
        Self.check(life, &result)
        result.cases = life.commandCount
        result.add(files.isGenerated ? 1 : 0, to: "made up")
        result.add(rows.count, to: "rows")
        result.add(Int(life.state.next.raw), to: "events")
        result.add(ours["risk.card.known"] ?? 0, to: "rows of a card that was known")
        result.add(ours["risk.card.unusual"] ?? 0, to: "rows of an unusual amount for their card")
        result.add(ours["answers.refused.amountZero"] ?? 0, to: "refused: amountZero")
        result.add(Set(ours.keys).union(theirs.keys).count, to: "totals compared")
        result.add(Self.milliseconds(read - start), to: "ms reading rows")
        result.add(Self.milliseconds(lived - read), to: "ms in the ledger, twice")
        result.add(Self.milliseconds(.now - lived), to: "ms in the second program")
    }

    private func secondDrop(_ count: Int) -> Int? { mutation == .rowLostBeside ? count / 2 : nil }

    /// What the second program says.
    private static func secondTotals(
        _ files: GroundFiles, most: Int, dropping dropped: Int?
    ) throws -> [String: Int] {
        var arguments = [GroundFiles.script, "--rows", "\(most)"]
        if let dropped { arguments += ["--drop", "\(dropped)"] }
        return try JSONDecoder().decode(
            [String: Int].self, from: try runProgram("python3", arguments + files.paths))
    }

    /// Name by name; what one of them has no name for is 0.
    private static func compare(
        _ ours: [String: Int], _ theirs: [String: Int], _ result: inout CampaignResult
    ) {
        for name in Set(ours.keys).union(theirs.keys).sorted() where ours[name] ?? 0 != theirs[name] ?? 0 {
            result.fail(
                .init(
                    replay: "totals",
                    "\(name): \(ours[name] ?? 0), the second program says \(theirs[name] ?? 0)"))
        }
    }

    /// What must hold whatever the totals.
    private static func check(_ life: borrowing GroundLife, _ result: inout CampaignResult) {
        func fail(_ what: String) { result.fail(.init(replay: "totals", what)) }
        if let failure = life.failure { fail(failure) }
        var (posted, pending) = (Int128(0), Int128(0))
        for line in life.state.trialBalance {
            posted += Int128(line.debitsPosted) - Int128(line.creditsPosted)
            pending += Int128(line.debitsPending) - Int128(line.creditsPending)
        }
        if posted != 0 || pending != 0 { fail("the trial balance is \(posted), pending \(pending)") }
        for line in life.state.safeguarding where line.shortfall > 0 { fail("safeguarding: \(line)") }
        if life.replayed.digest != life.state.digest { fail("the events give another state") }
    }

    private static func print(_ totals: [String: Int]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        FileHandle.standardOutput.write(try encoder.encode(totals) + Data("\n".utf8))
    }

    private static func milliseconds(_ time: Duration) -> Int {
        Int(time.components.seconds) * 1_000 + Int(time.components.attoseconds / 1_000_000_000_000_000)
    }

    private func note(_ text: String) { FileHandle.standardError.write(Data("\(name): \(text)".utf8)) }
}
