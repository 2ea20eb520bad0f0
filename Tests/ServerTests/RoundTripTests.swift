import Client
import Ledger
import LogStore
import NIOCore
import NIOPosix
import Protocol
import Server
import TestSupport
import Testing

/// A server and a client that talk over loopback, on a real directory.
@Suite struct RoundTripTests {
    private func settings() -> ServerSettings {
        var settings = ServerSettings()
        settings.port = 0
        settings.log.geometry.walBytes = 8 << 20
        return settings
    }

    private func start(_ directory: TemporaryDirectory) throws -> LedgerServer<LinuxPlatform> {
        let platform = LinuxPlatform(disk: try LinuxStorage(root: directory.path))
        return try LedgerServer.start(platform, settings()) { error in
            Issue.record("the server failed: \(error)")
        }
    }

    private func connect(
        _ server: LedgerServer<LinuxPlatform>, _ directory: TemporaryDirectory
    ) async throws -> LedgerClient {
        let options = ClientOptions(port: server.address.port, key: try key(directory).text)
        return try await LedgerClient.connect(options)
    }

    private func key(_ directory: TemporaryDirectory) throws -> APIKey {
        let disk = try LinuxStorage(root: directory.path)
        let bytes = try AtomicFile.read(StoragePath("api-key"), byteCountMax: 4_096, on: disk)
        return try #require(APIKey(String(decoding: bytes ?? [], as: UTF8.self).filter { !$0.isWhitespace }))
    }

    private var merchant: Command {
        var body = OpenMerchant()
        body.settings.name = Text("Shop") ?? Text()
        return Command(.openMerchant(body))
    }

    private var acquirer: Command {
        var body = SetAcquirer()
        body.settings.name = Text("Acquirer") ?? Text()
        return Command(.setAcquirer(body))
    }

    private func authorization(_ amount: Int64) -> Command {
        var body = RecordAuthorization()
        body.order.amount = amount
        body.order.currency = 978
        body.acquirer = AcquirerID(raw: 1)
        var command = Command(.recordAuthorization(body))
        command.merchant = MerchantID(raw: 1)
        return command
    }

    /// Authorizes and captures under two keys.
    private func pay(
        _ directory: TemporaryDirectory
    ) async throws -> (authorized: CommandResult, captured: CommandResult) {
        let server = try start(directory)
        let client = try await connect(server, directory)
        _ = try await client.execute(merchant, key: "m")
        _ = try await client.execute(acquirer, key: "a")
        let authorized = try await client.execute(authorization(1_000), key: "order 1")
        var capture = CapturePayment()
        capture.payment = PaymentID(raw: authorized.made)
        var command = Command(.capturePayment(capture))
        command.merchant = MerchantID(raw: 1)
        let captured = try await client.execute(command, key: "order 1, capture")
        await client.close()
        try server.stop()
        return (authorized, captured)
    }

    @Test func `a payment is authorized, captured and still there after a restart`() async throws {
        let directory = try TemporaryDirectory()
        let (authorized, captured) = try await pay(directory)
        #expect(authorized.status == .done && authorized.made != 0)
        #expect(captured.status == .done && captured.events == 2 && captured.made != 0)

        let again = try await pay(directory)
        #expect(again.authorized.status == .exists(.done) && again.captured.status == .exists(.done))
        #expect(again.authorized.made == authorized.made)
        #expect(again.authorized.position == authorized.position)
        #expect(again.captured.made == captured.made)
    }

    @Test func `a key that is used again for something else is refused`() async throws {
        let directory = try TemporaryDirectory()
        let server = try start(directory)
        let client = try await connect(server, directory)
        _ = try await client.execute(merchant, key: "m")
        _ = try await client.execute(acquirer, key: "a")
        #expect(try await client.execute(authorization(1_000), key: "order 1").status == .done)
        let other = try await client.execute(authorization(1_001), key: "order 1")
        #expect(other.status == .refused(.keyReused))
        await client.close()
        try server.stop()
    }

    @Test func `a slow, a fast and a late subscriber see every event once, in order`() async throws {
        let directory = try TemporaryDirectory()
        let server = try start(directory)
        let client = try await connect(server, directory)
        let key = try self.key(directory)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let wanted: UInt64 = 1_200
        async let fast = SubscriberOverLoopback(on: loop, from: 0, wanted: wanted, window: 100_000)
            .run(port: server.address.port, key: key)
        async let slow = SubscriberOverLoopback(on: loop, from: 0, wanted: wanted, window: 7)
            .run(port: server.address.port, key: key)
        _ = try await client.execute(merchant, key: "m")
        _ = try await client.execute(acquirer, key: "a")
        for round in 0..<12 {
            let orders = (1...100).map { (authorization(Int64($0)), "order \(round)/\($0)" as String?) }
            #expect(try await client.execute(orders).allSatisfy { $0.status == .done })
        }
        let late = try await SubscriberOverLoopback(on: loop, from: 0, wanted: wanted, window: 1_000)
            .run(port: server.address.port, key: key)
        for positions in [try await fast, try await slow, late] {
            #expect(positions == Array(0..<UInt64(positions.count)) && positions.count >= Int(wanted))
        }
        await client.close()
        try server.stop()
        try await group.shutdownGracefully()
    }

    @Test func `many callers share frames, and each gets its own answer`() async throws {
        let directory = try TemporaryDirectory()
        let server = try start(directory)
        let client = try await connect(server, directory)
        _ = try await client.execute(merchant, key: "m")
        _ = try await client.execute(acquirer, key: "a")
        let made = try await withThrowingTaskGroup(of: (Int, CommandResult).self) { group in
            for index in 1...500 {
                group.addTask {
                    (index, try await client.execute(self.authorization(Int64(index)), key: "order \(index)"))
                }
            }
            var made: Set<UInt64> = []
            for try await (index, result) in group {
                #expect(result.status == .done, "order \(index)")
                made.insert(result.made)
            }
            return made
        }
        #expect(made.count == 500)
        await client.close()
        try server.stop()
    }

    @Test func `of a request that is all or nothing nothing is done if one command is refused`() async throws
    {
        let directory = try TemporaryDirectory()
        let server = try start(directory)
        let client = try await connect(server, directory)
        _ = try await client.execute(merchant, key: "m")
        _ = try await client.execute(acquirer, key: "a")
        let refused = try await client.executeTogether([authorization(5), authorization(0)], key: "both")
        #expect(refused.map(\.status) == [.refused(.amountZero)])
        let done = try await client.executeTogether([authorization(5), authorization(6)], key: "both, again")
        #expect(done.map(\.status) == [.done, .done] && Set(done.map(\.made)).count == 2)
        let again = try await client.executeTogether(
            [authorization(5), authorization(6)], key: "both, again")
        #expect(again.map(\.status) == [.exists(.done)])
        await client.close()
        try server.stop()
    }
}
