/// Rows that memory is taken for before they come. A machine's own affair: no answer depends on it.
///
/// What is taken while commands wait makes them wait: pages are cleared, and indexes move what is in them.
package struct LedgerRoom: Sendable, Equatable {
    package var payments = 0
    package var captures = 0
    /// Idempotency keys whose outcome is final.
    package var keys = 0
    /// Cards and merchants with a window of risk.
    package var cards = 0

    package init(payments: Int = 0, captures: Int = 0, keys: Int = 0, cards: Int = 0) {
        (self.payments, self.captures, self.keys, self.cards) = (payments, captures, keys, cards)
    }
}

extension LedgerState {
    /// Takes the memory now. Indexes are made as large only while they are empty.
    package mutating func reserve(_ room: LedgerRoom) {
        payments.reserve(room.payments)
        captures.reserve(room.captures)
        keys.reserve(room.keys)
        risk.reserve(room.cards)
        // More than one each: an entry stays until its turn, whether or not it still holds.
        due.reserve(2 * room.payments)
    }

    /// Makes the indexes as large and takes no page: for a state that is about to be loaded, whose first
    /// answer is waited for.
    mutating func reserveIndexes(_ room: LedgerRoom) {
        payments.reserveIndex(room.payments)
        captures.reserveIndex(room.captures)
        keys.reserve(room.keys, isTouched: false)
        risk.reserveIndex(room.cards)
    }
}
