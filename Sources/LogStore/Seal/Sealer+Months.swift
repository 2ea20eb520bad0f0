// Closing months: the last act on a month's events. Same thread and same order of writes as sealing.

extension Sealer {
    /// Signs the statement of a month that is over and wholly sealed; false if it is closed already. `CLOSE`
    /// is durable before the manifest names it.
    ///
    /// - Throws: `invalidRequest` while events of the month may still come or are not sealed yet.
    package func closeMonth(_ month: Month) throws(LogStoreError) -> Bool {
        guard let manifest = catalog.manifest(month), let last = manifest.entries.last else {
            throw .invalidRequest("\(month) has no sealed segment")
        }
        if manifest.isClosed { return false }
        // Which closings the log still lacks after a crash is told from the newest that it has.
        invariant(
            catalog.manifests.allSatisfy { $0.month >= month || $0.isClosed || $0.entries.isEmpty },
            "\(month) is closed before an earlier month")
        let followers = catalog.walFiles.filter { $0.endSequence > last.sequences.upperBound || !$0.isClosed }
        guard followers.allSatisfy({ $0.month > month && $0.firstSequence >= last.sequences.upperBound })
        else {
            throw .invalidRequest("\(month) is not over, or not all of it is sealed")
        }
        var totals = ControlTotals()
        for entry in manifest.entries { totals.merge(try segments.open(entry, month).footer.totals) }
        let identity = LogIdentity(superblocks.value)
        let statement = CloseStatement(
            origin: identity.origin, month: month, entries: manifest.entries, totals: totals)
        let note = statement.signed(by: identity.signingKey(keys.signingKey))
        try onDisk { () throws(StorageError) in
            try AtomicFile.write(note, to: paths.close(month), on: platform.disk)
        }
        let hash = note.withRawSpan { SHA256.of($0) }
        try install(
            manifest.successor {
                $0.isClosed = true
                $0.statementHash = hash
            },
            announcing: .monthClosed(
                month: month, endSequence: statement.sequences.upperBound, root: statement.rootAfter,
                statement: hash))
        return true
    }

    /// Months that could be closed now: over, sealed, not closed.
    package var closableMonths: [Month] {
        let open = catalog.manifests.filter { !$0.isClosed && !$0.entries.isEmpty }
        guard let active = catalog.walFiles.last?.month else { return [] }
        return open.filter { manifest in
            guard manifest.month < active, let last = manifest.entries.last else { return false }
            return catalog.walFiles.allSatisfy {
                $0.month != manifest.month || $0.endSequence <= last.sequences.upperBound
            }
        }.map(\.month)
    }
}
