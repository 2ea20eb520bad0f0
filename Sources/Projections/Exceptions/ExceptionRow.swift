package import Ledger

/// Something that does not fit, until somebody says why. 88 bytes.
package struct ExceptionRow: TableRow {
    package let id: ExceptionID
    package let merchant: MerchantID
    package let payment: PaymentID
    package let acquirer: AcquirerID
    package let expected: Amount
    package let actual: Amount
    /// When it was opened: how old its money on 1900 is.
    package let openedAt: LedgerTime
    /// What it left on 1900; debits positive.
    package let suspense: Int64
    /// Where the money of it came in; none if it was at an acquirer.
    package let bankAccount: BankAccountID
    /// Who proposed the resolution.
    package internal(set) var proposer: ActorID = .none
    /// ISO number; 0 if none.
    package let currency: UInt16
    package let kind: ExceptionKind
    package var state: ExceptionState = .open
    /// What was proposed; means nothing while it is open.
    package internal(set) var proposal: Resolution = .ignore

    package var key: UInt64 { id.raw }
    package static var table: TableNumber { .exceptions }

    package func digest(into hasher: inout RowHasher) {
        hasher.combine(id)
        hasher.combine(merchant)
        hasher.combine(payment)
        hasher.combine(acquirer)
        hasher.combine(expected.fieldBits)
        hasher.combine(actual.fieldBits)
        hasher.combine(UInt64(bitPattern: suspense))
        hasher.combine(bankAccount)
        hasher.combine(openedAt)
        hasher.combine(proposer)
        let states = UInt64(kind.rawValue) << 16 | UInt64(state.rawValue) << 8 | UInt64(proposal.rawValue)
        hasher.combine(UInt64(currency) << 32 | states)
    }

    /// How much it is about.
    var difference: Amount { max(expected, actual) - min(expected, actual) }
}
