import Foundation
import Testing

/// The house rules a compiler does not know, checked over the text of the repository.
///
/// Each test collects every violation as `path:line: what`, so that one run shows all there is to do.
@Suite struct TidyTests {
    private static let repository = Repository()
    private var sources: [SourceFile] { Self.repository.files(under: ["Sources"], endings: ["swift"]) }
    private var swift: [SourceFile] {
        Self.repository.files(under: ["Sources", "Tests"], endings: ["swift"])
    }

    @Test func `there is something to check`() {
        #expect(sources.count > 10)
        #expect(swift.count > sources.count)
    }

    @Test func `checks that vanish or fall silent in release builds are not used`() {
        // `precondition` loses its text with -O and vanishes without checks: `invariant` does neither.
        expectNone(in: sources, matching: /\bprecondition(Failure)?\(/)
        expectNone(
            in: everyText, matching: Regex.words("-O", "unchecked"), except: ["docs/", "CONTRIBUTING.md"])
    }

    @Test func `no error is thrown away`() {
        expectNone(in: swift, matching: /\btry!/)
    }

    @Test func `nothing is left for later`() {
        let later = Regex.words(#"\b(TO"#, #"DO|FIX"#, #"ME|XX"#, #"X)\b"#)
        expectNone(in: everyText, matching: later)
    }

    @Test func `a promise to the compiler has its reason beside it`() {
        let promise = /@unchecked Sendable|nonisolated\(unsafe\)/
        var violations: [String] = []
        for file in sources {
            for (index, line) in file.lines.enumerated() where line.code.contains(promise) {
                let above = file.lines[max(0, index - 6)..<index]
                if !above.contains(where: { $0.contains("//") }) { violations.append(file.place(index)) }
            }
        }
        #expect(violations == [])
    }

    @Test func `unsafe code says what makes it right`() {
        var violations: [String] = []
        for file in sources {
            let uses = file.declarations.filter { declaration in
                file.lines[declaration].contains { $0.code.contains(/\bunsafe\b/) }
            }
            // In libcrypto's wrappers one line speaks for a file's plain calls.
            let isWrapper = file.path.hasPrefix("Sources/LogStore/Crypto/")
            if isWrapper && file.lines.contains(where: { $0.contains("// SAFETY") }) { continue }
            if uses.isEmpty || file.lines.contains(where: { $0.contains("// SAFETY throughout: ") }) {
                continue
            }
            for declaration in uses
            where !file.lines[declaration].contains(where: { $0.contains("// SAFETY") }) {
                violations.append(file.place(declaration.lowerBound))
            }
        }
        #expect(violations == [])
    }

    @Test func `a public type or function says what the caller gets`() {
        let attribute = /^\s*@/
        let type = /^\s*public (?:final |indirect )*(?:struct|enum|class|actor|protocol)\s/
        let function = /^\s*(public )?(?:static |mutating )*func ([a-z]\w*)/
        var bare: [String] = []
        var bareFunctions: [(name: String, place: String)] = []
        var described: Set<String> = ["hash", "encode"]
        for file in sources {
            for (index, line) in file.lines.enumerated() {
                let above = file.lines[..<index].last { !$0.contains(attribute) }
                let isDescribed = above?.contains("///") == true
                if !isDescribed, line.contains(type) { bare.append(file.place(index)) }
                guard let match = line.prefixMatch(of: function) else { continue }
                // A protocol's word counts for the functions that keep it.
                if isDescribed { described.insert(String(match.2)) }
                if !isDescribed, match.1 != nil { bareFunctions.append((String(match.2), file.place(index))) }
            }
        }
        bare += bareFunctions.filter { !described.contains($0.name) }.map(\.place)
        #expect(bare == [])
    }

    @Test func `a file can be read at a sitting and a line on a page`() {
        let long = sources.filter { $0.lines.count > 600 }.map { "\($0.path): \($0.lines.count) lines" }
        #expect(long == [])
        var wide: [String] = []  // The formatter looks at Swift code, this also at comments, C and scripts.
        for file in everyText where !file.path.hasSuffix(".md") {
            for (index, line) in file.lines.enumerated()
            where line.count > 110 && !isPublishedVector(line, in: file.path) {
                wide.append("\(file.place(index)): \(line.count) columns")
            }
        }
        #expect(wide == [])
    }

    /// A signature or note published by somebody else, in a test: it stays in one piece.
    private func isPublishedVector(_ line: some StringProtocol, in path: String) -> Bool {
        path.hasPrefix("Tests/LogStoreTests/Proofs/")
            && (line.contains("— ") || line.contains("cryptography is"))
    }

    @Test func `no text knows the machine it was written on`() {
        expectNone(
            in: everyText, matching: Regex.words(#"(^|[^A-Za-z0-9.])/(wo"#, #"rk|ro"#, #"ot|ho"#, #"me)/"#))
    }

    @Test func `the log store reaches the machine only through its seam`() {
        let logStore = Self.repository.files(under: ["Sources/LogStore"], endings: ["swift"])
        expectNone(in: logStore, matching: /^\s*((internal|package|public|private) )?import Foundation/)
        let calls = [
            /(?:^|[^.\w])(?:open|openat|creat|p?read|p?write|p?writev|fdatasync|fsync|ftruncate)\(/,
            /(?:^|[^.\w])(?:rename|renameat|unlink|unlinkat|rmdir|mkdir|mkdirat|mmap|flock|clock_gettime)\(/,
        ]
        let seam = "Sources/LogStore/Storage/Linux"
        for file in logStore where !file.path.hasPrefix(seam) && file.lines.contains("import Glibc") {
            let functions = /\bfunc \w+\(/
            let violations = file.lines.enumerated().filter { _, line in
                !line.code.contains(functions) && calls.contains { line.code.contains($0) }
            }
            #expect(violations.map { file.place($0.offset) } == [])
        }
    }

    @Test func `every target of the Makefile that a document names exists`() {
        let makefile = Self.repository.files(under: ["Makefile"], endings: ["Makefile"])
        let targets = makefile.flatMap(\.lines).compactMap { line in
            line.prefixMatch(of: /([a-z-]+):/).map { String($0.1) }
        }
        #expect(targets.contains("test"))
        var violations: [String] = []
        for file in everyText where file.path.hasSuffix(".md") {
            for (index, line) in file.lines.enumerated() {
                for match in line.matches(of: /`make ([a-z-]+)/) where !targets.contains(String(match.1)) {
                    violations.append("\(file.place(index)): make \(match.1)")
                }
            }
        }
        #expect(violations == [])
    }

    // MARK: -

    private var everyText: [SourceFile] {
        Self.repository.files(
            under: [
                "Sources", "Tests", "Benchmarks", "docs", "scripts", ".ci", "Makefile", "Package.swift",
                "README.md",
                "CONTRIBUTING.md", "CHANGELOG.md",
            ],
            endings: ["swift", "c", "h", "py", "sh", "md", "map", "Makefile"], alsoWithoutEnding: true)
    }

    private func expectNone(
        in files: [SourceFile], matching pattern: some RegexComponent, except prefixes: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var violations: [String] = []
        for file in files where !prefixes.contains(where: file.path.hasPrefix) {
            for (index, line) in file.lines.enumerated() where line.contains(pattern) {
                violations.append("\(file.place(index)): \(line.trimmingCharacters(in: .whitespaces))")
            }
        }
        #expect(violations == [], sourceLocation: sourceLocation)
    }
}

/// One text file, by lines.
private struct SourceFile: Sendable {
    /// Relative to the repository.
    let path: String
    let lines: [String]

    func place(_ index: Int) -> String { "\(path):\(index + 1)" }

    /// Lines of each member of the file's types, and of each type's head, with the comments above it.
    var declarations: [Range<Int>] {
        let start =
            /^( {4})?(?!\/\/)[^ ].*\b(?:func|init|deinit|subscript|var|let|struct|class|enum|extension)\b/
        let starts = lines.indices.filter { lines[$0].contains(start) }.map { index in
            let above = lines[..<index].lastIndex { !$0.contains(/^ *(?:\/\/|@)/) }
            return above.map { $0 + 1 } ?? 0
        }
        return zip(starts, starts.dropFirst() + [lines.count]).map { $0..<$1 }
    }
}

/// The checkout this test was compiled from.
private struct Repository: Sendable {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Sorted by path. A name in `places` may be a file or a directory, and may be missing.
    func files(under places: [String], endings: Set<String>, alsoWithoutEnding: Bool = false) -> [SourceFile]
    {
        var paths: [String] = []
        for place in places {
            let url = root.appending(path: place)
            guard let values = try? url.resourceValues(forKeys: [.isDirectoryKey]) else { continue }
            if values.isDirectory == true {
                let below = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String }
                paths += (below ?? []).map { "\(place)/\($0)" }
            } else {
                paths.append(place)
            }
        }
        return paths.sorted().compactMap { path in
            let ending = URL(filePath: path).pathExtension
            guard
                endings.contains(ending) || (ending.isEmpty && (alsoWithoutEnding || endings.contains(path)))
            else { return nil }
            guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else {
                return nil
            }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            return SourceFile(path: path, lines: lines)
        }
    }
}

extension String {
    /// The line without its comment.
    fileprivate var code: Substring {
        guard let comment = firstRange(of: "//") else { return self[...] }
        return self[..<comment.lowerBound]
    }
}

extension Regex where Output == AnyRegexOutput {
    /// A pattern in pieces, so that this file does not match itself.
    fileprivate static func words(_ pieces: String...) -> Regex<AnyRegexOutput> {
        guard let pattern = try? Regex(pieces.joined()) else {
            Issue.record("not a pattern: \(pieces)")
            return Regex<AnyRegexOutput>(verbatim: "")
        }
        return pattern
    }
}
