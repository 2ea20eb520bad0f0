import LogStore

/// Nanoseconds since the Unix epoch as RFC 3339 in UTC, all nine digits: times are never rounded.
enum TimeText {
    static func rfc3339(_ time: UInt64) -> String {
        let seconds = time / 1_000_000_000
        let month = Month(containing: time)
        let ofDay = seconds % 86_400
        let day = dayOfMonth(time, month)
        return "\(month)-\(two(day))T\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))"
            + ".\(ShardPaths.padded(time % 1_000_000_000, 9))Z"
    }

    /// A moment as `rfc3339` writes it, with fewer digits behind the seconds or none; or nanoseconds since
    /// the epoch. nil for anything else, other time zones too.
    static func nanoseconds(of text: String) -> UInt64? {
        if let number = UInt64(text) { return number }
        guard text.hasSuffix("Z"), let month = Month(text.prefix(7)) else { return nil }
        let fields = text.dropFirst(8).dropLast().split(whereSeparator: { "T:.".contains($0) })
        let numbers = fields.compactMap { UInt64($0) }
        guard (4...5).contains(numbers.count), numbers.count == fields.count else { return nil }
        let (day, hour, minute, second) = (numbers[0], numbers[1], numbers[2], numbers[3])
        guard (1...31).contains(day), hour < 24, minute < 60, second < 60 else { return nil }
        let seconds = ((day - 1) * 24 + hour) * 3600 + minute * 60 + second
        let digits = numbers.count == 5 ? String(fields[4]) : ""
        guard digits.utf8.count <= 9 else { return nil }
        let part = UInt64(digits + String(repeating: "0", count: 9 - digits.utf8.count)) ?? 0
        let time = start(of: month) + seconds * 1_000_000_000 + part
        // Only a moment that is written so: no 31 February.
        let whole = rfc3339(time).dropLast()
        let given = text.dropLast() + (digits.isEmpty ? "." : "")
        return whole == given + String(repeating: "0", count: 9 - digits.utf8.count) ? time : nil
    }

    /// Which is the end of the one before.
    private static func start(of month: Month) -> UInt64 {
        let number = month.number % 100 == 1 ? month.number - 100 + 11 : month.number - 1
        return Month(number: number)?.end ?? 0
    }

    private static func dayOfMonth(_ time: UInt64, _ month: Month) -> UInt64 {
        (time - start(of: month)) / 86_400_000_000_000 + 1
    }

    private static func two(_ value: UInt64) -> String { ShardPaths.padded(value, 2) }

    /// 1536 → "1.5 KiB".
    static func bytes(_ count: UInt64) -> String {
        var value = Double(count)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let tenths = Int(value * 10)
        return unit == 0 ? "\(count) B" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
