internal import Ledger

/// How often each merchant may still ask: as many at once as its settings allow a second, and then as they
/// come back, one by one. By log time, so that a simulation sees the same. 8 bytes a merchant.
///
/// The generic cell rate algorithm (ITU-T I.371): of each merchant the moment is kept when all it asked for
/// would be paid off.
struct RateLimits {
    private var paidOff: [UInt64] = []

    private static let second: UInt64 = 1_000_000_000

    /// Counts a command of a merchant; false if it is one too many.
    ///
    /// - Parameters:
    ///   - merchant: its number, below the count of merchants.
    ///   - perSecond: commands; 0 is no limit.
    @inline(__always)
    mutating func admits(_ merchant: UInt32, perSecond: UInt32, at now: LedgerTime) -> Bool {
        perSecond == 0 || count(Int(merchant), UInt64(perSecond), now.nanoseconds)
    }

    private mutating func count(_ merchant: Int, _ perSecond: UInt64, _ now: UInt64) -> Bool {
        if merchant >= paidOff.count {
            paidOff.append(contentsOf: repeatElement(0, count: merchant * 2 + 64 - paidOff.count))
        }
        let cost = max(1, Self.second / perSecond)
        let start = max(paidOff[merchant], now)
        guard start - now <= Self.second - cost else { return false }
        paidOff[merchant] = start + cost
        return true
    }
}
