import LogStore
import Testing

/// SplitMix64 (Steele et al., OOPSLA'14): a small generator whose sequence depends on the seed alone.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// Lower-case hexadecimal digits of `bytes`.
func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A UUID whose 16 bytes count up from `first`.
func makeUUID(_ first: UInt8) -> LogUUID { LogUUID(bytes: (0..<16).map { first &+ $0 }) }

/// A hash whose 32 bytes count up from `first`.
func makeHash(_ first: UInt8) -> Hash256 {
    guard let hash = Hash256(bytes: (0..<32).map { first &+ $0 }) else { fatalError("32 bytes make a hash") }
    return hash
}

/// Golden bytes without the line breaks and spaces that make them readable.
func golden(_ text: String) -> String { String(text.filter { !$0.isWhitespace }) }
