import ArgumentParser
import CHoldfastAllocations
import Foundation
import LogStore

/// `holdfast-bench`: what the log costs on this machine, beside what the machine could do.
///
/// Each row is one line of JSON on standard output; what a person may want to know besides goes to standard
/// error. The machine's own speed (the ceiling) is measured in between the runs, in the same process and on
/// the same disk, because a shared machine changes from second to second.
@main struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast-bench", abstract: "Measure the log beside what this machine could do.")

    /// Rows in the order they run: later ones read what earlier ones wrote.
    enum Row: String, CaseIterable, ExpressibleByArgument {
        case writeMethods = "write-methods"
        case append
        case readWAL = "read-wal"
        case appendEncrypted = "append-encrypted"
        case seal
        case readSealed = "read-sealed"
        case commit = "commit-1"
        case compression
        case allocations
        case tableInsert = "table-insert"
        case tableGrowth = "table-growth"
        case tableFind = "table-find"
        case tableUpdate = "table-update"
        case dueHeap = "due-push-pop"
        case rowHash = "row-hash"
        case ledger
        case rebuild
        case snapshot
        case snapshotEncrypted = "snapshot-encrypted"
        // Last: it ends the program with an error if a command moves more than it may.
        case ledgerGrowth = "ledger-growth"
    }

    @Option(help: "Directory to write in; without it a temporary one below the current directory.")
    var directory: String?

    @Option(help: "Runs of each row; the median is reported.")
    var runs = 5

    @Option(help: "Millions of events an append run writes.")
    var millions = 2

    @Option(help: "Rounds of a commit-1 run.")
    var rounds = 20_000

    @Option(help: "Bytes the next file is zeroed at a time, in commit-1.")
    var zeroStep = LogGeometry.production.zeroStepBytes

    @Option(help: "Millions of rows in table-… and due-…, of live payments in ledger, rebuild and snapshot.")
    var tableMillions = 10

    @Option(help: "Only these rows (may be given several times).")
    var row: [Row] = []

    func validate() throws {
        guard runs > 0, millions > 0, rounds > 0, tableMillions > 0 else {
            throw ValidationError("counts are positive")
        }
    }

    func run() throws {
        let place = try Place(directory: directory)
        defer { place.remove() }
        let setting = Setting(
            place: place, runs: runs, eventsPerRun: millions * 1_000_000, rounds: rounds,
            zeroStepBytes: zeroStep)
        let wanted = Set(row.isEmpty ? Row.allCases : row)
        for row in Row.allCases where wanted.contains(row) {
            let start = Clock.now
            try measure(row, setting, wanted)
            note("\(row.rawValue) took \((Clock.now - start) / 1_000_000) ms")
        }
    }

    private var tables: TableBenchmark { TableBenchmark(rows: tableMillions * 1_000_000, runs: runs) }

    private func snapshots(_ setting: Setting, isEncrypted: Bool) -> SnapshotBenchmark {
        SnapshotBenchmark(setting, payments: tableMillions * 1_000_000, isEncrypted: isEncrypted)
    }

    private func measure(_ row: Row, _ setting: Setting, _ wanted: Set<Row>) throws {
        switch row {
        case .writeMethods: try WriteMethodBenchmark(setting).run()
        case .append: try AppendBenchmark(setting, isEncrypted: false).run()
        case .appendEncrypted: try AppendBenchmark(setting, isEncrypted: true).run()
        case .readWAL:
            try setting.ensureLog(isEncrypted: false)
            try ReadBenchmark(setting).runWAL()
            setting.place.removeLog(isEncrypted: false)
        case .seal:
            try setting.ensureLog(isEncrypted: true)
            try SealBenchmark(setting).run()
        case .readSealed:
            if !wanted.contains(.seal) { try SealBenchmark(setting).prepareOnly() }
            try ReadBenchmark(setting).runSealed()
            setting.place.removeLog(isEncrypted: true)
        case .commit: try CommitBenchmark(setting).run()
        case .compression: try CompressionBenchmark().run()
        case .allocations: try AllocationBenchmark(setting).run()
        case .tableInsert: tables.runInsert()
        // As many as there may be live payments.
        case .tableGrowth: try GrowthBenchmark(rows: 5 * tableMillions * 1_000_000).run()
        case .tableFind: tables.runFind()
        case .tableUpdate: tables.runUpdate()
        case .dueHeap: tables.runDue()
        case .rowHash: tables.runHash()
        case .ledger: try LedgerBenchmark(payments: tableMillions * 1_000_000, runs: runs).run()
        case .ledgerGrowth: try LedgerBenchmark(payments: tableMillions * 1_000_000, runs: 1).runGrowth()
        case .rebuild: try snapshots(setting, isEncrypted: false).runRebuild()
        case .snapshot: try snapshots(setting, isEncrypted: false).runSnapshot()
        case .snapshotEncrypted: try snapshots(setting, isEncrypted: true).runSnapshot()
        }
    }
}

/// What every row is told.
struct Setting {
    let place: Place
    let runs: Int
    let eventsPerRun: Int
    let rounds: Int
    let zeroStepBytes: Int

    /// Frames of 256 KiB in production files; what is not sealed yet may pile up.
    static var geometry: LogGeometry {
        var geometry = LogGeometry.production
        geometry.frameBytesMax = 256 << 10
        geometry.sealBacklogBytesMax = .max
        return geometry
    }

    func options(isEncrypted: Bool) throws -> LogOptions {
        var options = LogOptions()
        options.geometry = Self.geometry
        options.sealsInBackground = false
        if isEncrypted {
            options.keyEncryptionKey = try KeyEncryptionKey(
                text: String(repeating: "0123456789abcdef", count: 4))
        }
        return options
    }

    /// Writes a log to read if no earlier row did.
    func ensureLog(isEncrypted: Bool) throws {
        let name = Place.logName(isEncrypted: isEncrypted)
        if FileManager.default.fileExists(atPath: place.path(name)) { return }
        try AppendBenchmark(self, isEncrypted: isEncrypted).write()
    }
}

/// The directory everything is written in.
struct Place {
    let root: String
    private let isTemporary: Bool

    init(directory: String?) throws {
        root = directory ?? "holdfast-bench-\(ProcessInfo.processInfo.processIdentifier).tmp"
        isTemporary = directory == nil
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    static func logName(isEncrypted: Bool) -> String { isEncrypted ? "log-encrypted" : "log" }

    /// An empty directory of this name.
    func fresh(_ name: String) throws -> String {
        remove(name)
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        return path(name)
    }

    func remove(_ name: String) {
        guard FileManager.default.fileExists(atPath: path(name)) else { return }
        do { try FileManager.default.removeItem(atPath: path(name)) } catch { note("\(error)") }
    }

    func removeLog(isEncrypted: Bool) { remove(Self.logName(isEncrypted: isEncrypted)) }

    func remove() {
        let names = [false, true].map(Self.logName) + ["raw-direct.tmp", "raw-sync.tmp"]
        for name in names { remove(name) }
        guard isTemporary else { return }
        do { try FileManager.default.removeItem(atPath: root) } catch { note("\(error)") }
    }
}
