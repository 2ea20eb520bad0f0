import Foundation
import Ledger
import Testing

/// Bytes written once give the state that they gave then, whatever has become of decoders, of what events do,
/// of rows and their hashes since. "Change a fact" in docs/HACKING.md says what to do when one of these
/// fails.
@Suite(.serialized) struct GoldenLifeTests {
    private static func url(_ number: Int) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/life-\(number).txt")
    }

    /// Every life kept, in the order they were.
    private static func lives() throws -> [GoldenLife] {
        var lives: [GoldenLife] = []
        while FileManager.default.fileExists(atPath: url(lives.count + 1).path) {
            lives.append(GoldenLife(text: try String(contentsOf: url(lives.count + 1), encoding: .utf8)))
        }
        return lives
    }

    /// The types in their newest versions that are in none of the lives.
    private static func missing(_ lives: [GoldenLife]) -> [FactType] {
        let known = Set(lives.flatMap(\.versions))
        return FactType.allCases.filter { type in
            let digits = String(type.rawValue, radix: 16)
            let number = String(repeating: "0", count: 4 - digits.count) + digits
            return !known.contains("\(number) \(type.schema)")
        }
    }

    @Test func `the events of every life give the digests they gave`() throws {
        var lives = try Self.lives()
        // What is there stays; see docs/HACKING.md.
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_GOLDEN"] != nil {
            let missing = Self.missing(lives)
            if !missing.isEmpty {
                let life = try #require(DrawnLife.shortest(with: missing))
                print("golden life \(lives.count + 1): seed \(life.seed), \(life.events.count) events")
                lives.append(GoldenLife(life.events))
            }
            for index in lives.indices {
                _ = try lives[index].check(adds: true)
                try lives[index].text.write(to: Self.url(index + 1), atomically: true, encoding: .utf8)
            }
        }
        for index in lives.indices {
            let problems = try lives[index].check().prefix(5)
            #expect(problems == [], "life-\(index + 1).txt")
        }
    }

    @Test func `every fact is in a life, as it is written today`() throws {
        #expect(Self.missing(try Self.lives()) == [])
    }

    @Test func `a life that gives another digest is told with its place`() throws {
        let life = try #require(try Self.lives().first)
        let place = try #require(life.digests.keys.min())
        let golden = try #require(life.digests[place]?.last)
        var wrong = GoldenLife(text: life.text.replacing(golden, with: golden + "0"))
        #expect(try wrong.check(adds: true) == ["\(golden), was \(golden)0"])
        #expect(wrong.digests == GoldenLife(text: wrong.text).digests)
        #expect(life.text == GoldenLife(text: life.text).text)
    }
}
