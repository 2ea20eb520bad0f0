internal import Ledger
internal import Projections

/// What commands make, so that their answers can name it.
enum MadeThing {
    case nothing
    case payment
    case capture
    case refund
    case dispute
    case exception
    case payout
    case merchant
    case acquirer
    case apiKey

    init(_ operation: Operation) {
        switch operation {
        case .requestPayment, .recordAuthorization, .submitDebit: self = .payment
        case .capturePayment: self = .capture
        case .refundPayment: self = .refund
        case .openDispute: self = .dispute
        case .openException: self = .exception
        case .createPayout: self = .payout
        case .openMerchant: self = .merchant
        case .setAcquirer: self = .acquirer
        case .createAPIKey: self = .apiKey
        default: self = .nothing
        }
    }

    /// The id, as it is shown, of what the event at `sequence` made: things are named after it.
    func id(of sequence: SequenceNumber, shard: Shard, names: Names) -> UInt64 {
        switch self {
        case .payment: names.close(PaymentID(createdBy: sequence, shard: shard))
        case .capture: names.close(CaptureID(createdBy: sequence, shard: shard))
        case .refund: names.close(RefundID(createdBy: sequence, shard: shard))
        case .dispute: names.close(DisputeID(createdBy: sequence, shard: shard))
        case .exception: names.close(ExceptionID(createdBy: sequence, shard: shard))
        case .payout: names.close(PayoutID(createdBy: sequence, shard: shard))
        case .nothing, .merchant, .acquirer, .apiKey: 0
        }
    }

    /// The id of what was configured by the command just done: these count up.
    func newest(in state: borrowing LedgerState, _ command: borrowing Command) -> UInt64 {
        switch self {
        case .merchant: return state.newestMerchant.raw
        case .apiKey: return state.newestAPIKey.raw
        case .acquirer:
            if case .setAcquirer(let body) = command.request, !body.settings.acquirer.isNone {
                return body.settings.acquirer.raw
            }
            return state.newestAcquirer.raw
        default: return 0
        }
    }

    var isConfigured: Bool {
        switch self {
        case .merchant, .acquirer, .apiKey: true
        default: false
        }
    }
}

extension EventBatch {
    /// The type of the event that is `index` events behind the one at `offset` bytes.
    borrowing func type(_ index: Int, from offset: Int) -> UInt16 {
        let bytes = bytes
        var offset = offset
        for _ in 0..<index {
            // SAFETY: the batch wrote whole events, headers first.
            let length = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset &+ 12, as: UInt16.self)
            offset &+= Self.headerByteCount &+ Int(UInt16(littleEndian: length))
        }
        return unsafe UInt16(
            littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
