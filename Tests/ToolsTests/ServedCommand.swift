import Foundation
import Testing

/// `holdfast serve` beside the commands of a test, on a port that was free.
final class ServedCommand {
    let holdfast: Command
    private var process = Process()
    private(set) var port = 0

    init() throws {
        holdfast = try Command()
        try start()
    }

    deinit { stop() }

    /// Starts on the port it had, if it had one.
    func start() throws {
        process = Process()
        process.executableURL = Command.executable
        process.currentDirectoryURL = holdfast.directory
        process.arguments = ["serve", "data", "--port", "\(port)", "--wal-mib", "16", "--json"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var bytes = Data()
        while true {
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "the server did not start")
            bytes += more
            guard let said = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any] else {
                continue
            }
            port = try #require(said["port"] as? Int)
            return
        }
    }

    /// Stops it in order.
    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    /// Runs a command that finds this server.
    func callAsFunction(_ arguments: String..., input: String = "") throws -> Command.Result {
        try holdfast.run(
            arguments, input: input,
            environment: ["HOLDFAST_PORT": "\(port)", "HOLDFAST_DIRECTORY": "data"])
    }

    /// An acquirer and a merchant.
    func openShop() throws {
        #expect(try self("acquirer", "open", "Bank", "--quiet").text == "acq_1\n")
        #expect(try self("merchant", "open", "Shop", "--quiet").text == "mer_1\n")
    }

    /// The objects of output that has one a line.
    static func lines(_ result: Command.Result) throws -> [[String: Any]] {
        try result.text.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }
}
