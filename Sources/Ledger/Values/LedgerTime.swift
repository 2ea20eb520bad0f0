/// A moment of the log's own clock: nanoseconds since the Unix epoch, strictly increasing along the log.
///
/// Zero is "none". Also used for moments told from outside (effective and due times), which need not
/// increase.
public struct LedgerTime: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since 1970-01-01T00:00:00Z, below 2^63.
    public let nanoseconds: UInt64

    /// The moment that many nanoseconds after the epoch; `max` at most: no event can tell a later one.
    public init(nanoseconds: UInt64) { self.nanoseconds = Swift.min(nanoseconds, (1 << 63) - 1) }

    /// No moment.
    public static var none: Self { Self(nanoseconds: 0) }
    /// Later than anything; the year 2262.
    public static var max: Self { Self(nanoseconds: (1 << 63) - 1) }
    /// Whether this is no moment.
    public var isNone: Bool { nanoseconds == 0 }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// `span` later; `max` at most, so that no sum of hostile inputs overflows.
    public func adding(_ span: LedgerSpan) -> Self {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(span.nanoseconds)
        return overflow || sum > Self.max.nanoseconds ? .max : Self(nanoseconds: sum)
    }

    /// `span` earlier; the epoch at least.
    public func subtracting(_ span: LedgerSpan) -> Self {
        Self(nanoseconds: nanoseconds < span.nanoseconds ? 0 : nanoseconds - span.nanoseconds)
    }
}

/// A length of time, in nanoseconds; never negative. `Duration` has 128 bits, which rows cannot spare.
public struct LedgerSpan: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let nanoseconds: UInt64

    /// That many nanoseconds; below 2^63, as moments are.
    public init(nanoseconds: UInt64) { self.nanoseconds = Swift.min(nanoseconds, (1 << 63) - 1) }

    /// So many seconds.
    public static func seconds(_ count: UInt64) -> Self { Self(nanoseconds: count * 1_000_000_000) }
    /// So many hours.
    public static func hours(_ count: UInt64) -> Self { seconds(count * 3_600) }
    /// So many days of 24 hours.
    public static func days(_ count: UInt64) -> Self { seconds(count * 86_400) }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}

/// A calendar day without a zone: days since 1970-01-01.
public struct BusinessDay: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let daysSinceEpoch: UInt32

    /// The day that many days after 1970-01-01.
    public init(daysSinceEpoch: UInt32) { self.daysSinceEpoch = daysSinceEpoch }

    public static func < (left: Self, right: Self) -> Bool {
        left.daysSinceEpoch < right.daysSinceEpoch
    }
}
