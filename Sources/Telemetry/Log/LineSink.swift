package import CoreMetrics
internal import Dispatch
internal import Synchronization

/// Takes log lines from any thread and writes them on one of its own: whoever logs never waits for whoever
/// reads. Beyond `lineCountMax` lines that wait, lines are dropped and counted.
package final class LineSink: Sendable {
    private let queue = DispatchQueue(label: "holdfast.log")
    private let waiting = Atomic<Int>(0)
    private let dropped: Counter
    private let write: @Sendable (String) -> Void
    /// Lines that may wait.
    package static let lineCountMax = 4_096

    /// - Parameters:
    ///   - factory: makes the counter of lines that were dropped.
    ///   - write: writes a line that ends with a newline; on the sink's thread, and may block.
    package init(_ factory: any MetricsFactory, write: @escaping @Sendable (String) -> Void) {
        dropped = TelemetryMetric.linesDropped.counter(factory)
        self.write = write
    }

    /// Takes a line. Any thread; does not wait.
    package func put(_ line: String) {
        let before = waiting.wrappingAdd(1, ordering: .relaxed).oldValue
        guard before < Self.lineCountMax else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            return dropped.increment()
        }
        queue.async { [self] in
            write(line)
            waiting.wrappingSubtract(1, ordering: .relaxed)
        }
    }

    /// Waits until what was put is written, for so long at most.
    package func flush(seconds: Int) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + .seconds(seconds))
    }
}
