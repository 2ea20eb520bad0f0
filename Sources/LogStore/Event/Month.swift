/// A UTC calendar month as the number yyyymm; the partition an event belongs to by its own time.
public struct Month: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 202611 for November 2026.
    public let number: UInt32

    /// The last whole year whose nanoseconds since 1970 fit 64 bits.
    package static let yearMax: UInt32 = 2553

    /// From yyyymm; nil if that is not a month of the years 1970 to 2553.
    public init?(number: UInt32) {
        guard (1...12).contains(number % 100), (1970...Self.yearMax).contains(number / 100)
        else { return nil }
        self.number = number
    }

    /// The month that contains `time`, nanoseconds since the Unix epoch.
    ///
    /// Days to civil date after Howard Hinnant's "chrono-compatible low-level date algorithms", with the year
    /// starting in March so that the leap day comes last.
    public init(containing time: UInt64) {
        let days = Int64(time / 86_400_000_000_000) + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        number = UInt32(year * 100 + month)
    }

    /// The first nanosecond of the following month.
    public var end: UInt64 {
        let year = Int64(number / 100) + (number % 100 == 12 ? 1 : 0)
        let month = Int64(number % 100) % 12 + 1
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return UInt64(era * 146_097 + dayOfEra - 719_468) * 86_400_000_000_000
    }

    public static func < (left: Month, right: Month) -> Bool { left.number < right.number }

    /// "2026-11".
    public var description: String {
        let month = number % 100
        return "\(number / 100)-\(month < 10 ? "0" : "")\(month)"
    }

    /// Reads "2026-11".
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            let year = UInt32(parts[0]), let month = UInt32(parts[1])
        else { return nil }
        self.init(number: year * 100 + month)
        // `UInt32` also reads "+1".
        guard description == text else { return nil }
    }
}
