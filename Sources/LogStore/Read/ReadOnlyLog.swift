/// A log opened for reading only: beside a running writer, after a refused open, or on an auditor's desk.
///
/// Takes no lock and changes nothing. It believes only what is proved durable: a sequence is readable if a
/// later valid frame, an idle marker, the watermark, the superblock or a sealed segment says so; never a bare
/// last frame. Damage is collected, not fatal: everything that is whole is served. `refresh` follows the
/// writer; `waitForMore` does so until there is more to read.
public final class ReadOnlyLog<P: Platform>: Sendable {
    package let platform: P
    package let paths: ShardPaths
    package let identity: LogIdentity
    package let source: LogSource<P.Disk>
    private let follower: DirectoryFollower<P>

    /// Opens the shard's directory. Throws if there is no superblock quorum, the key is wrong, or the disk
    /// fails.
    public init(platform: P, shard: UInt32 = 0, keys: ReadingKeys, geometry: LogGeometry = .production)
        throws(LogStoreError)
    {
        self.platform = platform
        paths = ShardPaths(shard: shard)
        follower = try DirectoryFollower(platform: platform, paths: paths, geometry: geometry, keys: keys)
        let superblock = follower.superblock
        identity = LogIdentity(superblock)
        let segments = SegmentCache(
            disk: platform.disk, paths: paths, ledger: superblock.ledger,
            verifyingKey: identity.verifyingKey.key, encryption: follower.encryption)
        source = LogSource(
            disk: platform.disk, catalog: follower.catalog, segments: segments, follower: follower)
    }

    /// As of the last look.
    package var superblock: Superblock { follower.superblock }

    /// With what its files open.
    package var encryption: LogEncryption { follower.encryption }

    /// Everything the last look found damaged or missing.
    public var damages: [Damage] { follower.damages }

    /// Write-ahead files the given keys do not open.
    public var lockedFiles: [StoragePath] { follower.lockedFiles }

    /// Count of events that are readable, if nothing in between is damaged.
    public var readableEnd: UInt64 { source.readableEnd }

    /// Reads from `sequence` on.
    public func makeReader(from sequence: UInt64, windowBytes: Int = 1 << 20) -> LogReader<P.Disk> {
        LogReader(source: source, from: sequence, windowBytes: windowBytes)
    }

    /// Looks at the directory again: what the writer has added since is readable afterwards, with keys made
    /// since, and files sealed since are read where they are now. Readers look again by themselves when
    /// they meet something that is not where it was. Any thread.
    public func refresh() throws(LogStoreError) { try follower.refresh() }

    /// Waits until more than `sequence` is readable, looking again every few milliseconds; false if the time
    /// passed first. Negative: without end.
    public func waitForMore(
        beyond sequence: UInt64, timeoutNanoseconds: Int64 = -1
    ) throws(LogStoreError) -> Bool {
        try follower.wait(beyond: sequence, timeoutNanoseconds: timeoutNanoseconds)
    }
}
