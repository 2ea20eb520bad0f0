internal import Foundation
package import Ledger
internal import Synchronization

/// Days as the machine's time zone data has them. Changes of the data count from the next start on; what is
/// in the log stays as it was decided.
package final class ZonedCalendar: BusinessCalendar {
    /// Zones by name, for looking one up costs a file.
    private let zones = Mutex<[String: TimeZone]>([:])

    package init() {}

    package func place(after time: LedgerTime, zone: String, cutoffMinute: UInt16) -> BatchPlace? {
        guard let zone = timeZone(zone) else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let now = Date(timeIntervalSince1970: Double(time.nanoseconds / 1_000_000_000))
        guard let midnight = calendar.dateInterval(of: .day, for: now)?.start else { return nil }
        for offset in 0...2 {
            guard let day = calendar.date(byAdding: .day, value: offset, to: midnight),
                let end = Self.end(of: day, minute: Int(cutoffMinute), calendar)
            else { return nil }
            if end > time { return BatchPlace(day: Self.day(day, calendar), closesAt: end) }
        }
        return nil
    }

    /// When the local minute `minute` of a day is over. A minute that a change of the clock leaves out is
    /// over with the change; of one that comes twice the first counts.
    private static func end(of day: Date, minute: Int, _ calendar: Calendar) -> LedgerTime? {
        let begins = calendar.date(
            bySettingHour: minute / 60, minute: minute % 60, second: 0, of: day,
            matchingPolicy: .nextTime, repeatedTimePolicy: .first, direction: .forward)
        guard let seconds = begins?.addingTimeInterval(60).timeIntervalSince1970 else { return nil }
        return LedgerTime(nanoseconds: UInt64(max(0, seconds)) * 1_000_000_000)
    }

    private static func day(_ midnight: Date, _ calendar: Calendar) -> BusinessDay {
        let offset = calendar.timeZone.secondsFromGMT(for: midnight)
        let local = midnight.timeIntervalSince1970 + Double(offset)
        return BusinessDay(daysSinceEpoch: UInt32(max(0, (local / 86_400).rounded(.down))))
    }

    private func timeZone(_ name: String) -> TimeZone? {
        if name.isEmpty { return TimeZone(secondsFromGMT: 0) }
        return zones.withLock { zones in
            if let known = zones[name] { return known }
            let zone = TimeZone(identifier: name)
            zones[name] = zone
            return zone
        }
    }
}
