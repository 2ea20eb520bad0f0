import Foundation
import Ledger
import LogStore
import Testing

@Suite struct LedgerAuditCommandTests {
    /// A ledger of one event, closed.
    private func makeLedger(_ holdfast: Command, _ keys: String...) throws {
        let made = try holdfast.run(["init", "data", "--test-clock", "--wal-mib", "1"] + keys)
        #expect(made.status == 0, "\(made.errors)")
    }

    /// Appends an event to the ledger as no server would.
    private func forge(_ holdfast: Command, _ fact: Fact, _ legs: Legs = Legs()) throws {
        let disk = try LinuxStorage(root: holdfast.directory.appending(path: "data").path)
        var options = LogOptions()
        options.geometry.walBytes = 1 << 20
        options.geometry.frameBytesMax = 256 << 10
        options.createsIfMissing = false
        let log = try LogStore.open(
            platform: LinuxPlatform(disk: disk), options: options, index: NoIndex())
        var batch = EventBatch(capacity: 1)
        let (next, last) = log.position
        var event = Event(
            sequence: SequenceNumber(raw: next), time: LedgerTime(nanoseconds: last + 1), fact: fact)
        event.legs = legs
        batch.append(event)
        var group = EventBuffer(capacity: 1 << 12)
        let bytes = batch.bytes
        let header = EventHeader(reading: bytes, at: 0)
        let fits = group.append(
            type: header.type, schema: header.schema, flags: header.flags, time: header.time,
            payload: bytes.extracting(EventHeader.byteCount..<bytes.byteCount))
        #expect(fits)
        _ = try log.append(group)
        try log.close()
    }

    private var funds: Legs {
        var legs = Legs()
        legs.move(
            Amount(minorUnits: 12_345),
            debit: AccountID(
                .cash, .eur, of: BankAccountID(number: 1, shard: Shard(number: 0))),
            credit: AccountID(.ownFunds, .eur))
        return legs
    }

    @Test func `a ledger holds, for people and for programs`() throws {
        let holdfast = try Command()
        try makeLedger(holdfast)
        try forge(holdfast, .ownFundsMoved(OwnFundsMoved()), funds)
        let text = try holdfast.run(["audit", "data"])
        #expect(text.status == 0, "\(text.text)\(text.errors)")
        #expect(text.text.contains("1010 EUR: 123.45\n") && text.text.hasSuffix("audit: OK\n"))
        #expect(text.text.contains("2 legs added up"))
        let json = try holdfast.run(["audit", "data", "--json"])
        let document = try json.json
        #expect(document["verdict"] as? String == "OK" && document["testLedger"] as? Bool == true)
        #expect((document["log"] as? [String: Any])?["full"] as? Bool == true)
        let lines = try #require(document["trialBalance"] as? [[String: Any]])
        #expect(lines.map { $0["account"] as? Int } == [1010, 3010])
        #expect(lines.map { $0["creditsPosted"] as? String } == ["0", "12345"])
        #expect(json.errors == "" && text.errors == "")

        let replay = try holdfast.run(["replay", "data", "--json"])
        #expect(replay.status == 0, "\(replay.errors)")
        let state = try #require(document["state"] as? [String: Any])
        #expect(try replay.json["digest"] as? String == state["digest"] as? String)
        #expect(try replay.json["events"] as? Int == 2)
        let earlier = try holdfast.run(["replay", "data", "--upto", "2", "--json"])
        #expect(try earlier.json["next"] as? Int == 2)
        #expect(try earlier.json["digest"] as? String != replay.json["digest"] as? String)
        #expect(try holdfast.run(["replay", "data", "--upto", "1000"]).status == 66)
    }

