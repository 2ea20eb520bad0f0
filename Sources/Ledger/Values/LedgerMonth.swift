/// A calendar month in UTC: months since January 1970. Times of the log end in month 3,507.
public struct LedgerMonth: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let number: UInt16

    /// The month that many months after January 1970.
    public init(number: UInt16) { self.number = number }

    /// The month that `time` lies in.
    public init(containing time: LedgerTime) {
        let day = time.nanoseconds / Self.dayLength
        // 400 years have 4,800 months in 146,097 days. Months are shorter and longer than that makes them,
        // by less than one in all.
        var number = UInt16(truncatingIfNeeded: day * 4_800 / 146_097)
        while Self.firstDay(of: number) > day { number -= 1 }
        while Self.firstDay(of: number + 1) <= day { number += 1 }
        self.number = number
    }

    /// No month: later than any.
    public static var none: Self { Self(number: .max) }
    public var isNone: Bool { number == .max }

    /// Its first moment.
    public var start: LedgerTime { LedgerTime(nanoseconds: Self.firstDay(of: number) * Self.dayLength) }
    /// The first moment after it; of the last month of all, the last moment.
    public var end: LedgerTime { LedgerTime(nanoseconds: Self.firstDay(of: number + 1) * Self.dayLength) }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    private static var dayLength: UInt64 { LedgerSpan.days(1).nanoseconds }

    /// Days from 1970-01-01 to the first of a month.
    private static func firstDay(of number: UInt16) -> UInt64 {
        let (year, month) = (1970 + UInt64(number) / 12, UInt64(number) % 12)
        // A year whose February has 30 days, which the next line takes away again.
        var day = (367 * month + 5) / 12
        if month > 1 { day -= isLeap(year) ? 1 : 2 }
        return (year - 1970) * 365 + leapDays(before: year) - leapDays(before: 1970) + day
    }

    private static func isLeap(_ year: UInt64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func leapDays(before year: UInt64) -> UInt64 {
        (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400
    }
}
