/// How long events must exist somewhere, and how long they must exist here.
public struct Retention: Sendable, Equatable {
    /// Months a local copy stays at least; the newest sealed segment always stays.
    public var localMonths = 2
    /// Years before which nothing is dropped everywhere, in months: seven years.
    public static let everywhereMonths = 84

    /// The defaults.
    public init() {}

    /// Whether a month's local copies may be given up (an archive holding them is another matter).
    package func mayEvict(_ month: Month, now: Month) -> Bool { month.distance(to: now) >= localMonths }

    /// Whether the last copy of a month may be dropped: seven years after the month has ended.
    public static func mayDropEverywhere(_ month: Month, now: Month) -> Bool {
        month.distance(to: now) > everywhereMonths
    }
}

extension Month {
    /// Calendar months from this one to `other`; negative if that is earlier.
    package func distance(to other: Month) -> Int {
        (Int(other.number / 100) - Int(number / 100)) * 12 + Int(other.number % 100) - Int(number % 100)
    }
}
