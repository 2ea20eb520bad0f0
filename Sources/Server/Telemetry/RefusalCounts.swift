package import Ledger

/// How often commands were refused, by code.
package struct RefusalCounts: Sendable {
    private var counts = [UInt64](repeating: 0, count: Self.codeMax + 1)
    private static let codeMax = RefusalCode.allCases.map { Int($0.rawValue) }.max() ?? 0

    package init() {}

    package subscript(code: RefusalCode) -> UInt64 { counts[Int(code.rawValue)] }

    mutating func note(_ code: RefusalCode) { counts[Int(code.rawValue)] &+= 1 }
}
