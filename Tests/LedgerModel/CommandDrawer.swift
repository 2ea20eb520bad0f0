// Commands that mostly make sense, sometimes do not, and reach every state.

package import Ledger

/// Draws the next thing to do to a ledger, from a seed and from what the model knows by now.
package struct CommandDrawer {
    /// One thing to do, and when.
    package struct Step: Sendable {
        /// What to do.
        package enum Act: Sendable {
            case command(Command)
            /// All or nothing.
            case request([Command], key: Hash128, fingerprint: UInt64)
            case tick
        }

        /// Never earlier than that of the step before, unless the clock is faulty.
        package var time: LedgerTime
        package var act: Act
        /// Events that there is room for when it is tried first; nil for plenty.
        package var room: Int?
    }

    var lots: Lots
    var time: LedgerTime
    private(set) var keysUsed: UInt64 = 0
    private var stepsDone = 0
    var asked = Asked()
    var series: Series?
    private let isClockFaulty: Bool

    /// A drawer that starts at `start` of log time.
    ///
    /// - Parameter isClockFaulty: whether the clock sometimes jumps, stands still or says nonsense.
    package init(seed: UInt64, start: LedgerTime, isClockFaulty: Bool = false) {
        lots = Lots(seed: seed)
        time = start
        self.isClockFaulty = isClockFaulty
    }

    /// The next step. The first ones set the ledger up; the rest are drawn.
    package mutating func next(_ model: LedgerModel) -> Step {
        stepsDone += 1
        if stepsDone <= Self.setupCount {
            time = time.adding(.seconds(1))
            return Step(time: time, act: .command(setup(stepsDone, model.shard)))
        }
        time = max(time, model.lastTime).adding(LedgerSpan(nanoseconds: drawSpan()))
        var step = drawStep(model)
        if isClockFaulty { step.time = faultyTime(model) }
        step.room = drawRoom(step.act, model)
        remember(step.act)
        return step
    }

    private mutating func drawStep(_ model: LedgerModel) -> Step {
        if let act = asked.next {
            asked.next = nil
            return Step(time: time, act: act)
        }
        if lots.happens(perMille: 4), let step = drawForgotten(model) { return step }
        if lots.happens(perMille: 60) { return Step(time: time, act: .tick) }
        if lots.happens(perMille: 25) { return Step(time: time, act: drawRequest(model)) }
        if lots.happens(perMille: 35), let again = drawAgain(model) { return Step(time: time, act: again) }
        if let next = drawSeries(model) { return Step(time: time, act: .command(withKey(next))) }
        return Step(time: time, act: .command(drawCommand(model)))
    }

    /// Sometimes about as much as it may write, a little less, or a little more for what is due.
    private mutating func drawRoom(_ act: Step.Act, _ model: LedgerModel) -> Int? {
        let isDue =
            switch act {
            case .command(let command): model.isDue(before: command, at: time)
            case .request(let commands, _, _): commands.contains { model.isDue(before: $0, at: time) }
            case .tick: false
            }
        guard lots.happens(perMille: isDue ? 300 : 60) else { return nil }
        let most =
            switch act {
            case .command(let command): LedgerModel.eventsMax(command)
            case .request(let commands, _, _): LedgerModel.eventsMax(commands)
            // Two for what is due of a review.
            case .tick: 3
            }
        return most - 1 + lots.index(4)
    }

    /// Mostly the time; else five days off, that of before, the beginning or the end of all time.
    private mutating func faultyTime(_ model: LedgerModel) -> LedgerTime {
        switch lots.index(100) {
        case ..<10: time.subtracting(.days(5))
        case ..<15: model.lastTime
        case ..<17: .none
        case 17: time.adding(.days(5))
        case 18: .max
        // After the first half of these nothing happens any more.
        case 19 where lots.happens(perMille: 1):
            LedgerTime.max.subtracting(LedgerSpan(nanoseconds: lots.bits() % 7_200_000_000_000))
        default: time
        }
    }

    /// Mostly milliseconds, sometimes long enough for a cutoff, rarely for the end of a hold.
    private mutating func drawSpan() -> UInt64 {
        let second: UInt64 = 1_000_000_000
        return switch lots.index(1_000) {
        case ..<880: lots.bits() % second
        case ..<970: lots.bits() % (300 * second)
        case ..<993: lots.bits() % (12 * 3_600 * second)
        default: lots.bits() % (8 * 86_400 * second)
        }
    }

    mutating func drawCommand(_ model: LedgerModel) -> Command {
        var command = detailed(draw(lots.one(of: Self.urn) ?? .requestPayment, model))
        if command.request.operation.needsKey || lots.happens(perMille: 100) { command = withKey(command) }
        command.actor = ActorID(raw: UInt64(1 + lots.index(3)))
        if lots.happens(perMille: 60) { spoil(&command, model) }
        return command
    }

    private mutating func withKey(_ plain: Command) -> Command {
        var command = plain
        command.key = newKey()
        command.fingerprint = keysUsed
        return command
    }

    mutating func newFingerprint() -> UInt64 {
        keysUsed += 1
        return keysUsed
    }

    mutating func newKey() -> Hash128 {
        keysUsed += 1
        return Hash128(low: keysUsed, high: 0xA11_0C8)
    }

    /// Makes something about it wrong that is not about the request itself.
    private mutating func spoil(_ command: inout Command, _ model: LedgerModel) {
        switch lots.index(4) {
        case 0: command.merchant = MerchantID(number: 900, shard: model.shard)
        case 1: command.merchant = merchant(model)
        case 2: command.key = .none
        default: command.actor = .none
        }
    }
}

