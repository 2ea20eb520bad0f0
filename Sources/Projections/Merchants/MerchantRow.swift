package import Ledger

/// A merchant: who it is, how it may do business, and its payments in order.
package struct MerchantRow: TableRow {
    package let id: MerchantID
    package var settings: MerchantSettings
    package var state: MerchantState = .active
    /// The youngest of its payments in memory; `PaymentRow.older` leads on.
    var newestPayment: RowNumber = .none
    /// The youngest of its payments that ever left the memory: of older ones the list may miss some.
    var newestAbsent: PaymentID = .none

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .merchants }

    /// Why it may start nothing new; nil while it is active.
    var newBusinessRefusal: RefusalCode? {
        switch state {
        case .active: nil
        case .frozen: .merchantFrozen
        case .closed: .merchantClosed
        }
    }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(UInt64(state.rawValue))
        var visitor = RowHashVisitor(hasher)
        var settings = settings
        settings.visitFields(&visitor)
        hasher = visitor.hasher
    }
}

/// What a merchant pays, in one currency.
package struct TermsRow: TableRow {
    package let merchant: MerchantID
    package var terms: MerchantTermsSet

    package var key: UInt64 { Self.key(merchant, terms.currency) }
    package static var table: TableNumber { .terms }

    /// 42 bits of merchant, 10 of currency.
    static func key(_ merchant: MerchantID, _ currency: Currency) -> UInt64 {
        merchant.raw << 10 | UInt64(currency.number)
    }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(merchant)
        var visitor = RowHashVisitor(hasher)
        var terms = terms
        terms.visitFields(&visitor)
        hasher = visitor.hasher
    }
}

/// An acquirer and where its breaker stands.
package struct AcquirerRow: TableRow {
    package var settings: AcquirerSet
    package var circuit = CircuitChanged()

    package var key: UInt64 { settings.acquirer.raw }
    package static var table: TableNumber { .acquirers }

    package func digest(into hasher: inout RowHasher) {
        var visitor = RowHashVisitor(hasher)
        var (settings, circuit) = (settings, circuit)
        settings.visitFields(&visitor)
        circuit.visitFields(&visitor)
        hasher = visitor.hasher
    }
}

/// Gives every field of a fact to a row's hash, a word each; texts eight bytes a word after their length.
struct RowHashVisitor: FieldVisitor {
    var hasher: RowHasher

    init(_ hasher: RowHasher) { self.hasher = hasher }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        hasher.combine(UInt64(value.fieldBits))
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        hasher.combine(UInt64(value.count))
        var word: UInt64 = 0
        for index in 0..<Int(value.count) {
            word |= UInt64(value[index]) << UInt64(index & 7 * 8)
            if index & 7 == 7 || index == Int(value.count) - 1 {
                hasher.combine(word)
                word = 0
            }
        }
    }
}
