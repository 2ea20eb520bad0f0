import Foundation
import Protocol
import Testing

/// docs/protocol.md is what clients are written from.
@Suite struct PageTests {
    @Test func `the page has every failure, and every message by its number`() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/protocol.md")
        let page = try String(contentsOf: url, encoding: .utf8)
        for code in FailureCode.allCases {
            #expect(page.contains("\n| \(code.rawValue) | \(code) |"), "\(code)")
        }
        for type in MessageType.allCases {
            let number = String(type.rawValue, radix: 16, uppercase: true)
            let digits = number.count < 2 ? "0" + number : number
            let side = type.isFromClient ? "client" : "server"
            #expect(page.contains("\n| `0x\(digits)` | \(side) |"), "\(type)")
        }
    }
}
