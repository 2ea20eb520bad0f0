import Client
import Foundation
import Ledger
import Protocol

/// The server that a load goes to.
struct BenchTarget: Sendable {
    let host: String
    let port: Int
    let key: APIKey

    /// Waits for the answer to a handshake, which the ledger gives as it gives every other.
    func greet() async throws {
        try await LedgerClient.connect(ClientOptions(host: host, port: port, key: key.text)).close()
    }

    /// Opens an acquirer and merchants.
    func prepare(merchants: Int) async throws {
        let client = try await LedgerClient.connect(ClientOptions(host: host, port: port, key: key.text))
        var acquirer = SetAcquirer()
        acquirer.settings.name = Text("Acquirer") ?? Text()
        _ = try await client.execute(Command(.setAcquirer(acquirer)))
        var merchant = OpenMerchant()
        merchant.settings.name = Text("Merchant") ?? Text()
        let command = Command(.openMerchant(merchant))
        for start in stride(from: 0, to: merchants, by: 1_000) {
            let count = min(1_000, merchants - start)
            let results = try await client.execute(
                [(command: Command, key: String?)](repeating: (command, nil), count: count))
            guard results.allSatisfy({ $0.status == .done }) else {
                throw CommandFailure(.internalError, "a merchant was not opened")
            }
        }
        await client.close()
    }
}

/// A server of the same program on a directory of its own, as a process of its own.
final class BenchServer {
    private var process = Process()
    private let directory: String
    private let arguments: [String]
    private(set) var target: BenchTarget

    private struct Started: Decodable {
        let host: String
        let port: Int
        let keyFile: String
    }

    /// Starts `holdfast serve` on a new directory below `parent`.
    init(below parent: String, arguments: [String]) throws {
        directory = parent + "/holdfast-bench-\(UUID().uuidString).tmp"
        self.arguments = arguments
        (process, target) = try Self.start(directory, arguments)
    }

    /// Kills it, starts it again on what it left, and has it answer.
    ///
    /// - Returns: seconds from the start of the process to its first answer.
    func killAndStart() async throws -> Double {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let began = ContinuousClock.now
        (process, target) = try Self.start(directory, arguments)
        try await target.greet()
        return (ContinuousClock.now - began) / .seconds(1)
    }

    private static func start(
        _ directory: String, _ arguments: [String]
    ) throws -> (Process, BenchTarget) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["serve", directory, "--port", "0", "--json"] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let started = try read(output)
        let text = try String(contentsOfFile: started.keyFile, encoding: .utf8)
        guard let key = APIKey(text.filter { !$0.isWhitespace }) else {
            throw CommandFailure(.internalError, "\(started.keyFile) holds no API key")
        }
        return (process, BenchTarget(host: started.host, port: started.port, key: key))
    }

    /// The object a server prints when it listens.
    private static func read(_ output: Pipe) throws -> Started {
        var bytes = Data()
        while true {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw CommandFailure(.internalError, "the server did not start") }
            bytes += more
            if let started = try? JSONDecoder().decode(Started.self, from: bytes) { return started }
        }
    }

    /// Memory that the server has, MiB; 0 if that is not known.
    var residentMebibytes: Int {
        let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1_024 } ?? 0
    }

    var processIdentifier: Int32 { process.processIdentifier }

    /// Stops it in order, and removes its directory.
    func stop() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: directory)
    }
}
