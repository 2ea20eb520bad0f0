import Ledger
import LogStore
import Projections
import Replay
import Simulation
import Testing

/// The attic beside a dictionary.
@Suite struct AtticTests {
    /// Random payments and keys, put again and again, merged and committed; everything is found.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `what was kept last is found, whatever was merged`(seed: UInt64) throws {
        let machine = AtticMachine(seed: seed, isEncrypted: seed & 1 == 0)
        var attic = try machine.attic()
        var random = SeededRandom(seed: seed)
        var payments: [UInt64: UInt64] = [:]
        var keys: [UInt64: UInt64] = [:]
        for step in 1...6_000 as ClosedRange<UInt64> {
            let number = 1 + random.next() % 700
            payments[number] = step
            try attic.put(AtticMachine.payment(number), AtticMachine.packed(number, version: step))
            keys[step] = 400_000 + step / 100
            if let key = AtticMachine.key(step, hour: 400_000 + step / 100) { try attic.put(key) }
            if step > 2_000 { attic.forgetKeys(before: 400_000 + (step - 2_000) / 100) }
            try attic.mergeStep(budget: 40)
            if step % 500 == 0 { try attic.commit(at: SequenceNumber(raw: step)) }
            if step % 50 == 0 {
                let asked = 1 + random.next() % 800
                let expected = payments[asked].map { AtticMachine.packed(asked, version: $0) }
                let found = try attic.found(AtticMachine.payment(asked))
                #expect(found == expected, "seed \(seed), payment \(asked)")
                let key = max(1, step - random.next() % min(step, 1_900))
                let aged = try attic.find(AtticMachine.hash(key))
                #expect(aged == keys[key].flatMap { AtticMachine.key(key, hour: $0) }, "seed \(seed)")
            }
        }
        for number in 1...710 as ClosedRange<UInt64> {
            let found = try attic.found(AtticMachine.payment(number))
            #expect(found == payments[number].map { AtticMachine.packed(number, version: $0) })
        }
        // Four of a level become one: with 500 flushes at most three of each of five levels, and what is
        // under way.
        let runs = attic.runCounts
        #expect(runs.payments <= 20, "seed \(seed): \(runs)")
        // Of keys two thousand are left, in runs of nine hours at most.
        #expect(runs.keys <= 20, "seed \(seed): \(runs)")
    }

    @Test func `keys go with their hour`() throws {
        let machine = AtticMachine()
        var attic = try machine.attic(keys: 10)
        for number in 1...100 as ClosedRange<UInt64> {
            if let key = AtticMachine.key(number, hour: number) { try attic.put(key) }
        }
        try attic.commit(at: SequenceNumber(raw: 5))
        let before = try machine.names().count
        attic.forgetKeys(before: 71)
        try attic.commit(at: SequenceNumber(raw: 6))
        let after = try machine.names().count
        #expect(before == 11 && after == 4)
        let gone = try attic.find(AtticMachine.hash(70))
        let there = try attic.find(AtticMachine.hash(71))
        #expect(gone == nil && there != nil)
    }

    @Test func `a commit keeps what older manifests name, if asked to`() throws {
        let machine = AtticMachine()
        var attic = try machine.attic()
        let (first, second) = (SequenceNumber(raw: 10), SequenceNumber(raw: 20))
        for number in 1...200 as ClosedRange<UInt64> {
            try attic.put(AtticMachine.payment(number), AtticMachine.packed(number, version: 1))
        }
        try attic.commit(at: first)
        for number in 1...200 as ClosedRange<UInt64> {
            try attic.put(AtticMachine.payment(number), AtticMachine.packed(number, version: 2))
        }
        while try attic.mergeStep(budget: 1_000) {}
        try attic.commit(at: second, keeping: [first])
        let disk = machine.disk.settled()
        for (sequence, version) in [(first, 1), (second, 2)] as [(SequenceNumber, UInt64)] {
            let again = try Attic(AtticMachine(machine, disk: disk).home, at: sequence)
            let found = try again.found(AtticMachine.payment(9))
            #expect(found == AtticMachine.packed(9, version: version))
        }
        try attic.commit(at: SequenceNumber(raw: 30))
        #expect(throws: AtticError.noManifest(first)) { _ = try Attic(machine.home, at: first) }
    }

    /// Wherever the power goes, the attic is there as of one of the manifests that were kept.
    @Test(arguments: [1, 2] as [UInt64])
    func `after a crash the attic is as it was at a commit`(seed: UInt64) throws {
        let machine = AtticMachine(seed: seed)
        var attic = try machine.attic()
        let (first, second) = (SequenceNumber(raw: 1), SequenceNumber(raw: 2))
        func fill(_ attic: inout Attic<SimulatedPlatform>, version: UInt64) throws(AtticError) {
            for number in 1...150 as ClosedRange<UInt64> {
                try attic.put(AtticMachine.payment(number), AtticMachine.packed(number, version: version))
                try attic.mergeStep(budget: 20)
            }
        }
        try fill(&attic, version: 1)
        try attic.commit(at: first)
        let images = Images()
        machine.home.platform.disk.onOperation { _, disk in images.add(disk) }
        try fill(&attic, version: 2)
        try attic.commit(at: second, keeping: [first])
        machine.home.platform.disk.onOperation(nil)
        var cases = 0
        for disk in images.all {
            var options = CrashImages.Options(seed: seed, sampleCount: 2)
            options.exhaustiveLimit = 8
            for image in CrashImages(of: disk, options: options) {
                let again = try Attic(AtticMachine(machine, disk: image.image).home, at: first)
                for number in stride(from: 1 as UInt64, to: 150, by: 13) {
                    let found = try again.found(AtticMachine.payment(number))
                    #expect(found == AtticMachine.packed(number, version: 1))
                }
                cases += 1
            }
        }
        #expect(cases > 100, "seed \(seed): \(cases) cases")
        let last = try Attic(AtticMachine(machine, disk: machine.disk.settled()).home, at: second)
        let found = try last.found(AtticMachine.payment(150))
        #expect(found == AtticMachine.packed(150, version: 2))
    }

    @Test func `a failed write is told, and nothing of the last commit is lost`() throws {
        let machine = AtticMachine()
        var attic = try machine.attic()
        try attic.put(AtticMachine.payment(1), AtticMachine.packed(1, version: 1))
        try attic.commit(at: SequenceNumber(raw: 1))
        let disk = machine.disk.settled()
        machine.home.platform.disk.crash()
        var failed = false
        do throws(AtticError) {
            try attic.put(AtticMachine.payment(2), AtticMachine.packed(2, version: 1))
            try attic.commit(at: SequenceNumber(raw: 2))
        } catch { failed = true }
        #expect(failed)
        let again = try Attic(AtticMachine(machine, disk: disk).home, at: SequenceNumber(raw: 1))
        let found = try again.found(AtticMachine.payment(1))
        #expect(found == AtticMachine.packed(1, version: 1))
    }
}

/// Disks seen by a hook.
private final class Images: @unchecked Sendable {
    // SAFETY: the hook and the test run on one thread, one after the other.
    private(set) var all: [SimulatedDisk] = []

    func add(_ disk: SimulatedDisk) { all.append(disk) }
}
