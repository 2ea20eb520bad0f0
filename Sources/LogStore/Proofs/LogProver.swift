/// Makes proof texts an outsider can check offline against a signed checkpoint.
///
/// Works from a running log or a read-only one. Every proof is verified against the checkpoint's root before
/// it is handed out. Used by one thread.
package struct LogProver<Disk: Storage> {
    private let source: LogSource<Disk>
    private let tree: LogTree?
    private let verifier: OfflineVerifier
    private let tiles: StoragePath?
    private let report: (Damage) -> Void

    /// - Parameters:
    ///   - tiles: the directory of published tiles.
    ///   - report: told of each published tile that is wrong; proofs are then made without tiles.
    package init(
        source: LogSource<Disk>, tree: LogTree?, verifier: OfflineVerifier, tiles: StoragePath?,
        report: @escaping (Damage) -> Void
    ) {
        self.source = source
        self.tree = tree
        self.verifier = verifier
        self.tiles = tiles
        self.report = report
    }

    /// Proves that event `sequence` is in the tree of a signed checkpoint.
    package func inclusion(of sequence: UInt64, in note: [UInt8]) throws(LogStoreError) -> TlogProof {
        let checkpoint = try check(note)
        guard sequence < checkpoint.size else {
            throw .invalidRequest(
                "sequence \(sequence) is not in the checkpoint, whose size is \(checkpoint.size)")
        }
        return try verified { (nodes) throws(LogStoreError) in
            let path = try MerkleTree(size: checkpoint.size, nodes: nodes).inclusionProof(of: sequence)
            let leaf = try nodes.node(level: 0, index: sequence)
            do throws(VerificationFailure) {
                try path.verify(leaf: leaf, index: sequence, size: checkpoint.size, root: checkpoint.root)
            } catch { return .failure(error) }
            return .success(TlogProof(index: sequence, path: path, checkpoint: note))
        }
    }

    /// Proves that the tree of a signed checkpoint begins with the older tree of `oldSize` events.
    package func growth(from oldSize: UInt64, to note: [UInt8]) throws(LogStoreError) -> GrowthProof {
        let checkpoint = try check(note)
        guard oldSize <= checkpoint.size else {
            throw .invalidRequest("the checkpoint has only \(checkpoint.size) events, not \(oldSize)")
        }
        return try verified { (nodes) throws(LogStoreError) in
            let path = try MerkleTree(size: checkpoint.size, nodes: nodes).consistencyProof(from: oldSize)
            let oldRoot = try MerkleTree(size: oldSize, nodes: nodes).root()
            do throws(VerificationFailure) {
                try path.verify(
                    old: oldSize, oldRoot: oldRoot, new: checkpoint.size, newRoot: checkpoint.root)
            } catch { return .failure(error) }
            return .success(GrowthProof(oldSize: oldSize, path: path, checkpoint: note))
        }
    }

    /// Makes a proof with published tiles; if it does not hold, from the log alone, and says which tiles are
    /// to blame.
    private func verified<Proof>(
        _ make: (LogNodes<Disk>) throws(LogStoreError) -> Result<Proof, VerificationFailure>
    ) throws(LogStoreError) -> Proof {
        let nodes = LogNodes(source: source, tree: tree, tiles: tiles)
        if case .success(let proof) = try make(nodes) { return proof }
        let log = LogNodes(source: source, tree: tree)
        switch try make(log) {
        case .success(let proof):
            for damage in try nodes.wrongTiles(against: log) { report(damage) }
            return proof
        case .failure(let failure):
            throw .invalidRequest("the log does not lead to this checkpoint: \(failure)")
        }
    }

    private func check(_ note: [UInt8]) throws(LogStoreError) -> Checkpoint {
        do { return try verifier.checkpoint(note) } catch {
            throw .invalidRequest("the checkpoint is not one of this log: \(error)")
        }
    }
}
