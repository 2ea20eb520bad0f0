import Foundation
import LogStore
import Testing

@Suite struct MonthTests {
    private static let day: UInt64 = 86_400_000_000_000

    @Test func `every day from 1970 to 2262 is in the month the calendar says`() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "UTC")!
        for number in stride(from: UInt64(0), to: EventHeader.timeMax / Self.day, by: 1) {
            let time = number * Self.day
            let date = Date(timeIntervalSince1970: TimeInterval(number) * 86_400)
            let parts = calendar.dateComponents([.year, .month], from: date)
            let month = Month(containing: time)
            #expect(month.number == UInt32(parts.year! * 100 + parts.month!))
            #expect(Month(containing: time + Self.day - 1) == month)
        }
    }

    @Test func `a month ends where the next begins`() {
        var month = Month(number: 197_001)!
        while month.number < 226_201 {
            let next = Month(containing: month.end)
            #expect(Month(containing: month.end - 1) == month)
            #expect(month.distance(to: next) == 1)
            #expect(Month(month.description) == month)
            month = next
        }
    }

    @Test(arguments: [
        "2026-13", "2026-00", "2026-1", "26-01", "2026/01", "+026-11", "2026-1１", "", "1969-12",
    ])
    func `what is no month is refused`(text: String) { #expect(Month(text) == nil) }
}
