import LogStore
import Replay

/// Draws how far a replay is, on a terminal's standard error; nothing elsewhere. Used by the thread that
/// replays.
struct ReplayProgressLine {
    private let isOn = StandardError.isTerminal
    private let start = ContinuousClock.now
    private var lastDrawn: ContinuousClock.Instant?

    /// Draws at most five times a second.
    mutating func draw(_ progress: ReplayProgress) {
        guard isOn else { return }
        let now = ContinuousClock.now
        if let lastDrawn, now - lastDrawn < .milliseconds(200) { return }
        lastDrawn = now
        let filled = Int(progress.share * 30)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        StandardError.raw(
            "\r\u{1B}[K[\(bar)] \(progress.eventCount) events, \(rate(progress, at: now)) events/s")
    }

    func end() {
        if lastDrawn != nil { StandardError.raw("\r\u{1B}[K") }
    }

    /// Events a second so far.
    func rate(_ progress: ReplayProgress, at now: ContinuousClock.Instant = .now) -> UInt64 {
        let seconds = (now - start) / .seconds(1)
        return seconds > 0 ? UInt64(Double(progress.eventCount) / seconds) : 0
    }
}
