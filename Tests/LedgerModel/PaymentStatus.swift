// What everybody sees of a payment, in the words of docs/payments.md.

/// The status of a payment, by its name.
package enum ModelStatus: String, Sendable {
    case processing, requiresAction, unknown, declined, blocked, authorized, partiallyCaptured, captured
    case settled, partiallyRefunded, refunded, disputed, voided, expired, returned
}

extension ModelPayment {
    /// Its status, of those of docs/payments.md the first that holds.
    package var status: ModelStatus {
        switch phase {
        case .processing: return .processing
        case .requiresAction: return .requiresAction
        case .unknown: return .unknown
        case .declined: return .declined
        case .blocked: return .blocked
        case .voided: return .voided
        case .expired: return .expired
        case .live: break
        }
        if isReturned { return .returned }
        if disputed > 0 { return .disputed }
        if captured == 0 { return .authorized }
        if givenBack >= captured { return .refunded }
        if givenBack > 0 { return .partiallyRefunded }
        if settled == captured { return .settled }
        return held > 0 ? .partiallyCaptured : .captured
    }

    /// Of refunds that have neither succeeded nor failed.
    package var refundPending: Int64 { sumOfRefunds { $0 == .pending || $0 == .submitted } }
    /// Of refunds that have succeeded.
    package var givenBack: Int64 { sumOfRefunds { $0 == .succeeded } }

    private func sumOfRefunds(_ counts: (Refund.State) -> Bool) -> Int64 {
        refunds.reduce(0) { $0 + (counts($1.state) ? $1.amount : 0) }
    }
}
