/// What an auditor runs: checks against one log's name and public keys, nothing else. No file, no clock.
public struct OfflineVerifier: Sendable {
    /// The log's name, as its checkpoints begin.
    public let origin: String
    /// The keys trusted to speak for the log; one valid signature by any of them is enough.
    public let keys: [NoteVerifyingKey]

    /// A verifier for one log.
    public init(origin: String, keys: [NoteVerifyingKey]) {
        self.origin = origin
        self.keys = keys
    }

    /// Checks signature and origin of a signed checkpoint.
    public func checkpoint(_ note: [UInt8]) throws(VerificationFailure) -> Checkpoint {
        try Checkpoint(verifying: note, origin: origin, keys: keys)
    }

    /// Checks that `event` (its exact bytes) is in the log, at the place the proof names.
    public func inclusion(
        of event: [UInt8], proof text: [UInt8]
    ) throws(VerificationFailure) -> (index: UInt64, checkpoint: Checkpoint) {
        let proof: TlogProof
        do throws(DecodingFailure) {
            proof = try TlogProof(parsing: text)
        } catch {
            throw .malformed(what: "inclusion proof", error)
        }
        return (proof.index, try proof.verify(event: event, origin: origin, keys: keys))
    }

    /// Checks that nothing the old checkpoint covers was changed or removed by the time of the newer one,
    /// which stands in the proof. Both must be this log's.
    public func growth(
        from oldNote: [UInt8], proof text: [UInt8]
    ) throws(VerificationFailure) -> (old: Checkpoint, new: Checkpoint) {
        let proof: GrowthProof
        do throws(DecodingFailure) {
            proof = try GrowthProof(parsing: text)
        } catch {
            throw .malformed(what: "consistency proof", error)
        }
        let old = try checkpoint(oldNote)
        let new = try checkpoint(proof.checkpoint)
        guard proof.oldSize == old.size else {
            throw .malformed(
                what: "consistency proof",
                DecodingFailure("it starts at \(proof.oldSize) leaves, the old checkpoint at \(old.size)"))
        }
        try proof.path.verify(old: old.size, oldRoot: old.root, new: new.size, newRoot: new.root)
        return (old, new)
    }
}
