import Synchronization

/// Where the appender and the committer meet: the frame being filled, and what limits it.
///
/// The appender copies whole groups into the filling frame; the committer, whenever it is free, takes
/// whatever has gathered and leaves its empty frame in exchange. So one frame is synced while the next fills,
/// a commit is as large as the load makes it, and there is no timer to tune. The lock is held for one copy or
/// one swap.
package final class FrameExchange: Sendable {
    private struct State: ~Copyable {
        var filling: FrameBuffer
        var nextSequence: UInt64
        var lastTime: UInt64
        /// Bytes left in the active file once every frame taken so far is written.
        var fileRoom: Int
        /// The last page of each file is kept for an idle marker.
        var hasIdlePage = false
        /// Whether a prepared file waits to be rolled into.
        var isNextFileReady = false
        /// An append was refused because no next file was ready.
        var isNextFileAwaited = false
        /// Why no next file will come, if so.
        var nextFileFailure: LogStoreError?
        /// Closed, unsealed bytes.
        var backlogBytes = 0
        var acts: [ReservedEvent] = []
        var failure: LogStoreError?
        var isEncrypted: Bool
    }

    private let state: Mutex<State>
    private let geometry: LogGeometry
    /// Raised when a group was appended or the log is to stop: the committer waits on it.
    package let work = Signal()
    /// Raised when a frame was taken or a limit lifted: appenders that were told `busy` may wait on it.
    package let room = Signal()

    package init(geometry: LogGeometry, nextSequence: UInt64, lastTime: UInt64, isEncrypted: Bool) {
        self.geometry = geometry
        state = Mutex(
            State(
                filling: FrameBuffer(byteCount: geometry.frameBytesMax), nextSequence: nextSequence,
                lastTime: lastTime, fileRoom: 0, isEncrypted: isEncrypted))
    }

    // MARK: The appending thread

    /// Adds a group to the frame being filled; returns its sequences (half-open).
    ///
    /// - Parameter isOwnAct: LogStore's own acts are few and come also from sealing: no backlog refuses
    ///   them, and they may still come when the time for others is over.
    package func append(
        _ group: EncodedGroup, isOwnAct: Bool = false
    ) throws(LogStoreError) -> Range<UInt64> {
        guard group.count > 0 else { throw .invalidRequest("an empty group") }
        let latest = isOwnAct ? EventHeader.timeMax : EventHeader.callerTimeMax
        guard group.lastTime <= latest else {
            throw .invalidRequest("event time \(group.lastTime) is beyond \(latest), where the log ends")
        }
        let month = Month(containing: group.firstTime)
        guard group.lastTime < month.end else {
            throw .invalidRequest("a group's events lie in one month, these go on past \(month)")
        }
        let sequences = try state.withLock { state throws(LogStoreError) in
            try checkLimits(&state, byteCount: group.bytes.byteCount, month: month, isOwnAct: isOwnAct)
            guard group.firstTime > state.lastTime else {
                throw .invalidRequest(
                    "event time \(group.firstTime) is not after the last, \(state.lastTime)")
            }
            let first = state.nextSequence
            state.filling.append(group, at: first)
            state.nextSequence = first + UInt64(group.count)
            state.lastTime = group.lastTime
            return first..<state.nextSequence
        }
        work.raise()
        return sequences
    }

    private func checkLimits(
        _ state: inout State, byteCount: Int, month: Month, isOwnAct: Bool
    ) throws(LogStoreError) {
        if let failure = state.failure { throw failure }
        let largest = geometry.groupBytesMax
        guard byteCount <= largest else {
            throw .invalidRequest("a group of \(byteCount) bytes; a frame takes \(largest)")
        }
        guard state.filling.room >= byteCount, state.filling.month.map({ $0 == month }) ?? true else {
            throw .busy(reason: .frameFull, retryAfterMilliseconds: 1)
        }
        guard isOwnAct || state.backlogBytes < geometry.sealBacklogBytesMax else {
            throw .busy(reason: .sealingBehind, retryAfterMilliseconds: 100)
        }
        // Rolling must find its file. A month's first frame rolls whatever room is left.
        let needed = frameLength(
            rawLength: state.filling.rawLength + byteCount, isEncrypted: state.isEncrypted)
        let rolls = needed > state.fileRoom || state.filling.isEmpty && month != activeMonth(state)
        if rolls && !state.isNextFileReady {
            state.isNextFileAwaited = true
            throw state.nextFileFailure ?? .busy(reason: .nextFileNotReady, retryAfterMilliseconds: 5)
        }
    }

    private func activeMonth(_ state: borrowing State) -> Month? {
        state.lastTime == 0 ? nil : Month(containing: state.lastTime)
    }

    private func frameLength(rawLength: Int, isEncrypted: Bool) -> Int {
        FrameHeader.totalLength(storedLength: rawLength + (isEncrypted ? AEADCipher.tagByteCount : 0))
    }

    /// Sequence and time the next event will follow.
    package var position: (nextSequence: UInt64, lastTime: UInt64) {
        state.withLock { ($0.nextSequence, $0.lastTime) }
    }

    /// Waits until `append` may succeed after a `busy`; returns at once if something changed since `seen`.
    package func waitForRoom(since seen: UInt32, milliseconds: Int) {
        room.wait(since: seen, spinNanoseconds: 20_000, timeoutNanoseconds: Int64(milliseconds) * 1_000_000)
    }

    // MARK: LogStore's own acts, on their way to the appending thread

    package func post(_ act: ReservedEvent) { state.withLock { $0.acts.append(act) } }

    package func takeActs() -> [ReservedEvent] {
        state.withLock { state in
            let acts = state.acts
            state.acts = []
            return acts
        }
    }

    /// Returns acts that could not be appended: they come first again.
    package func putBack(_ acts: [ReservedEvent]) { state.withLock { $0.acts = acts + $0.acts } }

    package var hasActs: Bool { state.withLock { !$0.acts.isEmpty } }

    // MARK: The committer

    /// Exchanges the filled frame against `empty`; false if nothing has gathered.
    ///
    /// - Parameter rolls: set to whether the frame goes into a new file.
    package func take(_ empty: inout FrameBuffer, activeMonth: Month?, rolls: inout Bool) -> Bool {
        invariant(empty.isEmpty, "the committer returns a frame of \(empty.eventCount) events")
        var mustRoll = false
        let taken = state.withLock { state in
            guard !state.filling.isEmpty else { return false }
            swap(&state.filling, &empty)
            let length = frameLength(rawLength: empty.rawLength, isEncrypted: state.isEncrypted)
            mustRoll = empty.month != activeMonth || length > state.fileRoom
            if mustRoll {
                invariant(state.isNextFileReady, "a frame was accepted that no file can take")
                state.isNextFileReady = false
                state.fileRoom = Self.roomOfFreshFile(geometry)
                state.hasIdlePage = true
            }
            state.fileRoom -= length
            return true
        }
        rolls = mustRoll
        if taken { room.raise() }
        return taken
    }

    /// Reserves one page for an idle marker; false if the file has none left.
    package func takeIdlePage() -> Bool {
        state.withLock { state in
            guard state.filling.isEmpty else { return false }
            if state.fileRoom >= AlignedBuffer.alignment {
                state.fileRoom -= AlignedBuffer.alignment
                return true
            }
            let hadPage = state.hasIdlePage
            state.hasIdlePage = false
            return hadPage
        }
    }

    /// Room for data frames in a file that has only its header.
    package static func roomOfFreshFile(_ geometry: LogGeometry) -> Int {
        geometry.walBytes - FileHeader.byteCount - AlignedBuffer.alignment
    }

    // MARK: Limits told by others

    /// Whether an append was refused for want of the next file: it shall be prepared without pacing.
    package var isNextFileAwaited: Bool { state.withLock { $0.isNextFileAwaited } }

    package func nextFileIsReady() {
        state.withLock {
            $0.isNextFileReady = true
            $0.isNextFileAwaited = false
            $0.nextFileFailure = nil
        }
        room.raise()
    }

    package func nextFileFailed(_ failure: LogStoreError) {
        state.withLock { $0.nextFileFailure = failure }
        room.raise()
    }

    /// Whether the preparer should have a file ready.
    package var needsNextFile: Bool { state.withLock { !$0.isNextFileReady } }

    /// Share of the active file that is used, 0…1; the preparer paces itself by it.
    package var usedFraction: Double {
        let room = state.withLock { $0.fileRoom }
        return 1 - Double(max(0, room)) / Double(Self.roomOfFreshFile(geometry))
    }

    /// Closed, unsealed bytes.
    package var backlogBytes: Int { state.withLock { $0.backlogBytes } }

    /// Half of what would refuse appends waits to be sealed: sealing must not be idle work any more.
    package var isBacklogHigh: Bool {
        backlogBytes > geometry.sealBacklogBytesMax / 2
    }

    package func setBacklog(_ bytes: Int) {
        state.withLock { $0.backlogBytes = bytes }
        room.raise()
    }

    /// Ends the log: everything later is refused with `failure`. The first failure stays.
    package func stop(_ failure: LogStoreError) {
        state.withLock { if $0.failure == nil { $0.failure = failure } }
        work.raise()
        room.raise()
    }

    package var failure: LogStoreError? { state.withLock { $0.failure } }
}
