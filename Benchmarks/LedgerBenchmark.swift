import CHoldfastAllocations
import Ledger
import Projections

/// What does a command cost the thread that owns the state, at ten million live payments?
///
/// Decide, apply, encode, everything on: idempotency keys (random, as their hashes are), holds with their
/// ends, lists, batches, legs onto accounts, digest. Ten thousand merchants in random order. What a commit or
/// a client costs is not in it.
struct LedgerBenchmark {
    private let payments: Int
    private let runs: Int
    private static let merchantCount: UInt32 = 10_000
    /// Commands of a run.
    private static let operations = 500_000
    /// Commands whose events share a buffer, as those of a commit do.
    private static let perCommit = 1_000

    init(payments: Int, runs: Int) {
        self.payments = payments
        self.runs = runs
    }

    func run() throws {
        var life = try LedgerDay(merchants: Self.merchantCount, payments: room)
        let start = Clock.now
        while life.made < payments {
            life.gather(min(Self.perCommit, payments - life.made)) { $0.authorize() }
            life.commit()
            life.remember()
        }
        _ = life.takeTally()
        note("\(payments) payments made in \((Clock.now - start) / 1_000_000) ms")
        try measure("authorize", &life) { $0.authorize() }
        try measure("capture", &life) { $0.capture() }
        try measureMemory(life)
        life.liveDays()
        try measure("mixed-life", &life) { $0.mixed() }
        try life.checkDone()
    }

    /// Payments that memory is taken for beforehand.
    private var room: Int { payments + runs * Self.operations * 3 / 2 }

    /// Bytes of a payment that there is room for, its row and its place in the index; of a key the same.
    private static let (paymentBytesMax, keyBytesMax) = (128.0, 40.0)

    /// What rows take while all keys of the run are remembered.
    private func measureMemory(_ life: borrowing LedgerDay) throws {
        var line = Line("ledger-memory", [], ceilings: [])
        let bytes = life.state.payments.rowByteCount + life.state.payments.indexByteCount
        let perPayment = Double(bytes) / Double(life.state.payments.count)
        let perKey = Double(life.state.keyByteCount) / Double(life.state.keyCount)
        line.add("payments", Double(life.state.payments.count))
        line.add("bytes_per_payment", perPayment)
        line.add("due_bytes_per_entry", Double(life.state.due.byteCount) / Double(life.state.due.count))
        line.add("keys", Double(life.state.keyCount))
        line.add("bytes_per_key", perKey)
        line.print()
        let perRoom = Double(bytes) / Double(max(room, life.state.payments.count))
        if perRoom > Self.paymentBytesMax { throw BenchmarkError("a payment takes \(perRoom) bytes") }
        if perKey > Self.keyBytesMax { throw BenchmarkError("a key takes \(perKey) bytes") }
    }

    /// No command moves more slots of all tables together.
    private static let movedMax: UInt64 = 64

    /// What does one command, or one event that falls due, make all indexes together move, while all of them
    /// grow from nothing? A mixed life of some weeks in a state that took no memory beforehand: months turn,
    /// keys are forgotten, holds end.
    func runGrowth() throws {
        var life = try LedgerDay(merchants: Self.merchantCount, payments: nil)
        // Less than a hold lasts, at ten million payments, and over the end of a month.
        life.liveDays(millisecondsBetweenCommands: 100)
        let start = Clock.now
        while life.made < payments {
            life.gather(Self.perCommit) { $0.made < 10_000 ? $0.authorize() : $0.mixed() }
            life.commitWatchingSlots()
            life.remember()
        }
        var line = Line("ledger-growth", [], ceilings: [])
        line.add("payments", Double(life.made))
        line.add("slots_moved", Double(life.state.slotsMoved()))
        line.add("slots_moved_by_one_command_most", Double(life.slotsMovedMost))
        line.add("commands", text: life.takeTally())
        line.add("seconds", Double(Clock.now - start) / 1e9)
        line.print()
        try life.checkDone()
        if life.slotsMovedMost > Self.movedMax {
            throw BenchmarkError("one command moved \(life.slotsMovedMost) slots of all tables together")
        }
    }

    /// Every command has a key, whose row is one of 2,048 of a block, and so is its place in an index; the
    /// rest is a few hundred doublings in all. One allocation a command of any one kind would be more.
    private static let allocationsMax = 1.0 / 512

    /// Commands are drawn beforehand and not measured: a server finds them in its inbox.
    private func measure(
        _ name: String, _ life: inout LedgerDay, _ command: (inout LedgerDay) -> Command
    ) throws {
        var measured: [Run] = []
        var allocations: UInt64 = 0
        for _ in 0..<runs {
            var durations = Durations(capacity: Self.operations / Self.perCommit)
            var spent: UInt64 = 0
            for _ in 0..<Self.operations / Self.perCommit {
                life.gather(Self.perCommit, command)
                let before = holdfast_allocations_of_thread()
                let mark = Clock.now
                life.commit()
                let duration = Clock.now - mark
                allocations += holdfast_allocations_of_thread() - before
                spent += duration
                durations.add(duration)
                life.remember()
            }
            measured.append(Run(count: Self.operations, nanoseconds: spent, durations: durations))
        }
        var line = Line(name, measured, ceilings: [])
        line.add("with", text: "keys, holds, due, merchant lists, batches, accounts, risk windows, digest")
        line.add("of_what", text: "p50 and p99 of \(Self.perCommit) commands")
        let perCommand = Double(allocations) / Double(runs * Self.operations)
        line.add("allocations_per_command", perCommand)
        line.add("refused", Double(life.refused))
        line.add("commands", text: life.takeTally())
        line.print()
        if perCommand > Self.allocationsMax {
            throw BenchmarkError("\(name): \(perCommand) allocations a command")
        }
    }
}
