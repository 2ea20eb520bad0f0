import Foundation
import LogStore
import Testing

@Suite struct BackupCommandTests {
    private static let key = String(repeating: "0123456789abcdef", count: 4)

    private func run(_ holdfast: Command, _ arguments: String...) throws -> Command.Result {
        try holdfast.run(arguments, environment: ["KEK": Self.key])
    }

    private func makeLog(_ holdfast: Command, _ keys: [String] = []) throws {
        let environment = ["KEK": Self.key]
        #expect(try holdfast.run(["log", "init"] + keys, environment: environment).status == 0)
        let append = ["log", "append", "--wal-mib", "1", "--count", "30000", "--bytes", "100"] + keys
        #expect(try holdfast.run(append, environment: environment).status == 0)
        let seal = ["log", "seal", "--wal-mib", "1"] + keys
        #expect(try holdfast.run(seal, environment: environment).status == 0)
    }

    @Test func `a ledger comes back from its backup, and a second backup copies only what is new`() throws {
        let holdfast = try Command()
        try makeLog(holdfast)
        let made = try run(holdfast, "backup", "data", "backup", "--json")
        #expect(made.status == 0, "\(made.errors)")
        let document = try made.json
        #expect(document["verified"] as? String == "full")
        let again = try run(holdfast, "backup", "data", "backup", "--quick", "--json").json
        #expect(again["end"] as? Int == document["end"] as? Int)
        #expect(try #require(again["keptFiles"] as? Int) > 0 && again["verified"] as? String == "none")

        let restored = try run(
            holdfast, "restore", "backup", "back", "--signing-key", "data/keys/signing.key", "--json")
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(try restored.json["root"] as? String == document["root"] as? String)
        let verified = try holdfast("verify", "--data", "back", "--json")
        #expect(verified.status == 0, "\(verified.errors)")
        #expect(try holdfast("append", "--data", "back", "--wal-mib", "1", input: "x\n").status == 0)
    }

    @Test func `a fork is read, and served once it is promoted`() throws {
        let holdfast = try Command()
        let keys = ["--kek-env", "KEK"]
        try makeLog(holdfast, keys)
        #expect(try run(holdfast, "backup", "data", "backup").status == 0)
        let refused = try run(
            holdfast, "restore", "backup", "back", "--to-sequence", "9000", "--kek-env", "KEK")
        #expect(refused.status == 64 && refused.errors.contains("fork"), "\(refused.errors)")
        let forked = try run(
            holdfast, "restore", "backup", "back", "--to-sequence", "9000", "--fork", "--wal-mib", "1",
            "--kek-env", "KEK", "--json")
        #expect(forked.status == 0, "\(forked.errors)")
        let end = try #require(try forked.json["end"] as? Int)
        #expect(try end <= 9000 && end > 0 && forked.json["parent"] is String)
        let environment = ["KEK": Self.key]
        let verify = ["log", "verify", "--data", "back"] + keys
        #expect(try holdfast.run(verify, environment: environment).status == 0)
        let append = ["log", "append", "--data", "back", "--count", "5", "--wal-mib", "1"] + keys
        #expect(try holdfast.run(append, environment: environment).status == 76)
        #expect(try run(holdfast, "promote", "back").status == 0)
        #expect(try run(holdfast, "promote", "back").status == 64)
        #expect(try holdfast.run(append, environment: environment).status == 0)
        #expect(try holdfast.run(verify, environment: environment).status == 0)
    }

    @Test func `nothing is overwritten, and every refusal has its status`() throws {
        let holdfast = try Command()
        try makeLog(holdfast)
        #expect(try run(holdfast, "backup", "nowhere", "backup").status == 66)
        #expect(try run(holdfast, "restore", "data", "back").status == 66)
        #expect(try run(holdfast, "backup", "data", "data").status == 64)
        #expect(try run(holdfast, "backup", "data", "backup").status == 0)
        #expect(try run(holdfast, "restore", "backup", "data").status == 64)
        #expect(try run(holdfast, "restore", "backup", "back", "--to-time", "yesterday").status == 64)
        #expect(try run(holdfast, "restore", "backup", "back", "--to-sequence", "99999999").status == 66)
        #expect(try run(holdfast, "restore", "backup", "back", "--kek-env", "KEK").status == 77)
        let objects = try FileManager.default.contentsOfDirectory(
            atPath: holdfast.directory.appending(path: "backup/objects").path
        ).sorted()
        for (object, number) in zip(objects, 0...) {
            try holdfast.flip("../backup/objects/\(object)", at: 70)
            let back = "back-\(number)"
            let status = try run(holdfast, "restore", "backup", back).status
            #expect([65, 80, 81].contains(status), "\(object): \(status)")
            #expect(try holdfast("verify", "--data", back).status != 0)
            try holdfast.flip("../backup/objects/\(object)", at: 70)
        }
    }

    @Test func `times are read as they are written`() throws {
        let holdfast = try Command()
        try makeLog(holdfast)
        #expect(try run(holdfast, "backup", "data", "backup").status == 0)
        for time in [
            "2026-02-30T10:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01", "2026-01-01T10:00:00+01:00",
        ] {
            #expect(try run(holdfast, "restore", "backup", "back", "--to-time", time).status == 64, "\(time)")
        }
        let all = try run(
            holdfast, "restore", "backup", "all", "--to-time", "2200-01-31T23:59:59.5Z", "--json")
        #expect(all.status == 0, "\(all.errors)")
        let none = try run(
            holdfast, "restore", "backup", "none", "--fork", "--to-time", "1970-01-01T00:00:00Z")
        #expect(none.status == 64, "\(none.errors)")
    }
}
