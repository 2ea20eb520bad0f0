package import LogStore
package import Protocol
internal import Replay

/// A query that the log has to be read for, on its way to whoever reads it.
package struct HistoryRequest: Sendable {
    package let connection: ConnectionID
    package let request: UInt64
    private let task: HistoryTask

    init(_ request: InboxRequest, _ task: HistoryTask) {
        (connection, self.request, self.task) = (request.connection, request.request, task)
    }

    /// Reads the log and writes the frame of the answer. May wait for the disk.
    package func answer<P: Platform>(by executor: HistoryExecutor<P>) -> WireFrames {
        var frames = WireFrames()
        let start = frames.buffer.beginFrame()
        let failure: Failure?
        do throws(ReplayError) { failure = try executor.answer(task, into: &frames.buffer) } catch {
            failure = Failure(.notReadable, "\(error)")
        }
        if let failure {
            frames.buffer.truncate(to: start)
            _ = frames.buffer.beginFrame()
            failure.write(to: &frames.buffer)
        }
        frames.buffer.endFrame(start, failure == nil ? .answer : .failure, request: request)
        return frames
    }
}

/// Frames that change threads.
package struct WireFrames: ~Copyable, Sendable {
    package var buffer = WireBuffer(capacity: 512)
}
