extension LogExaminer {
    /// Reads the segment that the scrubber found damaged, whole; refuses while it still is.
    ///
    /// A record that cannot be read costs a round of scrubbing, and is reported.
    mutating func checkScrubbed(
        _ manifests: [PartitionManifest], _ ledger: LogUUID, _ verifyingKey: VerifyingKey
    ) throws(LogStoreError) {
        guard let record = try readScrubRecord(ledger) else { return }
        scrubbedEnd = record.next
        guard let damaged = record.damaged else { return }
        let catalog = LogCatalog(manifests: manifests, walFiles: [])
        let scrubber = Scrubber(
            platform: platform, paths: paths, catalog: catalog, ledger: ledger, verifyingKey: verifyingKey,
            encryption: options.encryption)
        for manifest in manifests {
            for entry in manifest.entries where entry.isLocal && entry.sequences == damaged {
                do throws(LogStoreError) { try scrubber.check(entry, manifest.month) } catch {
                    throw sealedRefusal(error, paths.segment(manifest.month, damaged), damaged)
                }
            }
        }
    }

    /// The scrubber's record, nil if there is none to believe.
    mutating func readScrubRecord(_ ledger: LogUUID) throws(LogStoreError) -> ScrubRecord? {
        do {
            return try directory(of: ledger).scrubRecord()
        } catch LogStoreError.damaged(let damage) {
            repaired.append(damage)
            return nil
        } catch LogStoreError.storage(let error) where error.code != ErrorNumber.inputOutput {
            throw .storage(error)
        } catch {
            repaired.append(Damage(file: paths.scrub, offset: 0, "\(error)"))
            return nil
        }
    }
}
