// Recovery step R4: the write-ahead files, frame by frame, and what the end of each means.

extension LogExaminer {
    func readFileHeader(_ path: StoragePath) throws(LogStoreError) -> FileHeader {
        try FileHeader.read(from: try onDisk { () throws(StorageError) in try disk.open(path, .read) })
    }

    /// Every `.wal` in order, its header checked against its name. A header is synced before the file gets
    /// its name, so an invalid one is never a torn write.
    func readWALHeaders(ledger: LogUUID) throws(LogStoreError) -> [WALFileRecord] {
        let directory = directory(of: ledger)
        var records: [WALFileRecord] = []
        for name in try directory.list(paths.wal) {
            guard let parsed = ShardPaths.parseWALName(name) else { continue }
            let path = paths.wal / name
            do throws(LogStoreError) {
                let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
                let header = try directory.walHeader(of: file, firstSequence: parsed.firstSequence)
                let key = try header.dataKey(with: options.encryption, file: path)
                records.append(WALFileRecord(path: path, header: header, dataKey: key))
            } catch .damaged(let damage) {
                throw refusal(
                    .corruptCommitted, sequences: parsed.firstSequence..<parsed.firstSequence + 1,
                    damages: [damage], "a write-ahead file has no header that fits its name and this log")
            }
        }
        return records
    }

    /// Takes out the files whose whole range is sealed: those whose successor starts at or below the sealed
    /// end.
    func splitSealed(
        _ walFiles: inout [WALFileRecord], sealedEnd: UInt64
    ) throws(LogStoreError) -> [StoragePath] {
        let count = zip(walFiles, walFiles.dropFirst()).prefix { $1.firstSequence <= sealedEnd }.count
        let leftovers = walFiles.prefix(count).map(\.path)
        walFiles.removeFirst(count)
        if let first = walFiles.first, first.firstSequence > sealedEnd {
            throw refusal(
                .corruptCommitted, sequences: sealedEnd..<first.firstSequence,
                damages: [
                    Damage(file: first.path, offset: 0, "the oldest file starts at \(first.firstSequence)")
                ],
                "write-ahead files are missing")
        }
        return leftovers
    }

    mutating func scan(
        _ walFiles: [WALFileRecord], _ position: inout ScanPosition, sealedEnd: UInt64
    ) throws(LogStoreError) -> (Verdict, [LogExamination.PendingCut]) {
        var cuts: [LogExamination.PendingCut] = []
        var verdict = Verdict.cleanEnd
        for (index, record) in walFiles.enumerated() {
            if index == 0 {
                position.rewind(to: record.firstSequence)
                if record.firstSequence == sealedEnd { try checkRoot(of: record, position) }
            }
            let successor = index + 1 < walFiles.count ? walFiles[index + 1] : nil
            let mode: OpenMode = options.readsDirectly ? .readDirect : .read
            let file = try onDisk { () throws(StorageError) in try disk.open(record.path, mode) }
            var scan = try WALScan(file: file, record: record, geometry: options.geometry)
            try scan.run(&position)
            try checkClaims(position)
            let (outcome, cut) = try judge(&scan, position, successor: successor)
            if let cut { cuts.append(LogExamination.PendingCut(path: record.path, cut: cut)) }
            if outcome == .tornTail { verdict = .tornTail }
            if successor != nil { record.close() }
        }
        if walFiles.isEmpty, evidence.durableEnd > position.nextSequence {
            throw refusal(
                .corruptCommitted, sequences: position.nextSequence..<evidence.durableEnd,
                damages: [Damage(file: paths.wal, offset: 0, "no file ends in .wal")],
                "no write-ahead file is left, but \(evidence.source) proves more events durable")
        }
        let recorded = position.recordedCuts
        return (verdict, cuts.filter { !recorded.contains($0.cut) })
    }

    func checkRoot(of record: WALFileRecord, _ position: ScanPosition) throws(LogStoreError) {
        guard record.header.rootAtFirst == position.frontier.root else {
            throw refusal(
                .corruptCommitted, sequences: record.firstSequence..<record.firstSequence + 1,
                damages: [Damage(file: record.path, offset: 96, "root \(record.header.rootAtFirst)")],
                "the oldest write-ahead file does not continue the sealed log, root \(position.frontier.root)"
            )
        }
    }

    mutating func judge(
        _ scan: inout WALScan<P.Disk.File>, _ position: ScanPosition, successor: WALFileRecord?
    ) throws(LogStoreError) -> (TailVerdict, ReservedEvent.RecordedCut?) {
        let record = scan.record
        let rest = scan.examineRest()
        evidence.note(scan.durableEnd, "a frame of \(record.path)")
        if let later = rest.laterDurableEnd { evidence.note(later, "a later frame of \(record.path)") }
        var facts = scan.facts(
            rest, successor: successor?.header, position, provenEnd: evidence.durableEnd)
        let damage = Damage(file: record.path, offset: scan.endOffset, scan.fault ?? "the file ends")
        let place = LogOptions.AcceptedCut(fileUUID: record.uuid, offset: scan.endOffset)
        if successor == nil { tail = (place, damage) }
        var verdict = TailVerdict(facts)
        if case .ambiguous = verdict, options.acceptedCut == place {
            isDecided = true
            facts.isCutAccepted = true
            verdict = TailVerdict(facts)
        }
        switch verdict {
        case .cleanEnd: return (verdict, nil)
        case .tornTail:
            if let cut = try scan.readableCut(rest, nextSequence: position.nextSequence) {
                return (verdict, cut)
            }
            throw refusal(
                .ambiguous, damages: [damage], "the bytes to be cut are not readable, and cannot be kept")
        case .continued:
            // What is not readable here was kept, if it was anything, before the next file was made.
            return (
                verdict,
                facts.isRestZero ? nil : try scan.readableCut(rest, nextSequence: position.nextSequence)
            )
        case .corruptCommitted(let sequences, let why):
            throw refusal(.corruptCommitted, sequences: sequences, damages: [damage], why)
        case .ambiguous(let why):
            throw refusal(.ambiguous, damages: [damage], why)
        }
    }
}
