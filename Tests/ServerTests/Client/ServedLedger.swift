import Client
import Ledger
import LogStore
import Protocol
import Server
import TestSupport
import Testing

/// A server on loopback with a directory of its own, that can be stopped and started again on the same port.
final class ServedLedger {
    let directory: TemporaryDirectory
    private var server: LedgerServer<LinuxPlatform>?
    let port: Int

    init() throws {
        directory = try TemporaryDirectory()
        let server = try Self.start(directory, port: 0)
        (self.server, port) = (server, server.address.port)
    }

    private static func start(_ directory: TemporaryDirectory, port: Int) throws -> LedgerServer<
        LinuxPlatform
    > {
        var settings = ServerSettings()
        settings.port = port
        settings.log.geometry.walBytes = 8 << 20
        let platform = LinuxPlatform(disk: try LinuxStorage(root: directory.path))
        return try LedgerServer.start(platform, settings) { error in
            Issue.record("the server failed: \(error)")
        }
    }

    /// The text of its first key.
    var key: String {
        get throws {
            let disk = try LinuxStorage(root: directory.path)
            let bytes = try AtomicFile.read(StoragePath("api-key"), byteCountMax: 4_096, on: disk)
            return String(decoding: bytes ?? [], as: UTF8.self).filter { !$0.isWhitespace }
        }
    }

    func connect(key: String? = nil) async throws -> LedgerClient {
        try await LedgerClient.connect(ClientOptions(port: port, key: try key ?? self.key))
    }

    /// Stops it in order, and starts it again where clients look for it.
    func restart() throws {
        try stop()
        server = try Self.start(directory, port: port)
    }

    func stop() throws {
        try server?.stop()
        // The lock on the directory goes with it.
        server = nil
    }
}

/// Commands of a small shop.
enum ShopCommands {
    static let shop = MerchantID(raw: 1)

    static var merchant: Command {
        var body = OpenMerchant()
        body.settings.name = Text("Shop") ?? Text()
        return Command(.openMerchant(body))
    }

    static var acquirer: Command {
        var body = SetAcquirer()
        body.settings.name = Text("Acquirer") ?? Text()
        return Command(.setAcquirer(body))
    }

    static func authorization(_ amount: Int64, of merchant: MerchantID = shop) -> Command {
        var body = RecordAuthorization()
        body.order.amount = amount
        body.order.currency = 978
        body.acquirer = AcquirerID(raw: 1)
        var command = Command(.recordAuthorization(body))
        command.merchant = merchant
        return command
    }

    static func capture(_ payment: PaymentID) -> Command {
        var body = CapturePayment()
        body.payment = payment
        var command = Command(.capturePayment(body))
        command.merchant = shop
        return command
    }

    /// A shop that can be paid.
    static func open(_ client: LedgerClient) async throws {
        #expect(try await client.execute(acquirer, key: "a").status == .done)
        #expect(try await client.execute(merchant, key: "m").status == .done)
    }

    /// So many authorizations, in one request.
    static func authorize(_ count: Int, _ name: String, _ client: LedgerClient) async throws {
        let orders = (1...count).map { (authorization(Int64($0)), "\(name)/\($0)" as String?) }
        #expect(try await client.execute(orders).allSatisfy { $0.status == .done })
    }
}
