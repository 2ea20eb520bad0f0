/// How a log is opened.
public struct LogOptions: Sendable {
    /// Sizes for files made from now on.
    public var geometry = LogGeometry.production
    /// Which shard's directory.
    public var shard: UInt32 = 0
    /// The key-encryption key; nil for a log without encryption. Fixed when the log is created.
    public var keyEncryptionKey: KeyEncryptionKey?
    /// Create the log if the directory has none.
    public var createsIfMissing = true
    /// An operator's decision after a dry run: cut this file exactly here. Anywhere else than where the dry
    /// run asked for it, it is refused.
    public var acceptedCut: AcceptedCut?
    /// What the log's standing must be: a restore opens what it has not finished.
    package var standing = Superblock.Standing.ordinary
    /// Whether threads do the work, or the caller does it step by step (simulations).
    public var runsThreads = true
    /// Whether closed files are sealed while the log runs. Off, they pile up until `sealBacklogBytesMax`
    /// refuses appends: for measurements and bulk loads, which seal afterwards.
    public var sealsInBackground = true
    /// Called by the committer, on its thread, each time more is durable: replies that waited may leave. It
    /// must not wait: the next commit begins when it returns.
    public var onDurable: (@Sendable (_ durableEnd: UInt64) -> Void)?
    /// Called once, on the thread that failed, when a write or sync failed or sealed data was found damaged:
    /// nothing more is acknowledged, and the process must end. nil prints the failure and exits with status
    /// 74 (`EX_IOERR`).
    public var onStop: (@Sendable (LogStoreError) -> Void)?

    /// All defaults.
    public init() {}

    /// A place where an operator accepts that bytes are left aside.
    public struct AcceptedCut: Sendable, Equatable {
        /// The write-ahead file, as the dry run named it.
        public var fileUUID: LogUUID
        /// The offset, as the dry run named it.
        public var offset: UInt64

        /// Names a place.
        public init(fileUUID: LogUUID, offset: UInt64) {
            self.fileUUID = fileUUID
            self.offset = offset
        }
    }
}
