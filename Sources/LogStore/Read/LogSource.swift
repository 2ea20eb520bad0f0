import Synchronization

/// What readers need of a log, running or not: its files, its keys, and how far it may be believed.
///
/// Immutable but for the catalog's and the cache's own state; shared by any number of readers.
package final class LogSource<Disk: Storage>: Sendable {
    package let disk: Disk
    package let catalog: LogCatalog
    package let segments: SegmentCache<Disk>
    private let progress: DurableProgress?
    private let follower: (any LogFollower)?
    private let fixedEnd = Atomic<UInt64>(0)

    /// The source of a running log: everything durable is readable. Without `progress`, of one that does not
    /// change.
    package init(disk: Disk, catalog: LogCatalog, segments: SegmentCache<Disk>, progress: DurableProgress?) {
        self.disk = disk
        self.catalog = catalog
        self.segments = segments
        self.progress = progress
        follower = nil
    }

    /// The source of a log that a process elsewhere may be writing.
    package init(
        disk: Disk, catalog: LogCatalog, segments: SegmentCache<Disk>, follower: some LogFollower
    ) {
        self.disk = disk
        self.catalog = catalog
        self.segments = segments
        self.follower = follower
        progress = nil
    }

    /// Count of events that may be believed: sequence n is readable if this is greater than n.
    package var readableEnd: UInt64 {
        progress?.durableEnd ?? follower?.readableEnd ?? fixedEnd.load(ordering: .acquiring)
    }

    /// For a log that does not change: how far evidence reaches.
    package func setReadableEnd(_ end: UInt64) { fixedEnd.store(end, ordering: .releasing) }

    /// Looks at the directory again, if that is how this source learns of changes; false if it is not.
    package func lookAgain() throws(LogStoreError) -> Bool {
        guard let follower else { return false }
        try follower.refresh()
        return true
    }

    /// Waits until more than `sequence` is readable; false if the log stopped, the time passed, or looking
    /// failed.
    package func wait(beyond sequence: UInt64, timeoutNanoseconds: Int64) -> Bool {
        if let progress {
            return progress.wait(until: sequence + 1, timeoutNanoseconds: timeoutNanoseconds)
        }
        guard let follower else { return readableEnd > sequence }
        do throws(LogStoreError) {
            return try follower.wait(beyond: sequence, timeoutNanoseconds: timeoutNanoseconds)
        } catch {
            // The caller's next `refresh` or `next` meets the same failure and can say it.
            return false
        }
    }
}

/// Follows a log that another process writes, by looking at its directory. Any thread may call.
package protocol LogFollower: Sendable {
    /// Count of events proved durable at the last look.
    var readableEnd: UInt64 { get }
    func refresh() throws(LogStoreError)
    func wait(beyond sequence: UInt64, timeoutNanoseconds: Int64) throws(LogStoreError) -> Bool
}
