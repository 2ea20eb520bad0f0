/// Verifies a backup as the log it is of, before anything is made of it.
enum BackupCheck {
    /// - Throws: `refused` with everything that was found, `damaged` if the log in it is not the one the
    ///   manifest names.
    static func run<P: Platform, Stored: Storage>(
        _ manifest: BackupManifest, _ platform: BackupPlatform<P, Stored>,
        _ options: LogVerifier<BackupPlatform<P, Stored>, NoIndex>.Options,
        _ progress: VerificationProgress
    ) throws(LogStoreError) -> VerificationReport {
        var verifier = LogVerifier(
            platform: platform, index: NoIndex(), options: options, progress: progress)
        let report = try verifier.run()
        guard report.damages.isEmpty else {
            throw .refused(
                Refusal(
                    report.verdict, sequences: report.damages.first { $0.sequences != nil }?.sequences,
                    damages: report.damages.map(\.damage), "the backup does not hold together"))
        }
        let found = TreePoint(size: report.size, root: report.root ?? manifest.end.root)
        guard report.ledger == manifest.ledger, found == manifest.end else {
            throw .damaged(
                Damage(
                    file: BackupManifest.path, offset: 0,
                    "it names \(manifest.end.size) events of ledger \(manifest.ledger), root "
                        + "\(manifest.end.root); there are \(found.size) of \(report.ledger), root "
                        + "\(found.root)"))
        }
        return report
    }
}