    @Test func `an auditor's key and checkpoint count`() throws {
        let holdfast = try Command()
        try makeLedger(holdfast)
        let key = try holdfast("vkey").text.trimmingCharacters(in: .newlines)
        try holdfast("checkpoint").output.write(to: holdfast.directory.appending(path: "old"))
        try forge(holdfast, .ownFundsMoved(OwnFundsMoved()), funds)
        let extended = try holdfast.run(["audit", "data", "--vkey", key, "--checkpoint", "old"])
        #expect(extended.status == 0 && extended.text.contains("extends the checkpoint of "))
        let other = try Command()
        try makeLedger(other)
        try FileManager.default.copyItem(
            at: holdfast.directory.appending(path: "old"), to: other.directory.appending(path: "old"))
        #expect(try other.run(["audit", "data", "--vkey", key]).status == 81)
        #expect(try other.run(["audit", "data", "--checkpoint", "old"]).status == 83)
    }

    @Test func `contradictions, damage and missing keys have their own status`() throws {
        let holdfast = try Command()
        try makeLedger(holdfast)
        var legs = Legs()
        let merchant = MerchantID(number: 1, shard: Shard(number: 0))
        legs.move(
            Amount(minorUnits: 5), debit: AccountID(.merchantAvailable, .eur, of: merchant),
            credit: AccountID(.ownFunds, .eur))
        try forge(holdfast, .ownFundsMoved(OwnFundsMoved()), legs)
        let text = try holdfast.run(["audit", "data"])
        #expect(text.status == 83 && text.text.contains("contradiction (money): event "))
        #expect(text.text.contains("2020 of 1 in EUR stands at 5") && text.text.contains(".wal"))
        let found = try holdfast.run(["audit", "data", "--json"]).json
        #expect(found["verdict"] as? String == "CONTRADICTED" && found["state"] == nil)
        let replay = try holdfast.run(["replay", "data"])
        #expect(replay.status == 83 && replay.errors.contains("holdfast: event "))

        try holdfast.flip(try #require(try holdfast.files(".wal").first), at: 4096 + 200)
        #expect(try holdfast.run(["audit", "data"]).status == 65)
        #expect(try holdfast.run(["audit", "nowhere"]).status == 66)
        #expect(try holdfast("init", "--data", "empty").status == 0)
        #expect(try holdfast.run(["audit", "empty"]).status == 66)
    }

    @Test func `an event nobody can apply is told with what the log's own checks found`() throws {
        let holdfast = try Command()
        try makeLedger(holdfast)
        try forge(holdfast, .payoutPaid(PayoutPaid()))
        let audit = try holdfast.run(["audit", "data", "--json"])
        #expect(audit.status == 83, "\(audit.errors)")
        let document = try audit.json
        let findings = try #require(document["findings"] as? [[String: Any]])
        #expect(findings.count == 1 && findings.first?["sequence"] != nil && findings.first?["file"] != nil)
        #expect((document["log"] as? [String: Any])?["verdict"] as? String == "OK")
    }

    @Test func `a grant for every month opens an encrypted ledger to an auditor`() throws {
        let holdfast = try Command()
        #expect(try holdfast("keys", "init", "--output", "kek").status == 0)
        try makeLedger(holdfast, "--kek-file", "kek")
        #expect(try holdfast("keys", "auditor", "--output", "auditor").status == 0)
        let export = try holdfast("export", "--kek-file", "kek").text
        let line = try #require(export.split(separator: "\n").first)
        let event = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let month = try #require(event["time"].map { "\($0)".prefix(7) })
        #expect(
            try holdfast(
                "keys", "grant", "--kek-file", "kek", "--month", String(month), "--to", "auditor.pub",
                "--output", "grant"
            ).status == 0)
        let granted = try holdfast.run(
            ["audit", "data", "--grant", "grant", "--auditor-key", "auditor", "--json"])
        #expect(granted.status == 0, "\(granted.text)\(granted.errors)")
        #expect(try granted.json["verdict"] as? String == "OK")
        let without = try holdfast.run(["audit", "data"])
        #expect(without.status == 77 && without.text.contains("no event is readable with these keys"))
    }
}
