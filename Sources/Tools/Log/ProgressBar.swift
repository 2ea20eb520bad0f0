import Glibc
import LogStore
import Synchronization

/// Draws how far a verification is, on a terminal's standard error; nothing elsewhere. Has a thread of
/// its own.
final class ProgressBar: Sendable {
    private let progress: VerificationProgress
    private let isOver = Atomic<Bool>(false)
    private let wake = Signal()
    private let thread: Mutex<DedicatedThread?>

    init(_ progress: VerificationProgress) {
        self.progress = progress
        thread = Mutex(nil)
        guard StandardError.isTerminal else { return }
        let drawing = DedicatedThread(name: "progress") { [self] in draw() }
        thread.withLock { $0 = drawing }
    }

    func stop() {
        isOver.store(true, ordering: .releasing)
        wake.raise()
        let running = thread.withLock { $0.take() }
        guard let running else { return }
        running.join()
        StandardError.raw("\r\u{1B}[K")
    }

    private func draw() {
        let start = ContinuousClock.now
        while !isOver.load(ordering: .acquiring) {
            let seen = wake.current
            wake.wait(since: seen, timeoutNanoseconds: 200_000_000)
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            StandardError.raw("\r\u{1B}[K" + Self.line(progress, elapsed: elapsed))
        }
    }

    private static func line(_ progress: VerificationProgress, elapsed: Double) -> String {
        let (done, total) = (progress.bytesDone, max(progress.bytesTotal, 1))
        let share = min(1, Double(done) / Double(total))
        let filled = Int(share * 30)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        let rate = elapsed > 0 ? UInt64(Double(progress.eventsDone) / elapsed) : 0
        let eta = share > 0.01 ? "\(UInt64(elapsed / share - elapsed)) s left" : ""
        return "[\(bar)] \(TimeText.bytes(done)) of \(TimeText.bytes(total)), \(rate) events/s, \(eta)"
    }
}
