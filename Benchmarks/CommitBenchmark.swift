import Foundation
import LogStore

/// How long does one event take to become durable, alone and with nothing else in flight?
///
/// Files are small, so that every few thousand commits the next one is zeroed meanwhile: the 99th percentile
/// is told apart for rounds with and without that. Ceiling: a 4 KiB page with bare system calls, in slices
/// between the rounds.
struct CommitBenchmark {
    private let setting: Setting
    private static let slices = 20

    init(_ setting: Setting) { self.setting = setting }

    func run() throws {
        let log = try openLog()
        let ceiling = try WriteCeiling(setting.place, byteCount: 4096)
        var events = PaymentEvents(eventsMax: 1)
        var runs: [Run] = []
        var (quiet, zeroing) = ([Double](), [Double]())
        var zeroingCount = 0
        for number in 0...setting.runs {
            var durations = Rounds()
            for _ in 0..<Self.slices {
                if number > 0 { try ceiling.measure(writes: 200, unitsPerWrite: 1) }
                try commit(setting.rounds / Self.slices, &events, to: log, &durations)
            }
            if number == 0 { continue }  // Warm-up.
            runs.append(durations.run)
            quiet.append(durations.quiet.percentile(0.99))
            zeroing.append(durations.zeroing.percentile(0.99))
            zeroingCount += durations.zeroing.count
        }
        try log.close(time: events.time)
        let best = ceiling.best
        var line = Line("commit-1", runs, ceilings: best.runs)
        line.add("unit", text: "commits")
        line.add("ceiling_method", text: best.method.rawValue)
        line.add("p99_us_quiet", quiet.median)
        line.add("p99_us_zeroing", zeroing.median)
        line.add("rounds_zeroing", Double(zeroingCount))
        line.add("rounds", Double(setting.rounds * setting.runs))
        line.print()
        setting.place.remove("log-commit")
    }

    private func openLog() throws -> LogStore<LinuxPlatform, PaymentIndex> {
        var options = try setting.options(isEncrypted: false)
        options.geometry.walBytes = 16 << 20
        options.geometry.zeroStepBytes = setting.zeroStepBytes
        let root = try setting.place.fresh("log-commit")
        return try LogStore.open(
            platform: LinuxPlatform(disk: LinuxStorage(root: root)), options: options, index: PaymentIndex(),
            time: PaymentEvents.november)
    }

    private func commit(
        _ rounds: Int, _ events: inout PaymentEvents, to log: LogStore<LinuxPlatform, PaymentIndex>,
        _ durations: inout Rounds
    ) throws {
        if log.hasOwnActs { try log.appendOwnActs(time: events.time) }
        events.time = max(events.time, log.position.lastTime + 1)
        for _ in 0..<rounds {
            events.make(1)
            let isZeroing = log.parts.exchange.needsNextFile
            let start = Clock.now
            let end = try log.appendWaiting(events.group).upperBound
            guard log.waitUntilDurable(end) else { throw LogStoreError.stopped("during a run") }
            durations.add(Clock.now - start, isZeroing: isZeroing)
        }
    }
}

/// The rounds of one run, also by whether the next file was being zeroed when they began.
private struct Rounds {
    private(set) var quiet = Durations()
    private(set) var zeroing = Durations()

    mutating func add(_ nanoseconds: UInt64, isZeroing: Bool) {
        if isZeroing { zeroing.add(nanoseconds) } else { quiet.add(nanoseconds) }
    }

    var run: Run {
        var all = quiet
        all.add(zeroing)
        return Run(count: all.count, nanoseconds: all.values.reduce(0, +), durations: all)
    }
}
