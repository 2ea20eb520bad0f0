package import Ledger
package import Projections

/// What a record of the attic is found by: a payment's id, or the 96 bits kept of an idempotency key.
package struct AtticKey: Hashable, Comparable, Sendable, BitwiseCopyable {
    package let low: UInt64
    package let high: UInt32

    package static let byteCount = 12

    package init(low: UInt64, high: UInt32) {
        self.low = low
        self.high = high
    }

    package init(_ payment: PaymentID) { self.init(low: payment.raw, high: 0) }

    package init(_ key: KeyHash) { self.init(low: key.low, high: key.high) }

    package static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    /// The 64 bits that a run's filter works with. Ids of payments come from sequences and keys are keyed
    /// hashes, so nobody chooses either.
    var filterHash: UInt64 { low.indexHash(seed: UInt64(high) &* 0x9E37_79B9_7F4A_7C15) }
}
