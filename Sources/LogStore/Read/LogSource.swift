import Synchronization

/// What readers need of a log, running or not: its files, its keys, and how far it may be believed.
///
/// Immutable but for the catalog's and the cache's own state; shared by any number of readers.
package final class LogSource<Disk: Storage>: Sendable {
    package let disk: Disk
    package let catalog: LogCatalog
    package let segments: SegmentCache<Disk>
    private let progress: DurableProgress?
    private let fixedLimit = Atomic<UInt64>(0)

    /// The source of a running log: everything durable is readable.
    package init(disk: Disk, catalog: LogCatalog, segments: SegmentCache<Disk>, progress: DurableProgress?) {
        self.disk = disk
        self.catalog = catalog
        self.segments = segments
        self.progress = progress
    }

    /// Count of events that may be believed: sequence n is readable if this is greater than n.
    package var limit: UInt64 { progress?.durableSequence ?? fixedLimit.load(ordering: .acquiring) }

    /// For a log without a writer in this process: how far evidence reaches.
    package func setLimit(_ limit: UInt64) { fixedLimit.store(limit, ordering: .releasing) }

    /// Waits until more than `sequence` is readable; false if the log stopped or the time passed.
    package func wait(beyond sequence: UInt64, timeoutNanoseconds: Int64) -> Bool {
        guard let progress else { return limit > sequence }
        return progress.wait(until: sequence + 1, timeoutNanoseconds: timeoutNanoseconds)
    }
}
