/// 128 bits that stand for something longer: an idempotency key, a trace id.
public struct Hash128: Hashable, Sendable, BitwiseCopyable {
    public let low: UInt64
    public let high: UInt64

    /// The hash with these halves.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    public static var none: Self { Self(low: 0, high: 0) }
    public var isNone: Bool { low == 0 && high == 0 }
}
