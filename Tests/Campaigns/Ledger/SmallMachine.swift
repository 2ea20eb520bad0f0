import Ledger
import LogStore
import Projections
import Replay
import Simulation

/// A ledger that keeps a few dozen rows in memory, and the rest on a simulated disk.
enum SmallMachine {
    typealias Machine = BoundedLedger<SimulatedPlatform>

    /// - Parameters:
    ///   - isEncrypted: whether what leaves the memory is.
    ///   - payments: kept in memory once they are quiet, as far as commits allow; so with `keys`.
    static func make(
        _ shard: Shard, seed: UInt64, isEncrypted: Bool, payments: Int, keys: Int
    ) throws(AtticError) -> Machine {
        var attic = try Attic(home(seed: seed, isEncrypted: isEncrypted))
        attic.bufferLimits.paymentBytes = 4_096
        attic.bufferLimits.keys = 50
        var limits = MemoryLimits()
        limits.payments = payments
        limits.keys = keys
        limits.quietSpan = LedgerSpan(nanoseconds: 0)
        return Machine(LedgerState(shard: shard, seed: seed), attic, limits)
    }

    static func home(seed: UInt64, isEncrypted: Bool) -> AtticHome<SimulatedPlatform> {
        let disk = SimulatedStorage(options: SimulatedStorage.Options(keepsTrace: false))
        let platform = SimulatedPlatform(disk: disk, seed: seed)
        let ledger = platform.makeUUID()
        let month = MonthKey(
            month: 202_611, id: platform.makeUUID(), created: 1, secret: SecretKey(randomFrom: platform))
        return AtticHome(
            platform: platform, directory: StoragePath("attic"), ledger: ledger,
            encryption: isEncrypted ? .on(MonthKeys(ledger: ledger, [month])) : .off, month: 202_611)
    }
}
