internal import LogStore
internal import Server
internal import Simulation

/// What a disk has been made to refuse.
enum DiskTrouble {
    case none
    /// No file grows, until there is room again.
    case full
    /// One sync fails.
    case failing
}

// What goes wrong with the machine.
extension LedgerSimulation {
    /// Forward or back, seconds or days.
    mutating func moveClock() {
        let spans: [UInt64] = [1_000_000_000, 60_000_000_000, 3_600_000_000_000]
        let span = spans[draw(spans.count)]
        clock.setWall(draw(2) == 0 ? clock.wall + span : clock.wall - span)
    }

    // MARK: Disks

    /// Fills the disk, down to the last byte or to a few files less, or has one of the next syncs fail.
    mutating func troubleDisk(_ server: SimulatedServer) {
        guard trouble == .none else { return }
        report.troubles += 1
        if draw(4) == 0 {
            trouble = .failing
            let occurrence = Fault.Occurrence.nth(1 + draw(3))
            server.storage.inject(Fault(.sync, .any, occurrence, .fail(ErrorNumber.inputOutput)))
        } else {
            trouble = .full
            let left = UInt64([0, 4_096, 100_000, 300_000][draw(4)])
            server.storage.tamper { $0.capacity = $0.usedBytes + left }
        }
    }

    /// Somebody has made room.
    mutating func endTrouble(_ server: SimulatedServer?) {
        disk.capacity = nil
        server?.storage.tamper { $0.capacity = nil }
        if trouble == .full { trouble = .none }
    }

    /// Background work fails and is tried again; on a disk that is well it must not.
    mutating func workAside(_ server: SimulatedServer) throws {
        let signs = draw(6) == 0
        do throws(LogStoreError) {
            if try server.workAside(signs: signs) { report.segments += 1 }
        } catch {
            if trouble == .none { throw error }
        }
        collectAll(server)
    }

    // MARK: The end of a process

    /// The process ends itself, as it must when the log takes no more: on a disk that is well it must not.
    mutating func end(_ server: SimulatedServer, because error: any Error) throws {
        guard trouble != .none, !(error is SimulationFailure) else { throw error }
        report.stops += 1
        try leave(server)
    }

    /// The process dies; of the disk any image is left that a crash may leave.
    mutating func crash(_ server: SimulatedServer) throws {
        report.crashes += 1
        try leave(server)
    }

    private mutating func leave(_ server: SimulatedServer) throws {
        report.returned += server.core.returnedCount
        try known.extend(by: server)
        disk = drawImage(of: server.crash())
        self.server = nil
        if trouble == .failing { trouble = .none }
        for link in links where !link.isLeftByClient { link.peer.disconnect() }
        (links, offered) = ([], [:])
    }

    private mutating func drawImage(of left: SimulatedDisk) -> SimulatedDisk {
        var options = CrashImages.Options(seed: drawSeed(), sampleCount: 4)
        options.exhaustiveLimit = 0
        options.walksSingles = false
        let images = Array(CrashImages(of: left, options: options).prefix(8))
        return images[draw(images.count)].image
    }

    // MARK: Starts

    /// Starts a process; on a full disk it may refuse, and leaves the disk as a crash would.
    mutating func restart() throws {
        do { try start() } catch {
            guard trouble == .full, !(error is SimulationFailure) else { throw error }
            report.stops += 1
        }
    }

    mutating func start() throws {
        let storage = SimulatedStorage(disk: disk)
        do {
            let started = try SimulatedServer(on: storage, clock: clock, seed: drawSeed())
            server = started
            if let problem = try known.problem(with: started) { throw SimulationFailure(problem) }
            try known.extend(by: started)
            if started.beganFromSnapshot { report.snapshots += 1 }
        } catch {
            disk = drawImage(of: storage.crash())
            throw error
        }
    }
}
