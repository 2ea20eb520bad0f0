/// The sizes of a log, as parameters: one set for production, small ones for exhaustive tests.
///
/// Files describe themselves, so a log may be opened with another geometry than it was written with; the new
/// one applies to files made from then on.
public struct LogGeometry: Sendable, Equatable {
    /// Size of a write-ahead file, preallocated and zeroed before use. A multiple of 4096.
    public var walBytes: Int
    /// The largest frame, header and padding included. A multiple of 4096, at most 4 MiB.
    public var frameBytesMax: Int
    /// How much of the next file is zeroed and synced at a time. Small, so that no commit waits long behind
    /// it.
    public var zeroStepBytes: Int
    /// Events in a sealed segment; a multiple of 256, at most 2^20.
    public var segmentEventsMax: Int
    /// Bytes of closed, unsealed write-ahead files at which appends are answered `busy`.
    public var sealBacklogBytesMax: Int
    /// Free bytes below which the next file is not prepared: room for sealing, keys and recovery.
    public var reserveBytes: UInt64
    /// Segments of one month at which sealing stops: no more fit its manifest.
    package var monthSegmentsMax = PartitionManifest.entriesMax

    /// The sizes to run with: 128 MiB files, 4 MiB frames, 1 MiB zeroing steps.
    public static let production = LogGeometry(
        walBytes: 128 << 20, frameBytesMax: 4 << 20, zeroStepBytes: 1 << 20, segmentEventsMax: 1 << 20,
        sealBacklogBytesMax: 16 * (128 << 20), reserveBytes: 1 << 30)

    /// Small enough that a few dozen events roll, seal and fill files.
    public static let tiny = LogGeometry(
        walBytes: 32 << 10, frameBytesMax: 12 << 10, zeroStepBytes: 16 << 10, segmentEventsMax: 512,
        sealBacklogBytesMax: 1 << 20, reserveBytes: 64 << 10)

    /// Bytes of events that one group may have.
    public var groupBytesMax: Int { frameBytesMax - FrameHeader.byteCount - AEADCipher.tagByteCount }

    /// Stops the process on sizes that contradict each other.
    package func validate() {
        let page = AlignedBuffer.alignment
        invariant(walBytes % page == 0 && frameBytesMax % page == 0, "sizes are multiples of \(page)")
        invariant(frameBytesMax >= 2 * page && frameBytesMax <= 4 << 20, "frames of 8 KiB to 4 MiB")
        // A fresh file must take the largest frame, its own header page and one idle marker.
        invariant(walBytes >= frameBytesMax + 2 * page, "a file of \(walBytes) bytes for such frames")
        invariant(
            segmentEventsMax % 256 == 0 && segmentEventsMax >= 256 && segmentEventsMax <= 1 << 20,
            "segments of 256 to 2^20 events")
        invariant(zeroStepBytes % page == 0 && zeroStepBytes > 0, "zeroing in whole pages")
    }
}
