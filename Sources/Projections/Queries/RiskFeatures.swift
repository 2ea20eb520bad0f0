package import Ledger

/// What the rules of risk look at: whole numbers that follow from the log.
package struct RiskFeatures: Equatable, Sendable {
    /// Payments asked for in the last hour and the last day.
    package var countOfHour: UInt32 = 0
    package var countOfDay: UInt32 = 0
    /// Minor units in the last day; at most 2^64 − 1.
    package var sumOfDay: UInt64 = 0
    /// Payments of the last day from 90 % of the amount that is reported (10,000.00) up to it.
    package var belowLimitOfDay: UInt16 = 0
    /// More than three standard deviations from the mean of the latest 32 to 63 amounts; never told of fewer
    /// than eight.
    package var isUnusualAmount = false
    /// Since the latest payment before; nil if none is remembered (32 to 64 days).
    package var sinceLatest: LedgerSpan?
    /// Where the latest came from, ISO 3166 number; 0 if not told.
    package var latestCountry: UInt16 = 0

    /// Of what is not known.
    package init() {}
}

extension LedgerState {
    /// What is known of a card before a payment of `amount` at `time`, which is not before the latest event.
    ///
    /// - Parameter fingerprint: the card's, keyed; 0 knows nothing.
    package func riskFeatures(
        ofCard fingerprint: UInt64, _ currency: Currency, _ amount: Amount, at time: LedgerTime
    ) -> RiskFeatures {
        fingerprint == 0
            ? RiskFeatures() : features(RiskSubject.card(fingerprint, currency), amount, at: time)
    }

    /// The same of all payments of a merchant.
    package func riskFeatures(
        of merchant: MerchantID, _ currency: Currency, _ amount: Amount, at time: LedgerTime
    ) -> RiskFeatures {
        features(RiskSubject.merchant(merchant, currency), amount, at: time)
    }

    private func features(_ key: UInt64, _ amount: Amount, at time: LedgerTime) -> RiskFeatures {
        var features = RiskFeatures()
        guard var row = risk.row(key) else { return features }
        features.sinceLatest = LedgerSpan(
            nanoseconds: time.nanoseconds - min(time.nanoseconds, row.lastAt.nanoseconds))
        features.latestCountry = row.country
        features.isUnusualAmount = row.isUnusual(amount)
        row.move(to: max(time, row.lastAt))
        features.countOfHour = row.hourCount.inWindow(endingAt: time, of: .hours(1))
        features.countOfDay = row.dayCount.inWindow(endingAt: time, of: .days(1))
        features.sumOfDay = row.daySum.inWindow(endingAt: time, of: .days(1))
        features.belowLimitOfDay = row.dayBelowLimit.inWindow(endingAt: time, of: .days(1))
        return features
    }
}
