package import Ledger
package import LedgerModel

/// What a move sees of the ledger: who is there, and what has come about so far.
package struct Scene {
    package let model: LedgerModel
    package let time: LedgerTime
    /// What whoever moves has made before; it is then about that.
    package var own = Own()

    package static let merchant = MerchantID(number: 1, shard: LedgerPair.shard)
    /// Takes captures in files.
    package static let fileAcquirer = AcquirerID(number: 1, shard: LedgerPair.shard)
    /// Takes each capture as a call.
    package static let onlineAcquirer = AcquirerID(number: 2, shard: LedgerPair.shard)
    package static let bank = BankAccountID(raw: 1)
    /// What every payment asks for, in cents.
    package static let amount: Int64 = 10_000

    /// A scene of a model at a time.
    package init(model: LedgerModel, time: LedgerTime) {
        self.model = model
        self.time = time
    }

    /// The first payment: what a space is about.
    package var payment: ModelPayment? { model.payments.first }
    package var capture: ModelPayment.Capture? { payment?.captures.first }
    package var lastCapture: ModelPayment.Capture? { payment?.captures.last }
    package var refund: ModelPayment.Refund? { payment?.refunds.first }
    package var lastRefund: ModelPayment.Refund? { payment?.refunds.last }
    package var dispute: ModelPayment.Dispute? { payment?.disputes.last }
    package var reversal: ModelPayment.Reversal? {
        payment?.reversals.first { $0.isOutstanding } ?? payment?.reversals.first
    }

    // Ids; of nothing where there is nothing.
    package var paymentID: PaymentID { payment?.id ?? PaymentID(raw: 999) }
    package var captureID: CaptureID { own.capture ?? capture?.id ?? CaptureID(raw: 998) }
    package var lastCaptureID: CaptureID { own.capture ?? lastCapture?.id ?? CaptureID(raw: 998) }
    package var refundID: RefundID { own.refund ?? refund?.id ?? RefundID(raw: 997) }
    package var disputeID: DisputeID { own.dispute ?? dispute?.id ?? DisputeID(raw: 996) }
    package var reversalID: ReversalID { reversal?.id ?? ReversalID(raw: 995) }
    package var payoutID: PayoutID { own.payout ?? model.state.payoutList.first ?? PayoutID(raw: 994) }
    package var exceptionID: ExceptionID { model.state.exceptionList.last ?? ExceptionID(raw: 993) }
    package var apiKeyID: APIKeyID { model.state.apiKeys.first?.id ?? APIKeyID(raw: 991) }
    /// The batch of the first capture, else the first batch.
    package var batchID: BatchID {
        if let batch = capture?.batch, !batch.isNone { return batch }
        return model.state.batchList.first ?? BatchID(raw: 992)
    }
    /// The batch opened last.
    package var lastBatchID: BatchID { model.state.batchList.last ?? BatchID(raw: 992) }
    package var attempt: UInt8 { UInt8(payment?.attempts.count ?? 0) }
    /// Whom a new attempt goes to: the payment's own acquirer if it has one.
    package var acquirer: AcquirerID {
        guard let acquirer = payment?.acquirer, !acquirer.isNone else { return Self.fileAcquirer }
        return acquirer
    }

    /// A batch that closes in two hours, if one has to be opened.
    package var place: BatchPlace {
        var place = BatchPlace()
        place.day = BusinessDay(daysSinceEpoch: UInt32(time.nanoseconds / LedgerSpan.days(1).nanoseconds))
        place.closesAt = time.adding(.hours(2))
        return place
    }

    /// So many seconds from now.
    package func after(_ seconds: UInt64) -> LedgerTime { time.adding(.seconds(seconds)) }
}

extension LedgerPair {
    /// What a move sees of it now.
    package var scene: Scene { Scene(model: model, time: time) }

    /// Two acquirers, one merchant with terms, limits low enough to be met.
    package static func setUp(_ scratch: Scratch) -> Place {
        var pair = LedgerPair(scratch: scratch)
        var settings = ChangeSettings()
        settings.settings.approvalAbove = Amount(minorUnits: 1_000)
        var file = SetAcquirer()
        file.settings.name = text("File Bank")
        var online = SetAcquirer()
        online.settings.name = text("Online Bank")
        online.settings.mode = .online
        var opening = OpenMerchant()
        opening.settings.name = text("Corner shop")
        opening.settings.overcapture = Rate(partsPerMillion: 100_000)
        opening.settings.paymentMax = Amount(minorUnits: 20_000)
        var terms = SetMerchantTerms()
        terms.currency = Currency.eur.number
        (terms.fee, terms.feeFixed, terms.chargebackFee) = (29_000, 30, 1_500)
        let requests: [Request] = [
            .changeSettings(settings), .setAcquirer(file), .setAcquirer(online), .openMerchant(opening),
            .setMerchantTerms(terms),
        ]
        for request in requests {
            let isOfLedger = request.operation.isOfLedger
            pair.perform(pair.command(request, of: isOfLedger ? .none : Scene.merchant))
        }
        return pair.place
    }
}

/// A text known to fit.
package func text<let capacity: Int>(_ string: StaticString) -> Text<capacity> {
    Text(string.description) ?? Text()
}
