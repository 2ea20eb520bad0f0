internal import Synchronization

/// The key of one month's files, unwrapped. A month may have several over time; the newest is used for new
/// files.
package struct MonthKey: Sendable {
    /// yyyymm.
    package let month: UInt32
    /// Random; stands in the header of each file that uses the key.
    package let id: LogUUID
    /// Nanoseconds since the epoch; later keys of one month have later times.
    package let created: UInt64
    package let secret: SecretKey

    package init(month: UInt32, id: LogUUID, created: UInt64, secret: SecretKey) {
        self.month = month
        self.id = id
        self.created = created
        self.secret = secret
    }

    /// Whether `month` is a yyyymm of the years 1970 to 9999.
    package static func isMonth(_ month: UInt32) -> Bool {
        (1970...9999).contains(month / 100) && (1...12).contains(month % 100)
    }
}

/// The month keys the log works with while it runs, from a keyring or from a grant.
///
/// Shared by the committer, the sealer and readers; every method may be called from any thread. Looked up
/// once a file, not once an event.
public final class MonthKeys: Sendable {
    /// The ledger whose files these keys open.
    package let ledger: LogUUID
    /// Sorted by (month, created, id), ids unique.
    private let keys: Mutex<[MonthKey]>

    package init(ledger: LogUUID, _ keys: [MonthKey]) {
        self.ledger = ledger
        self.keys = Mutex(Self.sorted(keys))
    }

    /// The key for new files of `month`: its newest.
    package func current(_ month: UInt32) -> MonthKey? {
        keys.withLock { $0.last { $0.month == month } }
    }

    /// The key with this id, whatever its month.
    package func key(_ id: LogUUID) throws(LogStoreError) -> SecretKey {
        guard let key = keys.withLock({ $0.first { $0.id == id } }) else {
            throw .wrongKey("month key \(id) is not in the keyring")
        }
        return key.secret
    }

    /// All keys of `month`, oldest first.
    package func keys(of month: UInt32) -> [MonthKey] { keys.withLock { $0.filter { $0.month == month } } }

    /// Every key, by month, oldest first.
    package var all: [MonthKey] { keys.withLock { $0 } }

    /// The months that have a key, ascending.
    package var months: [UInt32] {
        keys.withLock { keys in
            keys.indices.filter { $0 == 0 || keys[$0 - 1].month != keys[$0].month }.map { keys[$0].month }
        }
    }

    /// Takes in the keys of a newer generation, once that generation is durable. Known keys stay.
    package func add(_ newer: [MonthKey]) {
        keys.withLock { keys in
            let unknown = newer.filter { key in !keys.contains { $0.id == key.id } }
            keys = Self.sorted(keys + unknown)
        }
    }

    private static func sorted(_ keys: [MonthKey]) -> [MonthKey] {
        keys.sorted { ($0.month, $0.created, $0.id) < ($1.month, $1.created, $1.id) }
    }
}
