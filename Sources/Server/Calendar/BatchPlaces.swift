internal import Ledger

/// The batch that each merchant's captures open next, worked out once a day and merchant. 16 bytes a
/// merchant.
struct BatchPlaces<Calendar: BusinessCalendar> {
    private let calendar: Calendar
    private var places: [BatchPlace] = []

    init(_ calendar: Calendar) { self.calendar = calendar }

    /// The place for what is captured at `time`; nil if the merchant's time zone is not known here.
    @inline(__always)
    mutating func place(
        of merchant: UInt32, _ settings: MerchantSettings, at time: LedgerTime
    ) -> BatchPlace? {
        let index = Int(merchant)
        if index < places.count, places[index].closesAt > time { return places[index] }
        return workOut(index, settings, time)
    }

    /// A merchant's settings have changed.
    mutating func forget(_ merchant: UInt32) {
        if Int(merchant) < places.count { places[Int(merchant)] = BatchPlace() }
    }

    func isKnown(zone: String) -> Bool {
        calendar.place(after: LedgerTime(nanoseconds: 1), zone: zone, cutoffMinute: 0) != nil
    }

    private mutating func workOut(
        _ index: Int, _ settings: MerchantSettings, _ time: LedgerTime
    ) -> BatchPlace? {
        let place = calendar.place(
            after: time, zone: settings.timeZone.description, cutoffMinute: settings.cutoffMinute)
        guard let place else { return nil }
        if index >= places.count {
            places.append(contentsOf: repeatElement(BatchPlace(), count: index * 2 + 64 - places.count))
        }
        places[index] = place
        return place
    }
}
