// Hours and days of UTC that moments lie in; months are `LedgerMonth`.

extension LedgerTime {
    /// Hours since the epoch that are over.
    public var hourNumber: UInt64 { nanoseconds / LedgerSpan.hours(1).nanoseconds }

    /// The first moment of an hour, counted as `hourNumber` does.
    public init(hourNumber: UInt64) {
        self.init(nanoseconds: hourNumber * LedgerSpan.hours(1).nanoseconds)
    }
}

extension BusinessDay {
    /// The UTC day a moment is in.
    public init(containing time: LedgerTime) {
        self.init(daysSinceEpoch: UInt32(clamping: time.nanoseconds / LedgerSpan.days(1).nanoseconds))
    }

    /// The first moment of the next UTC day.
    public var end: LedgerTime {
        LedgerTime.none.adding(
            LedgerSpan(nanoseconds: (UInt64(daysSinceEpoch) + 1) * LedgerSpan.days(1).nanoseconds))
    }
}
