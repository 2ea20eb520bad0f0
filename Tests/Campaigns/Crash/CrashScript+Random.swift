import LogStore
import Simulation

// The same acts as in the written script, in an order nobody thought of.
extension CrashScript {
    private static var processCount: Int { 6 }
    private static var stepsPerProcess: Int { 24 }

    /// Random steps from the seed: a few processes, each ended by a close, a kill or a power cut.
    static func recordRandom(
        isEncrypted: Bool, seed: UInt64, mutation: SimulatedStorage.Options = .init(keepsTrace: false)
    ) throws(LogStoreError) -> CrashRecording {
        var script = CrashScript(isEncrypted: isEncrypted, mutation: mutation)
        var random = SeededRandom(seed: seed)
        var disk = SimulatedDisk()
        for _ in 0..<processCount {
            try script.start(on: disk)
            for number in 0..<stepsPerProcess { try script.takeStep(number, &random) }
            disk = try script.end(&random)
        }
        return script.recording
    }

    private mutating func takeStep(_ number: Int, _ random: inout SeededRandom) throws(LogStoreError) {
        let choice = random.below(20)
        let count = 1 + random.below(random.below(3) == 0 ? 150 : 20)
        if choice == 0 && isEncrypted && random.below(2) == 0 {
            return try rotateKeys(to: UInt8(1 + random.below(200)))
        }
        try step("\(number)") { log throws(LogStoreError) in
            switch choice {
            case 0: try log.log.parts.prepareKeys()
            case 1: try log.append(count)
            case 2: try log.commit(1 + count % 12, large: true)
            case 3: try log.log.parts.markIdle()
            case 4: try log.log.parts.recordWatermark()
            case 5: _ = try log.log.parts.prepare()
            case 6: try log.afterRoll()
            case 7: _ = try log.log.parts.seal()
            case 8: try log.sealAll()
            case 9:
                try log.log.appendOwnActs(time: 0)
                _ = try log.log.parts.commit()
            case 10: _ = try log.log.signCheckpoint()
            case 11: try log.log.parts.closeMonths()
            case 12: if count > 14 { log.advance(to: Month(containing: log.log.position.lastTime).end) }
            default: try log.commit(count)
            }
        }
    }

    /// Ends the process one way or another; returns the disk the next one finds.
    private mutating func end(_ random: inout SeededRandom) throws(LogStoreError) -> SimulatedDisk {
        let choice = random.below(4)
        try step("the end") { log throws(LogStoreError) in
            switch choice {
            case 0: try log.log.close()
            case 1: try log.dieCommitting(1 + random.below(150))
            default: _ = try log.log.parts.commit()
            }
        }
        try finish()
        if choice == 2 { return lastDisk }
        let skipped = random.below(20)
        let images = CrashImages(of: lastDisk, options: .init(seed: random.next()))
        var image = lastDisk.settled()
        for crash in images.prefix(skipped + 1) { image = crash.image }
        return image
    }
}
