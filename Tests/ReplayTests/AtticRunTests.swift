import Foundation
import Ledger
import LogStore
import Replay
import Simulation
import Testing

/// Sorted runs on disk: their bytes, and what is told of bytes that are others.
@Suite struct AtticRunTests {
    /// Five payments and three keys, committed.
    private func small(isEncrypted: Bool) throws -> AtticMachine {
        let machine = AtticMachine(isEncrypted: isEncrypted)
        var attic = try machine.attic(paymentBytes: 1 << 20)
        for number in 1...5 as ClosedRange<UInt64> {
            try attic.put(AtticMachine.payment(number), AtticMachine.packed(number, version: 1))
        }
        for number in 1...3 as ClosedRange<UInt64> {
            if let key = AtticMachine.key(number, hour: 500_000) { try attic.put(key) }
        }
        try attic.commit(at: SequenceNumber(raw: 77))
        return machine
    }

    /// Everything that is in such an attic; any error is let out.
    private func readAll(_ machine: AtticMachine) throws {
        let attic = try Attic(machine.home, at: SequenceNumber(raw: 77))
        for number in 1...5 as ClosedRange<UInt64> {
            let found = try attic.found(AtticMachine.payment(number))
            #expect(found == AtticMachine.packed(number, version: 1))
        }
        for number in 1...3 as ClosedRange<UInt64> {
            let found = try attic.find(AtticMachine.hash(number))
            #expect(found == AtticMachine.key(number, hour: 500_000))
        }
    }

    @Test func `keys are in the order of their upper bits first`() {
        #expect(AtticKey(low: 9, high: 0) < AtticKey(low: 1, high: 1))
        #expect(AtticKey(low: 1, high: 1) < AtticKey(low: 2, high: 1))
    }

    @Test(arguments: [false, true])
    func `an attic is opened as its manifest says`(isEncrypted: Bool) throws {
        let machine = try small(isEncrypted: isEncrypted)
        try readAll(machine)
        #expect(throws: AtticError.noManifest(SequenceNumber(raw: 78))) {
            _ = try Attic(machine.home, at: SequenceNumber(raw: 78))
        }
    }

    @Test(arguments: [false, true])
    func `damage to any byte of a run or a manifest is told`(isEncrypted: Bool) throws {
        let machine = try small(isEncrypted: isEncrypted)
        var flips = 0
        for name in try machine.names() {
            let path = machine.home.directory / name
            for offset in 0..<(machine.disk.bytes(of: path)?.count ?? 0) {
                var disk = machine.disk.settled()
                disk.flipBit(path, at: offset, bit: offset & 7)
                let damaged = AtticMachine(machine, disk: disk)
                #expect(throws: AtticError.self, "\(name) at \(offset)") { try readAll(damaged) }
                flips += 1
            }
        }
        #expect(flips > 1_000)
    }

    @Test func `a run cut short, or another's, is told`() throws {
        let machine = try small(isEncrypted: true)
        let names = try machine.names()
        let runs = names.filter { $0.hasSuffix(".run") }.map { machine.home.directory / $0 }
        #expect(runs.count == 2)
        for size in [0, 1, 127, 128, 200] {
            var disk = machine.disk.settled()
            disk.cut(runs[1], at: size)
            let damaged = AtticMachine(machine, disk: disk)
            #expect(throws: AtticError.self) { try readAll(damaged) }
        }
        var disk = machine.disk.settled()
        let bytes = disk.bytes(of: runs[0]) ?? []
        disk.cut(runs[1], at: 0)
        disk.replace(runs[1], at: 0, bytes)
        let exchanged = AtticMachine(machine, disk: disk)
        #expect(throws: AtticError.self) { try readAll(exchanged) }
    }

    @Test func `what is encrypted does not open without its key, nor shows what is in it`() throws {
        let machine = try small(isEncrypted: true)
        let name = try machine.names().first { $0.hasPrefix("payments") } ?? ""
        let bytes = machine.disk.bytes(of: machine.home.directory / name) ?? []
        let plain = AtticMachine.packed(3, version: 1).prefix(16)
        #expect(!bytes.indices.dropLast(16).contains { bytes[$0..<$0 + 16] == plain })
        let other = AtticHome(
            platform: machine.home.platform, directory: machine.home.directory, ledger: machine.home.ledger,
            encryption: .off, month: 202_611)
        #expect(throws: AtticError.self) { _ = try Attic(other, at: SequenceNumber(raw: 77)) }
    }

    /// Pins the bytes: `Golden/attic-1.txt`, a line a file, never changes once released.
    @Test func `runs and manifests are written as they always were`() throws {
        let machine = try small(isEncrypted: false)
        let lines = try machine.names().map { name in
            "\(name) \((machine.disk.bytes(of: machine.home.directory / name) ?? []).hex)"
        }
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/attic-1.txt")
        let golden = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines == golden)
    }
}
