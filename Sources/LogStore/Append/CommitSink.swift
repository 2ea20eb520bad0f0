/// Where committed frames go: today a local file; later a tail held by a consensus service.
///
/// The committer owns its sink and calls it from one thread, one frame at a time.
package protocol CommitSink: ~Copyable {
    /// Makes the frame durable, entirely, or throws. After a throw the log stops: nothing tells whether the
    /// frame survived, only recovery will.
    ///
    /// - Parameter rolls: the frame starts a new file.
    mutating func commit(
        _ frame: inout FrameBuffer, _ context: CommitContext, rolls: Bool
    ) throws(LogStoreError) -> CommittedPlace

    /// Records durably that everything up to `context.durableEnd` is durable, without events.
    mutating func markIdle(_ context: CommitContext) throws(LogStoreError) -> CommittedPlace
}

/// What the committer knows about a frame besides its events.
package struct CommitContext: Sendable, Equatable {
    package var durableEnd: UInt64
    /// Merkle root over all events before the frame.
    package var rootBefore: Hash256
    package var epoch: UInt64

    package init(durableEnd: UInt64, rootBefore: Hash256, epoch: UInt64) {
        self.durableEnd = durableEnd
        self.rootBefore = rootBefore
        self.epoch = epoch
    }
}

/// Where the last frame went.
package struct CommittedPlace: Sendable, Equatable {
    package var fileUUID: LogUUID
    package var endOffset: UInt64

    package init(fileUUID: LogUUID, endOffset: UInt64) {
        self.fileUUID = fileUUID
        self.endOffset = endOffset
    }
}
