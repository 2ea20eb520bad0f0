import Foundation
import Testing

@Suite struct LedgerInitCommandTests {
    @Test func `a ledger is made once, and says how to check it`() throws {
        let holdfast = try Command()
        let made = try holdfast.run(["init", "data/one", "--wal-mib", "1", "--json"])
        #expect(made.status == 0, "\(made.errors)")
        #expect(try made.json["encrypted"] as? Bool == false)
        #expect(try made.json["testClock"] as? Bool == false)
        let key = try #require(try made.json["verifierKey"] as? String)
        #expect(try holdfast("vkey", "--data", "data/one").text == key + "\n")
        #expect(try holdfast("verify", "--data", "data/one").status == 0)
        let before = try holdfast.files("")
        let again = try holdfast.run(["init", "data/one"])
        #expect(again.status == 64 && again.errors.contains("there is a ledger already"))
        #expect(try holdfast.files("") == before)
    }

    @Test func `an encrypted test ledger is said to be both`() throws {
        let holdfast = try Command()
        #expect(try holdfast.run(["init", "data", "--encrypt"]).status == 64)
        #expect(try holdfast("keys", "init", "--output", "kek").status == 0)
        let made = try holdfast.run(
            ["init", "data", "--encrypt", "--kek-file", "kek", "--test-clock", "--wal-mib", "1"])
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.text.contains("test ledger") && made.text.contains("encrypted"))
        #expect(try holdfast.run(["init", "data"]).status == 77)
        #expect(try holdfast.run(["init", "data", "--kek-file", "kek"]).status == 64)
    }

    @Test func `a log without a ledger is completed, one of other events is not`() throws {
        let holdfast = try Command()
        #expect(try holdfast("init", "--data", "data").status == 0)
        #expect(try holdfast.run(["init", "data", "--wal-mib", "1"]).status == 0)
        #expect(try holdfast("append", "--data", "other", "--count", "3").status != 0)
        #expect(try holdfast("init", "--data", "other").status == 0)
        #expect(
            try holdfast("append", "--data", "other", "--wal-mib", "1", "--count", "3", "--bytes", "20")
                .status == 0)
        let refused = try holdfast.run(["init", "other"])
        #expect(refused.status == 83 && refused.errors.contains("is of no ledger"), "\(refused.errors)")
    }
}
