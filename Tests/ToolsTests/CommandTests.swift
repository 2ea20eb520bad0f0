import Foundation
import LogStore
import Testing

@Suite struct CommandTests {
    private static let november = "1793491200000000000"
    private static let december = "1796083300000000000"

    /// Two months, sealed, encrypted.
    private func makeLog(_ holdfast: Command) throws {
        #expect(try holdfast("keys", "init", "--output", "kek").status == 0)
        #expect(try holdfast("init", "--encrypt", "--kek-file", "kek").status == 0)
        for (time, count) in [(Self.november, "3000"), (Self.december, "2000")] {
            let result = try holdfast(
                "append", "--kek-file", "kek", "--wal-mib", "1", "--count", count, "--bytes", "100", "--time",
                time,
                "--spacing", "1000")
            #expect(result.status == 0, "\(result.errors)")
        }
        let sealed = try holdfast("seal", "--kek-file", "kek", "--wal-mib", "1", "--json")
        #expect(sealed.status == 0, "\(sealed.errors)")
        #expect(try sealed.json["segments"] as? Int == 2)
    }

    @Test func `a log is made, filled, sealed, verified, granted, proved and rotated`() throws {
        let holdfast = try Command()
        try makeLog(holdfast)
        let full = try holdfast("verify", "--kek-file", "kek", "--json")
        #expect(full.status == 0, "\(full.errors)\(full.text)")
        #expect(try full.json["verdict"] as? String == "OK")
        #expect(try full.json["full"] as? Bool == true)
        #expect(full.errors == "")
        let keyless = try holdfast("verify", "--json")
        #expect(keyless.status == 0)
        #expect(try keyless.json["full"] as? Bool == false)

        #expect(try holdfast("keys", "auditor", "--output", "auditor").status == 0)
        #expect(
            try holdfast(
                "keys", "grant", "--kek-file", "kek", "--month", "2026-11", "--to", "auditor.pub", "--output",
                "grant"
            ).status == 0)
        let granted = try holdfast("verify", "--grant", "grant", "--auditor-key", "auditor", "--json")
        let months = try #require(try granted.json["months"] as? [[String: Any]])
        #expect(months.map { $0["amounts"] as? String } == ["recomputed", "incomplete"])
        let exported = try holdfast("export", "--grant", "grant", "--auditor-key", "auditor", "--to", "3001")
        #expect(exported.text.split(separator: "\n").count == 3001)
        #expect(
            try holdfast("export", "--grant", "grant", "--auditor-key", "auditor", "--from", "4000").status
                == 77)

        let key = try holdfast("vkey").text.trimmingCharacters(in: .newlines)
        #expect(
            try holdfast("prove", "inclusion", "1000", "--kek-file", "kek", "--output", "proof").status == 0)
        for (sequence, status) in [(1000, Int32(0)), (1001, 83)] {
            let name = "event-\(sequence)"
            #expect(
                try holdfast(
                    "export", "--kek-file", "kek", "--format", "raw", "--from", "\(sequence)", "--to",
                    "\(sequence + 1)", "--output", name
                ).status == 0)
            #expect(try holdfast("prove", "check", "proof", "--vkey", key, "--event", name).status == status)
        }
        let old = try holdfast("checkpoint")
        try old.output.write(to: holdfast.directory.appending(path: "old"))

        #expect(try holdfast("keys", "init", "--output", "kek2").status == 0)
        #expect(
            try holdfast("keys", "rotate", "--kek-file", "kek", "--new-kek-file", "kek2", "--wal-mib", "1")
                .status == 0)
        #expect(try holdfast("verify", "--kek-file", "kek").status == 77)
        let secret = try String(contentsOf: holdfast.directory.appending(path: "kek2"), encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        #expect(try holdfast("verify", "--kek-env", "KEK", environment: ["KEK": secret]).status == 0)
        #expect(try holdfast("keys", "status", "--kek-command", "cat kek2", "--json").status == 0)
        let extended = try holdfast(
            "verify", "--kek-file", "kek2", "--vkey", key, "--checkpoint", "old", "--json")
        #expect((try extended.json["checkpoint"] as? [String: Any])?["result"] as? String == "extended")
        #expect(
            try holdfast(
                "prove", "consistency", "--kek-file", "kek2", "--from-checkpoint", "old", "--output", "growth"
            ).status == 0)
        #expect(
            try holdfast("prove", "check", "growth", "--vkey", key, "--from-checkpoint", "old").status == 0)
    }

    @Test func `each damage has its verdict, place and exit status`() throws {
        let holdfast = try Command()
        try makeLog(holdfast)
        let wal = try #require(try holdfast.files(".wal").last)
        let cases: [(file: String, offset: Int, verify: Int32, open: Int32)] = [
            (try holdfast.files(".seg")[0], 5000, 80, 0),
            (try holdfast.files("PARTITION")[0], 200, 80, 80),
            (wal, 4096 + 200, 65, 65),
            ("shard-0000/superblock", 100, 11, 0),
            ("shard-0000/watermark", 30, 11, 0),
        ]
        for (file, offset, verify, open) in cases {
            try holdfast.flip(file, at: offset)
            let result = try holdfast("verify", "--kek-file", "kek", "--json")
            #expect(result.status == verify, "\(file): \(result.errors)\(result.text)")
            let findings = try #require(try result.json["findings"] as? [[String: Any]])
            #expect(findings.contains { $0["file"] as? String == file })
            let dryRun = try holdfast("recover", "--dry-run", "--kek-file", "kek", "--json")
            #expect(dryRun.status == open, "\(file): \(dryRun.errors)\(dryRun.text)")
            #expect(try holdfast("inspect", "data/\(file)", "--json").status == 0)
            try holdfast.flip(file, at: offset)
        }
        #expect(try holdfast("verify", "--kek-file", "kek").status == 0)
        for copy in 0..<3 { try holdfast.flip("shard-0000/superblock", at: copy * 4096 + 100) }
        #expect(try holdfast("verify", "--kek-file", "kek").status == 81)
    }

    @Test func `lines become events, each commit is acknowledged, and export gives them back`() throws {
        let holdfast = try Command()
        #expect(try holdfast("init").status == 0)
        #expect(try holdfast("init").status == 64)
        let result = try holdfast("append", "--wal-mib", "1", input: "one\ntwo\n\nfour")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.hasPrefix("durable 4\n"))
        let lines = try holdfast("export", "--from", "1", "--to", "5").text.split(separator: "\n")
        let payloads = try lines.map { line in
            let event = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            return Data(base64Encoded: event["payload"] as? String ?? "!").map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        #expect(payloads == ["one", "two", "", "four"])
        let packed = try holdfast("export", "--compress", "lz4", "--output", "events.lz4")
        #expect(packed.status == 0)
        let head = try Data(contentsOf: holdfast.directory.appending(path: "events.lz4")).prefix(4)
        #expect(Array(head) == [0x04, 0x22, 0x4D, 0x18])
    }

    @Test func `an export decompresses to the very bytes an uncompressed one has`() throws {
        let holdfast = try Command()
        #expect(try holdfast("init").status == 0)
        #expect(try holdfast("append", "--wal-mib", "1", "--count", "3000", "--bytes", "300").status == 0)
        let plain = try holdfast("export", "--format", "raw", "--output", "plain", "--json")
        #expect(plain.status == 0)
        let summary = try #require(
            try JSONSerialization.jsonObject(with: Data(plain.errors.utf8)) as? [String: Any])
        #expect(summary["firstSequence"] as? Int == 0 && summary["endSequence"] as? Int ?? 0 > 3000)
        #expect(
            try holdfast("export", "--format", "raw", "--compress", "lz4", "--output", "packed").status == 0)
        let packed = try Data(contentsOf: holdfast.directory.appending(path: "packed"))
        let unpacked = try LZ4Frames.decompress([UInt8](packed))
        #expect(try Data(unpacked) == Data(contentsOf: holdfast.directory.appending(path: "plain")))
        #expect(packed.count < unpacked.count / 2)
    }

    /// Non-zero bytes far behind the last frame: more than one unfinished write leaves.
    @Test func `an ambiguous end is cut where the operator says, and only there`() throws {
        let holdfast = try Command()
        #expect(try holdfast("init").status == 0)
        #expect(try holdfast("append", "--wal-mib", "8", input: "one\n").status == 0)
        let wal = try #require(try holdfast.files(".wal").last)
        // The largest frame of such a file is 2 MiB; this lies 7 MiB behind.
        try holdfast.flip(wal, at: (8 << 20) - 1)
        let dryRun = try holdfast("recover", "--dry-run", "--wal-mib", "8", "--json")
        #expect(dryRun.status == 76, "\(dryRun.text)")
        #expect(try dryRun.json["verdict"] as? String == "AMBIGUOUS")
        let cut = try #require(try dryRun.json["acceptCut"] as? String)
        #expect(try holdfast("append", "--wal-mib", "8", input: "two\n").status == 76)
        #expect(try holdfast("recover", "--accept-cut", "nonsense").status == 64)
        let parts = cut.split(separator: "@")
        let elsewhere = "\(parts[0])@\(try #require(UInt64(parts[1])) + 4096)"
        #expect(try holdfast("recover", "--accept-cut", elsewhere, "--wal-mib", "8").status == 76)
        #expect(try holdfast("recover", "--accept-cut", cut, "--wal-mib", "8").status == 0)
        #expect(try holdfast("append", "--wal-mib", "8", input: "two\n").status == 0)
        let verified = try holdfast("verify")
        #expect(verified.status == 0, "\(verified.text)")
        #expect(verified.text.contains("left"))
    }

    @Test func `locks, missing directories, wrong keys and damaged keyrings have their own status`() throws {
        let holdfast = try Command()
        #expect(try holdfast("seal", "--data", "nowhere").status == 66)
        #expect(try holdfast("init", "--data", "/proc/nowhere").status == 74)
        #expect(try holdfast("keys", "init", "--output", "kek").status == 0)
        #expect(try holdfast("keys", "init", "--output", "other").status == 0)
        #expect(try holdfast("init", "--encrypt", "--kek-file", "kek").status == 0)
        #expect(try holdfast("verify", "--kek-file", "other").status == 77)
        let path = holdfast.directory.appending(path: "data").path
        do {
            let storage = try LinuxStorage(root: path)
            let lock = try storage.lock(ShardPaths.lock, note: "the test\n")
            #expect(try holdfast("seal", "--kek-file", "kek", "--wal-mib", "1").status == 69)
            // Whatever only reads does not mind.
            #expect(try holdfast("verify", "--kek-file", "kek").status == 0)
            withExtendedLifetime(lock) {}
        }
        for file in try holdfast.files("").filter({ $0.hasPrefix("keys/") && !$0.hasSuffix("/") }) {
            try holdfast.flip(file, at: 100)
        }
        #expect(try holdfast("keys", "status", "--kek-file", "kek").status == 82)
    }

    @Test func `every command that makes something says it in JSON`() throws {
        let holdfast = try Command()
        #expect(try holdfast("keys", "init", "--output", "kek", "--json").json["output"] as? String == "kek")
        let pair = try holdfast("keys", "auditor", "--output", "auditor", "--json").json
        #expect(pair["publicOutput"] as? String == "auditor.pub")
        #expect(try holdfast("init", "--encrypt", "--kek-file", "kek", "--json").status == 0)
        let appended = try holdfast(
            "append", "--kek-file", "kek", "--wal-mib", "1", "--time", Self.november, "--json", input: "a\n")
        #expect(appended.text.hasPrefix("{\"durable\":"))
        let checkpoint = try holdfast("checkpoint", "--json").json
        let size = try #require(checkpoint["size"] as? Int)
        let inclusion = try holdfast("prove", "inclusion", "1", "--kek-file", "kek", "--json").json
        #expect(inclusion["sequence"] as? Int == 1 && inclusion["size"] as? Int == size)
        #expect((inclusion["proof"] as? String)?.hasPrefix("c2sp.org/tlog-proof@v1\n") == true)
        let growth = try holdfast(
            "prove", "consistency", "--from", "1", "--kek-file", "kek", "--output", "growth", "--json"
        ).json
        #expect(growth["oldSize"] as? Int == 1 && growth["output"] as? String == "growth")
        let granted = try holdfast(
            "keys", "grant", "--kek-file", "kek", "--month", "2026-11", "--to", "auditor.pub", "--output",
            "g",
            "--json"
        ).json
        #expect(granted["months"] as? [String] == ["2026-11"])
        #expect(try holdfast("keys", "init", "--output", "new").status == 0)
        let rotated = try holdfast(
            "keys", "rotate", "--kek-file", "kek", "--new-kek-file", "new", "--wal-mib", "1", "--json")
        #expect(try rotated.json["generation"] as? Int ?? 0 > 1)
    }

    @Test func `what is missing, wrong or misused has its own status`() throws {
        let holdfast = try Command()
        #expect(try holdfast("verify", "--data", "nowhere").status == 66)
        #expect(try holdfast("verify", "--jobs", "many").status == 64)
        #expect(try holdfast("init", "--encrypt").status == 64)
        #expect(try holdfast("init").status == 0)
        #expect(try holdfast("verify", "--kek-env", "NO_SUCH_VARIABLE").status == 66)
        #expect(try holdfast("export", "--from", "0", "--to", "99").status == 66)
        for command in [
            "init", "append", "seal", "inspect", "verify", "recover", "repair", "prove", "checkpoint", "vkey",
            "export",
            "find",
            "keys",
        ] {
            #expect(try holdfast(command, "--help").status == 0)
        }
    }
}
