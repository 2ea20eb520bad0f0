import Foundation
import Testing

/// Looking at a server from outside: status, events, the same state again.
@Suite struct FollowCommandTests {
    @Test func `every event is told once, and those after a position, and those of a type`() throws {
        let served = try ServedCommand()
        try served.openShop()
        for amount in 1...5 {
            #expect(try served("pay", "authorize", "\(amount) EUR", "--capture").status == 0)
        }
        let all = try ServedCommand.lines(served("subscribe", "--until-end", "--json"))
        #expect(all.map { $0["position"] as? Int } == Array(0..<all.count))
        let some = try ServedCommand.lines(served("subscribe", "--from", "5", "--count", "3", "--json"))
        #expect(some.map { $0["position"] as? Int } == [5, 6, 7])
        let captures = try served("subscribe", "--until-end", "--type", "captured", "--merchant", "mer_1")
        #expect(captures.text.split(separator: "\n").count == 5)
        #expect(captures.text.contains("1100 acq_1 EUR 5.00"))
        // Ids are those that commands take.
        let payment = try #require(all.compactMap { $0["payment"] as? String }.first)
        #expect(try served("pay", "show", payment).status == 0)
        // What would let somebody guess keys is in the log, not here.
        let opened = try #require(all.first { $0["type"] as? String == "ledgerOpened" })
        #expect((opened["fact"] as? [String: Any])?["keySecret"] as? String == "hidden")
        #expect(try served("subscribe", "--from", "1000").status == 66)
        #expect(try served("subscribe", "--type", "nonsense").status == 64)
    }

    @Test func `the state rebuilt from the directory is the server's`() throws {
        let served = try ServedCommand()
        try served.openShop()
        #expect(try served("pay", "authorize", "5 EUR").status == 0)
        let equal = try served("replay", "data", "--compare", "127.0.0.1", "--json")
        #expect(equal.status == 0, "\(equal.errors)")
        #expect(try equal.json["equal"] as? Bool == true)
        let status = try served("status", "--json")
        let digest = try #require(try status.json["digest"] as? [String: Any])
        #expect(try equal.json["digest"] as? String == digest["value"] as? String)
        #expect(try equal.json["next"] as? Int == digest["next"] as? Int)
        // Another ledger's directory is not taken for this one's.
        #expect(try served.holdfast.run(["init", "other", "--wal-mib", "1"]).status == 0)
        let other = try served(
            "replay", "other", "--compare", "127.0.0.1:\(served.port)", "--key-file", "data/api-key")
        #expect(other.status == 83, "\(other.errors)")
    }

    @Test func `without a key or a server it is said what is missing`() throws {
        let holdfast = try Command()
        let environment = ["HOLDFAST_DIRECTORY": "", "HOLDFAST_KEY_FILE": ""]
        #expect(try holdfast.run(["status", "--key-file", "none"], environment: environment).status == 66)
        try Data("no key".utf8).write(to: holdfast.directory.appending(path: "bad"))
        #expect(try holdfast.run(["status", "--key-file", "bad"], environment: environment).status == 77)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `a shell can complete commands`(_ shell: String) throws {
        let completions = try Command().run(["completions", shell])
        #expect(completions.status == 0)
        #expect(completions.text.contains("authorize") && completions.text.contains("until-end"))
    }
}
