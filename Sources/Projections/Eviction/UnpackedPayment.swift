import Ledger

/// A packed payment read back: rows without their links, and what they are linked by instead.
struct UnpackedPayment {
    var row: PaymentRow
    var holds: [HoldRow] = []
    var captures: [(row: CaptureRow, batch: BatchID)] = []
    var refunds: [(id: RefundID, amount: Amount, batch: BatchID, state: RefundState, isSaidSucceeded: Bool)] =
        []
    /// Refund and capture by their places above.
    var parts: [(number: UInt64, amount: Amount, refund: Int, capture: Int)] = []
    var disputes: [DisputeRow] = []

    init(_ packed: RawSpan, _ id: PaymentID) throws(PackedPaymentError) {
        let end = packed.byteCount - 8
        guard end >= 2, packed.byteCount <= PackedPayments.byteCountMax else { throw .malformed(at: 0) }
        var tail = PackReader(packed, at: end)
        let sum = try tail.integer(UInt64.self)
        guard sum == PackChecksum.of(packed.extracting(0..<end)) else { throw .wrongChecksum }
        var reader = PackReader(packed.extracting(0..<end), at: 0)
        let version = try reader.integer(UInt16.self)
        guard version == LedgerState.packVersion else { throw .unknownVersion(version) }
        row = try PaymentRow(unpacking: &reader)
        guard row.id == id else { throw .otherPayment(row.id) }
        try readHolds(&reader)
        try readCaptures(&reader)
        try readRefunds(&reader)
        try readParts(&reader)
        try readDisputes(&reader)
        guard reader.remaining == 0 else { throw .malformed(at: reader.offset) }
    }

    private mutating func readHolds(_ reader: inout PackReader) throws(PackedPaymentError) {
        for _ in 0..<(try reader.integer(UInt16.self)) {
            holds.append(
                HoldRow(
                    id: try reader.field(HoldID.self), paymentID: row.id,
                    held: try reader.field(Amount.self), expiresAt: try reader.field(LedgerTime.self),
                    payment: .none))
        }
    }

    private mutating func readCaptures(_ reader: inout PackReader) throws(PackedPaymentError) {
        for _ in 0..<(try reader.integer(UInt16.self)) {
            let (id, amount) = (try reader.field(CaptureID.self), try reader.field(Amount.self))
            let (refunded, fee) = (try reader.field(Amount.self), try reader.field(Amount.self))
            let batch = try reader.field(BatchID.self)
            let state = try reader.word(CaptureState.self)
            var capture = CaptureRow(id: id, amount: amount, of: .none, row.id, state: state)
            capture.refunded = refunded
            capture.fee = fee
            capture.flags = CaptureFlags(rawValue: try reader.integer(UInt8.self))
            if !batch.isNone { capture.enter(.none, batch) }
            captures.append((capture, batch))
        }
    }

    private mutating func readRefunds(_ reader: inout PackReader) throws(PackedPaymentError) {
        for _ in 0..<(try reader.integer(UInt16.self)) {
            let (id, amount) = (try reader.field(RefundID.self), try reader.field(Amount.self))
            let (batch, bits) = (try reader.field(BatchID.self), try reader.integer(UInt8.self))
            guard let state = RefundState(rawValue: bits & 0x7F) else {
                throw .malformed(at: reader.offset)
            }
            refunds.append((id, amount, batch, state, bits & 0x80 != 0))
        }
    }

    private mutating func readParts(_ reader: inout PackReader) throws(PackedPaymentError) {
        var isSeen = [Bool](repeating: false, count: refunds.count)
        for _ in 0..<(try reader.integer(UInt16.self)) {
            let (number, amount) = (try reader.integer(UInt64.self), try reader.field(Amount.self))
            let refund = Int(try reader.integer(UInt16.self))
            let capture = Int(try reader.integer(UInt16.self))
            guard refund < refunds.count, capture < captures.count else {
                throw .malformed(at: reader.offset)
            }
            isSeen[refund] = true
            parts.append((number, amount, refund, capture))
        }
        // A refund without parts would never leave again.
        guard !isSeen.contains(false) else { throw .malformed(at: reader.offset) }
        // Lists of parts have the youngest first: they are made anew in the order of their numbers.
        parts.sort { $0.number < $1.number }
        for index in parts.indices.dropFirst() where parts[index - 1].number == parts[index].number {
            throw .malformed(at: reader.offset)
        }
    }

    private mutating func readDisputes(_ reader: inout PackReader) throws(PackedPaymentError) {
        for _ in 0..<(try reader.integer(UInt16.self)) {
            let (id, amount) = (try reader.field(DisputeID.self), try reader.field(Amount.self))
            let (accepted, dueAt) = (try reader.field(Amount.self), try reader.field(LedgerTime.self))
            let acquirer = try reader.integer(UInt32.self)
            let (stage, status) = (try reader.word(DisputeStage.self), try reader.word(DisputeStatus.self))
            let flags = try reader.integer(UInt8.self)
            guard flags <= 3 else { throw .malformed(at: reader.offset) }
            disputes.append(
                DisputeRow(
                    id: id, paymentID: row.id, amount: amount, accepted: accepted, dueAt: dueAt,
                    acquirerNumber: acquirer, payment: .none, stage: stage, status: status,
                    hasFee: flags & 1 != 0, isSaidOtherwise: flags & 2 != 0))
        }
    }
}

extension PaymentRow {
    /// The fields in the order they were packed in.
    init(unpacking reader: inout PackReader) throws(PackedPaymentError) {
        id = try reader.field(PaymentID.self)
        latest = try reader.field(SequenceNumber.self)
        authorized = try reader.field(Amount.self)
        captured = try reader.field(Amount.self)
        held = try reader.field(Amount.self)
        letGo = try reader.field(Amount.self)
        expiresAt = try reader.field(LedgerTime.self)
        approval = try reader.integer(UInt64.self)
        merchantNumber = try reader.integer(UInt32.self)
        acquirerNumber = try reader.integer(UInt32.self)
        currency = try reader.field(Currency.self)
        flags = PaymentFlags(rawValue: try reader.integer(UInt16.self))
        phase = try reader.word(PaymentPhase.self)
        captureCount = try reader.integer(UInt8.self)
        refundCount = try reader.integer(UInt8.self)
        incrementCount = try reader.integer(UInt8.self)
        attempt = try reader.integer(UInt8.self)
        brand = try reader.word(CardBrand.self)
    }
}
