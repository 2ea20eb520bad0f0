/// Who watches a server, and what is told. Everything is called on the server's loop and must not wait.
package struct ServerWatch: Sendable {
    /// Which spans are told.
    package struct Tracing: Sendable {
        /// Of a thousand traces that their clients sampled, so many.
        package var permille: Int
        package var onSpan: @Sendable (RequestSpan) -> Void

        package init(permille: Int = 1_000, onSpan: @escaping @Sendable (RequestSpan) -> Void) {
            (self.permille, self.onSpan) = (permille, onSpan)
        }
    }

    /// Gets how long turns take.
    package var metrics: ServerMetrics
    package var sampleMilliseconds = 1_000
    /// How the server stands: every `sampleMilliseconds`, and once more when it has stopped.
    package var onSample: @Sendable (ServerSample) -> Void
    /// What happened.
    package var onNote: @Sendable (ServerNote) -> Void
    /// Nil: nothing is traced.
    package var tracing: Tracing?

    package init(
        _ metrics: ServerMetrics, onSample: @escaping @Sendable (ServerSample) -> Void,
        onNote: @escaping @Sendable (ServerNote) -> Void = { _ in }, tracing: Tracing? = nil
    ) {
        (self.metrics, self.onSample, self.onNote, self.tracing) = (metrics, onSample, onNote, tracing)
    }
}
