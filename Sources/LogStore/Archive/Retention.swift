/// How long events stay on this machine. Nothing here drops the last copy of anything: an archive has no
/// operation for it, so that the seven years for which payments must be kept cannot be cut short by mistake.
public struct Retention: Sendable, Equatable {
    /// Months a local copy stays at least; the newest sealed segment always stays.
    public var localMonths = 2

    /// The defaults.
    public init() {}

    /// Whether a month's local copies may be given up (an archive holding them is another matter).
    package func mayEvict(_ month: Month, now: Month) -> Bool { month.distance(to: now) >= localMonths }
}

extension Month {
    /// Calendar months from this one to `other`; negative if that is earlier.
    package func distance(to other: Month) -> Int {
        (Int(other.number / 100) - Int(number / 100)) * 12 + Int(other.number % 100) - Int(number % 100)
    }
}
