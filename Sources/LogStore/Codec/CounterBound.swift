/// The bound of everything that only counts upwards: sequences, generations, incarnations, epochs.
///
/// No log gets there, so a larger value on disk is damage or hostile; refusing it where it is decoded keeps
/// every later `+ 1` from overflowing.
package enum CounterBound {
    package static let max: UInt64 = 1 << 62

    /// Refuses a counter beyond the bound.
    package static func check(_ value: UInt64, _ what: StaticString) throws(DecodingFailure) {
        guard value <= max else { throw DecodingFailure("\(what) \(value) is beyond \(max)") }
    }
}
