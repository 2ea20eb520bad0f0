import Foundation
import Testing

/// The built `holdfast`, run on a directory of its own that goes with the test.
final class Command {
    let directory: URL
    /// The test bundle and the command are built into one directory.
    static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "holdfast")

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "holdfast-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    struct Result {
        let status: Int32
        let output: Data
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
        var json: [String: Any] {
            get throws {
                guard let object = try? JSONSerialization.jsonObject(with: output) as? [String: Any] else {
                    throw NotJSON(status: status, text: text, errors: errors)
                }
                return object
            }
        }
    }

    /// A command that said something else than JSON: all it said.
    struct NotJSON: Error {
        let status: Int32
        let text: String
        let errors: String
    }

    /// A `log` command.
    func callAsFunction(_ arguments: String..., input: String = "", environment: [String: String] = [:])
        throws -> Result
    {
        try run(["log"] + arguments, input: input, environment: environment)
    }

    /// Any command.
    func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws -> Result
    {
        let process = Process()
        process.executableURL = Self.executable
        process.currentDirectoryURL = directory
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let names = ["in", "out", "err"].map { directory.appending(path: ".std\($0)") }
        try Data(input.utf8).write(to: names[0])
        for name in names[1...] { try Data().write(to: name) }
        process.standardInput = try FileHandle(forReadingFrom: names[0])
        process.standardOutput = try FileHandle(forWritingTo: names[1])
        process.standardError = try FileHandle(forWritingTo: names[2])
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: try Data(contentsOf: names[1]),
            errors: try String(contentsOf: names[2], encoding: .utf8))
    }

    /// Files below the data directory whose names end so, sorted.
    func files(_ ending: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory.appending(path: "data").path)
            .filter { $0.hasSuffix(ending) }.sorted()
    }

    func flip(_ path: String, at offset: Int) throws {
        let url = directory.appending(path: "data/\(path)")
        var bytes = try Data(contentsOf: url)
        bytes[offset] ^= 0x10
        try bytes.write(to: url)
    }
}
