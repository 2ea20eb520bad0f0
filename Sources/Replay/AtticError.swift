package import Ledger
package import LogStore
package import Projections

/// Why the attic did not give back what was put there. The log has everything: what is lost here costs a
/// replay, and no event.
package enum AtticError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The log's disk or keys failed, or bytes of a run are not what was written.
    case log(LogStoreError)
    /// A packed payment does not fit the state.
    case payment(PaymentID, PackedPaymentError)
    /// An event changes a payment that is neither in memory nor here.
    case missing(PaymentID, SequenceNumber)
    /// No manifest was kept of what the attic held at this sequence.
    case noManifest(SequenceNumber)

    package var description: String {
        switch self {
        case .log(let error): "attic: \(error)"
        case .payment(let id, let error): "attic: payment \(id.raw) does not come back: \(error)"
        case .missing(let id, let sequence):
            "attic: payment \(id.raw), which event \(sequence.raw) changes, is not here"
        case .noManifest(let sequence): "attic: no manifest of sequence \(sequence.raw)"
        }
    }
}

/// Runs a piece of the log's work and names its failure as the attic's.
func inAttic<Result>(_ work: () throws(LogStoreError) -> Result) throws(AtticError) -> Result {
    do { return try work() } catch { throw .log(error) }
}
