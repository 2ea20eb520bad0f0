/// Why a note, checkpoint or proof does not show what it should. The case says which step failed.
public enum VerificationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text or bytes are not in the form they must have; `what` names the document.
    case malformed(what: String, DecodingFailure)
    /// No signature of the note is by a key the verifier trusts.
    case noTrustedSignature(signers: [String])
    /// A signature line names a trusted key but was not made by it, or for another text.
    case invalidSignature(key: String)
    /// Two different trusted keys share name and id: the verifier's own list is wrong.
    case ambiguousKey(String)
    /// The checkpoint is another log's.
    case wrongOrigin(found: String, expected: String)
    /// The leaf lies beyond the tree the checkpoint speaks of.
    case indexOutsideTree(index: UInt64, size: UInt64)
    /// The later checkpoint covers fewer leaves than the earlier one.
    case sizesRunBackwards(old: UInt64, new: UInt64)
    /// A proof between these positions has exactly `expected` hashes.
    case wrongProofLength(found: Int, expected: Int)
    /// The hashes lead to another root: another event, another position, or a changed log.
    case rootMismatch(computed: Hash256, expected: Hash256)
    /// The hashes lead to another older root: the log does not extend what was seen before.
    case oldRootMismatch(computed: Hash256, expected: Hash256)

    /// What failed, with the values that disagree.
    public var description: String {
        switch self {
        case .malformed(let what, let failure): "malformed \(what): \(failure)"
        case .noTrustedSignature(let signers):
            "no signature by a trusted key; signed by \(signers.joined(separator: ", "))"
        case .invalidSignature(let key): "the signature named \(key) is not that key's signature of this text"
        case .ambiguousKey(let key): "two trusted keys are both named \(key)"
        case .wrongOrigin(let found, let expected): "origin \"\(found)\", expected \"\(expected)\""
        case .indexOutsideTree(let index, let size): "leaf \(index) is outside a tree of \(size)"
        case .sizesRunBackwards(let old, let new): "the later tree has \(new) leaves, the earlier \(old)"
        case .wrongProofLength(let found, let expected): "a proof of \(found) hashes, expected \(expected)"
        case .rootMismatch(let computed, let expected):
            "the proof leads to root \(computed), expected \(expected)"
        case .oldRootMismatch(let computed, let expected):
            "the proof leads to earlier root \(computed), expected \(expected)"
        }
    }
}
