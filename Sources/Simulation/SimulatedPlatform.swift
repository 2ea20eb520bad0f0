package import LogStore
internal import Synchronization

/// The simulated machine: disk, clock and randomness. Same seed, same calls: same bytes.
package struct SimulatedPlatform: Platform {
    package let disk: SimulatedStorage
    package let clock: SimulatedClock
    private let random: SimulatedRandom

    package init(
        disk: SimulatedStorage = SimulatedStorage(), clock: SimulatedClock = SimulatedClock(), seed: UInt64
    ) {
        self.disk = disk
        self.clock = clock
        random = SimulatedRandom(seed: seed)
    }

    package var process: ProcessIdentity { ProcessIdentity(number: 1, bootID: "simulated") }
    package func wallTime() -> UInt64 { clock.readWall() }
    package func monotonicTime() -> UInt64 { clock.readMonotonic() }
    package func fillRandom(_ bytes: inout MutableRawSpan) { random.fill(&bytes) }
}

/// A clock that moves when it is told to, or by a fixed step at each reading. Any thread may use it.
package final class SimulatedClock: Sendable {
    private struct Times: Sendable {
        var wall: UInt64
        var monotonic: UInt64
    }

    private let times: Mutex<Times>
    private let step: UInt64

    /// 2026-11-01 00:00:00 UTC in nanoseconds.
    package static let defaultWall: UInt64 = 1_793_491_200_000_000_000

    /// - Parameter step: nanoseconds both clocks move *before* each reading.
    package init(wall: UInt64 = defaultWall, monotonic: UInt64 = 1_000_000_000, step: UInt64 = 0) {
        times = Mutex(Times(wall: wall, monotonic: monotonic))
        self.step = step
    }

    /// Moves both clocks forward.
    package func advance(nanoseconds: UInt64) {
        times.withLock { times in
            times.wall += nanoseconds
            times.monotonic += nanoseconds
        }
    }

    /// What the wall clock says, without moving it.
    package var wall: UInt64 { times.withLock { $0.wall } }

    /// Sets the wall clock, as an operator or a time server does; the monotonic clock does not notice.
    package func setWall(_ time: UInt64) { times.withLock { $0.wall = time } }

    func readWall() -> UInt64 {
        advance(nanoseconds: step)
        return times.withLock { $0.wall }
    }

    func readMonotonic() -> UInt64 {
        advance(nanoseconds: step)
        return times.withLock { $0.monotonic }
    }
}

/// Shared deterministic randomness.
final class SimulatedRandom: Sendable {
    private let generator: Mutex<SeededRandom>

    init(seed: UInt64) { generator = Mutex(SeededRandom(seed: seed)) }

    func fill(_ bytes: inout MutableRawSpan) {
        for offset in 0..<bytes.byteCount {
            let byte = UInt8(truncatingIfNeeded: generator.withLock { $0.next() } >> 56)
            bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
        }
    }
}
