package import Ledger

/// Where days begin and end: the one thing time zones are needed for. The core never sees one.
package protocol BusinessCalendar: Sendable {
    /// The business day of a merchant that ends next after `time`, and when.
    ///
    /// - Parameters:
    ///   - zone: IANA name; empty is UTC.
    ///   - cutoffMinute: of the local day, 0 … 1,439; the day ends with that minute.
    /// - Returns: nil if the zone is not known here.
    func place(after time: LedgerTime, zone: String, cutoffMinute: UInt16) -> BatchPlace?
}

/// Days of UTC for everybody, whatever the zone: for simulations.
package struct UTCCalendar: BusinessCalendar {
    package init() {}

    package func place(after time: LedgerTime, zone: String, cutoffMinute: UInt16) -> BatchPlace? {
        let today = BusinessDay(containing: time)
        for day in [today, BusinessDay(daysSinceEpoch: today.daysSinceEpoch + 1)] {
            let end = LedgerTime(hourNumber: UInt64(day.daysSinceEpoch) * 24)
                .adding(.seconds((UInt64(cutoffMinute) + 1) * 60))
            if end > time { return BatchPlace(day: day, closesAt: end) }
        }
        return nil
    }
}

extension BatchPlace {
    init(day: BusinessDay, closesAt: LedgerTime) {
        self.init()
        (self.day, self.closesAt) = (day, closesAt)
    }
}
