import Ledger
import Server
import Testing

/// Business days where clocks change, and where they are far from ours.
@Suite struct ZonedCalendarTests {
    private let calendar = ZonedCalendar()

    private static func time(_ seconds: UInt64) -> LedgerTime {
        LedgerTime(nanoseconds: seconds * 1_000_000_000)
    }

    private func place(_ seconds: UInt64, _ zone: String, _ minute: UInt16 = 1_439) -> [UInt64]? {
        calendar.place(after: Self.time(seconds), zone: zone, cutoffMinute: minute).map {
            [UInt64($0.day.daysSinceEpoch), $0.closesAt.nanoseconds / 1_000_000_000]
        }
    }

    @Test func `a day ends with its last minute, where the merchant is`() {
        // 2026-06-01T12:00Z is day 20,605.
        let noon: UInt64 = 20_605 * 86_400 + 43_200
        #expect(place(noon, "") == [20_605, 20_606 * 86_400])
        #expect(place(noon, "Europe/Berlin") == [20_605, 20_606 * 86_400 - 7_200])
        #expect(place(noon, "America/New_York") == [20_605, 20_606 * 86_400 + 14_400])
        // Already tomorrow there.
        #expect(place(noon, "Pacific/Kiritimati") == [20_606, 20_607 * 86_400 - 50_400])
    }

    @Test func `what comes after the cutoff is of the next day`() {
        let day: UInt64 = 20_605
        let cutoff: UInt16 = 17 * 60
        let end = day * 86_400 + 17 * 3_600 + 60
        #expect(place(end - 1, "", cutoff) == [day, end])
        #expect(place(end, "", cutoff) == [day + 1, end + 86_400])
    }

    @Test func `days have 23 and 25 hours where clocks change`() throws {
        // Berlin, 2026-03-29 (day 20,541) and 2026-10-25 (day 20,751).
        let spring: UInt64 = 20_541 * 86_400 + 43_200
        #expect(place(spring, "Europe/Berlin") == [20_541, 20_542 * 86_400 - 7_200])
        #expect(place(spring - 86_400, "Europe/Berlin") == [20_540, 20_541 * 86_400 - 3_600])
        let autumn: UInt64 = 20_751 * 86_400 + 43_200
        #expect(place(autumn, "Europe/Berlin") == [20_751, 20_752 * 86_400 - 3_600])
        // The minute 02:30 does not come in spring: its day ends all the same, in that hour.
        let midnight: UInt64 = 20_541 * 86_400
        let missing = try #require(place(midnight, "Europe/Berlin", 150))
        #expect(missing[0] == 20_541)
        #expect(missing[1] >= midnight + 3_600 && missing[1] <= midnight + 7_200)
    }

    @Test func `zones east of Greenwich are known at the beginning of time too`() {
        for zone in ["Europe/Berlin", "Asia/Tokyo", "Pacific/Kiritimati", "America/Anchorage", ""] {
            #expect(place(0, zone, 0) != nil, "\(zone)")
        }
    }

    @Test func `a zone that nobody knows has no days`() {
        #expect(place(1_780_000_000, "Europe/Atlantis") == nil)
        #expect(place(1_780_000_000, "../../etc/passwd") == nil)
    }
}