// How often each operation is drawn, of all.
extension CommandDrawer {
    private static let weights: [(Operation, Int)] = [
        (.changeSettings, 2), (.setHoldSpan, 4), (.setAcquirer, 3), (.changeCircuit, 8), (.setRoute, 1),
        (.acceptTime, 2), (.digestState, 1),
        (.openMerchant, 3), (.changeMerchant, 2), (.setMerchantTerms, 3), (.freezeMerchant, 3),
        (.unfreezeMerchant, 14), (.closeMerchant, 2),
        (.requestPayment, 60), (.recordAuthorization, 50), (.startAttempt, 24), (.claimAttempt, 36),
        (.answerAttempt, 70), (.loseAttempt, 8), (.answerInquiry, 16), (.declinePayment, 5),
        (.completeAction, 12), (.decideReview, 14), (.incrementAuthorization, 60), (.voidPayment, 16),
        (.reversePayment, 8), (.answerReversal, 14),
        (.capturePayment, 70), (.answerCapture, 36), (.voidCapture, 25), (.refundPayment, 40),
        (.submitRefund, 8), (.answerRefund, 26),
        (.closeBatch, 8), (.submitBatch, 18), (.acknowledgeBatch, 10), (.failBatch, 5), (.acceptItem, 20),
        (.rejectItem, 20), (.withdrawItem, 9), (.settleItem, 60), (.reconcileBatch, 9), (.matchCash, 9),
        (.netCost, 4),
        (.openDispute, 22), (.advanceDispute, 10), (.submitEvidence, 8), (.acceptDispute, 5),
        (.decideDispute, 16), (.pullDisputeFunds, 5), (.returnDisputeFunds, 4),
        (.submitDebit, 24), (.returnDebit, 9), (.withholdReserve, 5), (.releaseReserve, 5),
        (.createPayout, 10), (.answerPayout, 12), (.moveOwnFunds, 3), (.writeOffDebt, 5),
        (.openException, 4), (.resolveException, 16), (.approveResolution, 14), (.postCorrection, 9),
        (.createAPIKey, 7), (.revokeAPIKey, 5),
    ]

    private static let urn = weights.flatMap { Array(repeating: $0.0, count: $0.1) }
}

// What several commands need.
extension CommandDrawer {
    /// A merchant that is there: mostly one of the first three.
    mutating func merchant(_ model: LedgerModel) -> MerchantID {
        let count = model.state.merchants.count
        let number = lots.happens(perMille: 950) || count <= 3 ? 1 + lots.index(3) : 1 + lots.index(count)
        return MerchantID(number: UInt32(number), shard: model.shard)
    }

    mutating func acquirer(_ model: LedgerModel) -> AcquirerID {
        if lots.happens(perMille: 15) { return .none }
        // Now and then one that does not exist, or not yet.
        let new = lots.happens(perMille: 500) ? 77 : model.state.acquirers.count + 1
        let number = lots.happens(perMille: 980) ? 1 + lots.index(2) : new
        return AcquirerID(number: UInt32(number), shard: model.shard)
    }

    /// One of three currencies, or none at all.
    mutating func currency() -> UInt16 {
        lots.happens(perMille: 10) ? 1 : lots.one(of: [978, 978, 840, 392]) ?? 978
    }

    /// Between 1 and `most`, or a little wrong.
    mutating func amount(upTo most: Int64, zeroIsAll: Bool = false) -> Int64 {
        let most = max(1, most)
        if lots.happens(perMille: 40) {
            return lots.one(of: [0, -1, most &+ 1, Amount.payableMax.minorUnits + 1, .max, .min]) ?? 0
        }
        if lots.happens(perMille: 400) { return zeroIsAll && lots.happens(perMille: 700) ? 0 : most }
        return lots.number(1...most)
    }

    /// A moment so many seconds ahead, at most; sometimes past, sometimes none.
    mutating func moment(within seconds: Int64, wrong: UInt64 = 15) -> LedgerTime {
        if lots.happens(perMille: wrong) {
            return lots.happens(perMille: 500) ? .none : time.subtracting(.seconds(1))
        }
        return time.adding(.seconds(UInt64(lots.number(1...seconds))))
    }

    mutating func place() -> BatchPlace {
        var place = BatchPlace()
        place.closesAt = moment(within: 30 * 3_600)
        place.day = BusinessDay(daysSinceEpoch: UInt32(time.nanoseconds / LedgerSpan.days(1).nanoseconds))
        return place
    }

    /// A recent payment that will do; if there is none at hand, any.
    mutating func payment(
        _ model: LedgerModel, where isGood: (ModelPayment) -> Bool
    ) -> ModelPayment? {
        let list = model.payments
        if !lots.happens(perMille: 40), let good = lots.recent(list, last: 250, tries: 40, where: isGood) {
            return good
        }
        return lots.recent(list, last: 400, tries: 1) { _ in true }
    }
}
