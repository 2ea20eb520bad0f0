/// What reading the whole directory says, without changing a byte: recovery steps R0 to R4, and what `open`
/// would then do. Also the answer of `holdfast log recover --dry-run`.
package struct LogExamination: Sendable {
    package var superblock: Superblock
    package var manifests: [PartitionManifest]
    /// Write-ahead files not wholly sealed, oldest first.
    package var walFiles: [WALFileRecord]
    /// Write-ahead files whose every event is sealed: left over by a crash before their removal.
    package var sealedWALFiles: [StoragePath]
    /// Sealed files no manifest lists, whose range the write-ahead files still hold: left over likewise.
    package var orphanSegments: [StoragePath]
    package var temporaries: [StoragePath]
    /// The tree at the sealed end.
    package var sealedFrontier: MerkleFrontier
    /// The end of the log: tree, next sequence, time.
    package var position: ScanPosition
    package var verdict: Verdict
    /// Bytes to be left aside that no event records yet.
    package var cuts: [PendingCut]
    /// Local copies of evicted segments, or stubs of local ones: left by a crash in evicting or restoring.
    package var surplusCopies: [StoragePath]
    /// The highest watermark counter seen.
    package var watermarkCounter: UInt64
    /// The checkpoint published last, if there is a readable one.
    package var checkpoint: Checkpoint?
    /// Redundant copies found bad; rewritten by the next open.
    package var repaired: [Damage]
    package var evidence: DurabilityEvidence
    /// Where the scrubber goes on.
    package var scrubbedEnd: UInt64 = 0

    /// Files that a crash left behind and the next open removes.
    package var leftovers: [StoragePath] { orphanSegments + surplusCopies + sealedWALFiles }

    /// A cut to quarantine and record.
    package struct PendingCut: Sendable, Equatable {
        package var path: StoragePath
        package var cut: ReservedEvent.RecordedCut
    }
}
