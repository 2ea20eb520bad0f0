import Foundation

/// A golden file: lines that are only ever added. The first words of a line are its key, and what stands
/// behind a key never changes, not by the command that writes the file either.
struct GoldenLines {
    private(set) var lines: [String]
    private let keyWords: Int

    init(_ lines: [String], keyWords: Int) {
        self.lines = lines
        self.keyWords = keyWords
    }

    private static func url(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
    }

    /// A file of `Golden`, as it is; with `HOLDFAST_WRITE_GOLDEN` set, after what is not there yet has been
    /// added to it.
    static func read(_ name: String, keyWords: Int, adding now: [String]) throws -> GoldenLines {
        let text = try String(contentsOf: url(name), encoding: .utf8)
        var golden = GoldenLines(text.split(separator: "\n").map(String.init), keyWords: keyWords)
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_GOLDEN"] != nil, golden.add(now) > 0 {
            let text = golden.lines.map { $0 + "\n" }.joined()
            try text.write(to: url(name), atomically: true, encoding: .utf8)
        }
        return golden
    }

    private func key(_ line: String) -> String {
        line.split(separator: " ").prefix(keyWords).joined(separator: " ")
    }

    private var byKey: [String: String] { Dictionary(lines.map { (key($0), $0) }) { first, _ in first } }

    /// Adds the lines whose keys are not there; how many.
    mutating func add(_ now: [String]) -> Int {
        let known = byKey
        let new = now.filter { known[key($0)] == nil }
        lines += new
        return new.count
    }

    /// What is missing or has changed of the lines that code gives now, in words; and, if they should be
    /// all there are, which are no longer given.
    func problems(now: [String], isWhole: Bool = false) -> [String] {
        let known = byKey
        var problems: [String] = []
        if known.count != lines.count { problems.append("a key stands twice") }
        for line in now {
            switch known[key(line)] {
            case nil: problems.append("not there: \(line)")
            case line: break
            case let golden?: problems.append("changed: \(line), was \(golden)")
            }
        }
        let keys = Set(now.map(key))
        if isWhole { problems += lines.filter { !keys.contains(key($0)) }.map { "gone: \($0)" } }
        return problems
    }
}
