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

    /// Counted from the start of the month, which is the end of the one before.
    private static func dayOfMonth(_ time: UInt64, _ month: Month) -> UInt64 {
        let number = month.number % 100 == 1 ? month.number - 100 + 11 : month.number - 1
        let start = Month(number: number)?.end ?? 0
        return (time - start) / 86_400_000_000_000 + 1
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
