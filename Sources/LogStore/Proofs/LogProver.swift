/// Makes proof texts an outsider can check offline against a signed checkpoint.
///
/// Works from a running log or a read-only one. Used by one thread.
package struct LogProver<Disk: Storage> {
    private let nodes: LogNodes<Disk>
    private let verifier: OfflineVerifier

    package init(source: LogSource<Disk>, tree: LogTree?, verifier: OfflineVerifier) {
        nodes = LogNodes(source: source, tree: tree)
        self.verifier = verifier
    }

    /// Proves that event `sequence` is in the tree of a signed checkpoint.
    package func inclusion(of sequence: UInt64, in note: [UInt8]) throws(LogStoreError) -> TlogProof {
        let checkpoint = try check(note)
        guard sequence < checkpoint.size else {
            throw .invalidRequest(
                "sequence \(sequence) is not in the checkpoint, whose size is \(checkpoint.size)")
        }
        let tree = MerkleTree(size: checkpoint.size, nodes: nodes)
        return TlogProof(index: sequence, path: try tree.inclusionProof(of: sequence), checkpoint: note)
    }

    /// Proves that the tree of a signed checkpoint begins with the older tree of `oldSize` events.
    package func growth(from oldSize: UInt64, to note: [UInt8]) throws(LogStoreError) -> GrowthProof {
        let checkpoint = try check(note)
        guard oldSize <= checkpoint.size else {
            throw .invalidRequest("the checkpoint has only \(checkpoint.size) events, not \(oldSize)")
        }
        let tree = MerkleTree(size: checkpoint.size, nodes: nodes)
        return GrowthProof(
            oldSize: oldSize, path: try tree.consistencyProof(from: oldSize), checkpoint: note)
    }

    private func check(_ note: [UInt8]) throws(LogStoreError) -> Checkpoint {
        do { return try verifier.checkpoint(note) } catch {
            throw .invalidRequest("the checkpoint is not one of this log: \(error)")
        }
    }
}
