package import Ledger

/// A page of a merchant's payments, newest first.
package struct PaymentPage: Equatable, Sendable {
    package let payments: [PaymentView]
    /// Where the next page begins; none if this was the last.
    package let next: PaymentID
    /// Payments younger than this one are all in memory, and so on the pages; of older ones some have left
    /// and are missing. None if every payment is there.
    package let completeAfter: PaymentID
}

extension LedgerState {
    /// Most payments of a page.
    package static var pageSizeMax: Int { 100 }
    /// Most payments looked at for one page: one that finds few of a status ends early, with a cursor.
    package static var lookedAtMax: Int { 10_000 }

    /// A merchant's payments in memory, newest first, those of a status alone if one is named.
    ///
    /// - Parameters:
    ///   - cursor: `next` of the page before; none for the first page. If that payment has left the memory
    ///     meanwhile, the page begins with the next older one; if it has left and come back, the page ends
    ///     with it.
    ///   - limit: 1 … `pageSizeMax`; others are brought into that range.
    package func payments(
        of merchant: MerchantID, status: PaymentStatus? = nil, from cursor: PaymentID = .none, limit: Int
    ) -> PaymentPage {
        let limit = min(max(limit, 1), Self.pageSizeMax)
        var number = firstOfPage(merchant, cursor)
        var found: [PaymentView] = []
        var looked = 0
        while !number.isNone, found.count < limit, looked < Self.lookedAtMax {
            let payment = view(number)
            if status == nil || payment.status == status { found.append(payment) }
            number = payments[number].older
            looked += 1
        }
        return PaymentPage(
            payments: found, next: number.isNone ? .none : payments[number].id,
            completeAfter: findMerchant(merchant).map { merchants[$0].newestAbsent } ?? .none)
    }

    private func firstOfPage(_ merchant: MerchantID, _ cursor: PaymentID) -> RowNumber {
        let newest = findMerchant(merchant).map { merchants[$0].newestPayment } ?? .none
        if cursor.isNone { return newest }
        if let number = payments.find(cursor.raw) {
            return merchantID(payments[number]) == merchant ? number : .none
        }
        var number = newest
        while !number.isNone, payments[number].id > cursor { number = payments[number].older }
        return number
    }
}
