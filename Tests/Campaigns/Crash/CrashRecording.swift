import LogStore
import Simulation
import Synchronization

/// The disk before one operation of a scripted run, and what was promised by then.
struct CrashFork: Sendable {
    /// Which process.
    var life: Int
    var step: String
    var operation: OperationRecord
    var disk: SimulatedDisk
    /// Events a caller had been told are durable; nil while the process was still opening the log.
    var acknowledged: UInt64?
    /// Which key-encryption keys may open it: two in the middle of a rotation.
    var keys: [KeyEncryptionKey?]
    /// The archive on another machine at that moment; nil if there is none, or if it shares the disk.
    var archive: SimulatedDisk?
    /// What an operator has decided about the disk this process found, and would decide again.
    var decision: LogOptions.AcceptedCut?

    var description: String { "before \(operation) in step \"\(step)\" of process \(life)" }
}

/// Collects a fork at every operation of a storage. Called under the storage's lock.
final class CrashRecorder: Sendable {
    private struct State {
        var forks: [CrashFork] = []
        var durable: [UInt64] = []
        var life = 0
        var step = ""
        var keys: [KeyEncryptionKey?] = [nil]
        var progress: DurableProgress?
        var archive: SimulatedStorage?
        var decision: LogOptions.AcceptedCut?
        var isOff = false
    }

    private let state = Mutex(State())

    /// What `SimulatedStorage` calls.
    var hook: SimulatedStorage.Hook {
        { [self] operation, disk in
            state.withLock { state in
                if state.isOff { return }
                let acknowledged = state.progress?.durableEnd
                if let acknowledged, state.durable.last != acknowledged { state.durable.append(acknowledged) }
                state.forks.append(
                    CrashFork(
                        life: state.life, step: state.step, operation: operation, disk: disk,
                        acknowledged: acknowledged, keys: state.keys, archive: state.archive?.disk,
                        decision: state.decision))
            }
        }
    }

    var forks: [CrashFork] { state.withLock { $0.forks } }
    /// Every count of durable events since the present process opened its log.
    var durableCounts: [UInt64] { state.withLock { $0.durable } }

    func begin(step: String) { state.withLock { $0.step = step } }
    /// From now on forks keep a copy of that archive.
    func setArchive(_ archive: SimulatedStorage) { state.withLock { $0.archive = archive } }
    /// Whether operations are worth a fork; on at the start.
    func setRecording(_ isOn: Bool) { state.withLock { $0.isOff = !isOn } }
    func setDecision(_ decision: LogOptions.AcceptedCut?) { state.withLock { $0.decision = decision } }
    func setKeys(_ keys: [KeyEncryptionKey?]) { state.withLock { $0.keys = keys } }

    /// From now on operations belong to process `life`, which opens the log.
    func begin(life: Int) {
        state.withLock {
            $0.life = life
            $0.progress = nil
            $0.durable = []
        }
    }

    /// The log is open; from now on it acknowledges. What it recovered was durable all along.
    func opened(_ progress: DurableProgress, recovered: UInt64) {
        state.withLock { state in
            state.progress = progress
            for index in state.forks.indices.reversed() {
                guard state.forks[index].life == state.life else { break }
                state.forks[index].acknowledged = recovered
            }
        }
    }
}

/// A scripted run, cut at every operation.
struct CrashRecording: Sendable {
    var forks: [CrashFork]
    /// One per process.
    var timelines: [CrashTimeline]
    /// The tiles that the log publishes, made without it.
    var tiles: [StoragePath: [UInt8]] = [:]
}
