/// Up to `capacity` bytes of printable ASCII, kept in place: names and references that others gave.
///
/// Values without a reference can lie in events and rows, be copied like integers and be decoded without
/// allocating. Bytes behind the text are zero, so that equal texts are equal bytes.
public struct Text<let capacity: Int>: Sendable, BitwiseCopyable {
    /// Bytes in use.
    public private(set) var count: UInt8 = 0
    private var bytes = InlineArray<capacity, UInt8>(repeating: 0)

    /// The empty text.
    public init() {}

    /// The text of a string; nil if it is too long or has other than printable ASCII (0x20 … 0x7E).
    public init?(_ string: some StringProtocol) {
        for byte in string.utf8 {
            guard append(byte) else { return nil }
        }
    }

    /// Adds a byte; false, and nothing is changed, if there is no room or it cannot be printed.
    @inline(__always)
    public mutating func append(_ byte: UInt8) -> Bool {
        guard Int(count) < capacity, byte >= 0x20, byte <= 0x7E else { return false }
        bytes[Int(count)] = byte
        count &+= 1
        return true
    }

    public var isEmpty: Bool { count == 0 }

    /// The byte at `index`, which is below `count`.
    @inline(__always)
    public subscript(index: Int) -> UInt8 { bytes[index] }
}

extension Text: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<Int(left.count) where left[index] != right[index] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        for index in 0..<Int(count) { hasher.combine(self[index]) }
    }
}

extension Text: CustomStringConvertible {
    public var description: String { String(decoding: (0..<Int(count)).map { self[$0] }, as: UTF8.self) }
}
