import Ledger
import LedgerModel
import Testing

/// Runs of drawn commands: the model must keep its own invariants, and the drawer must reach everything.
struct DrawnCommandsTests {
    /// Codes of steps a model has not, of limits too far away for a run, and of a state no command reaches:
    /// only online captures fail, and those are not voided.
    private static let rarelyDrawn: Set<RefusalCode> = [
        .rateLimited, .requestTooLarge, .busy,
        .sumTooLarge, .exceedsPaymentMax,
        .tooManyCaptures, .tooManyRefunds, .tooManyIncrements, .tooManyAttempts, .attemptClaimed,
        .captureFailed, .tooManyAPIKeys,
    ]
    /// Codes that only facts come upon: instead of being refused they are told to people.
    private static let ofFacts: Set<RefusalCode> = [
        .refundUnknown, .payoutUnknown, .reversalUnknown, .currencyMismatch,
    ]

    /// What a run of the drawer has met.
    struct Coverage {
        var facts: Set<FactType> = []
        var done: Set<Operation> = []
        var exists: Set<Operation> = []
        var refused: Set<Operation> = []
        var codes: Set<RefusalCode> = []
        var phases: Set<ModelPayment.Phase> = []
        var requestsDone = 0
        var requestsRefused = 0

        mutating func add(_ operation: Operation, _ outcome: ModelOutcome) {
            switch outcome {
            case .done: done.insert(operation)
            case .exists, .known: exists.insert(operation)
            case .refused(let code):
                refused.insert(operation)
                codes.insert(code)
            }
        }
    }

    /// A run of so many steps; what it met, and the model it left.
    private func run(
        seed: UInt64, steps: Int, checkEvery: Int
    ) -> (model: LedgerModel, coverage: Coverage) {
        let model = LedgerModel(shard: Shard(number: 0))
        var drawer = CommandDrawer(seed: seed, start: LedgerTime(nanoseconds: 1_750_000_000_000_000_000))
        var coverage = Coverage()
        for number in 1...steps {
            let step = drawer.next(model)
            switch step.act {
            case .command(let command):
                coverage.add(command.request.operation, model.perform(command, at: step.time))
            case .request(let commands, let key, let fingerprint):
                let before = model.events.count
                switch model.performAll(commands, key: key, fingerprint: fingerprint, at: step.time) {
                case .refused:
                    coverage.requestsRefused += 1
                    // What was due stays; of the commands nothing does but one refusal.
                    let left = model.events[before...].count { $0.type == .refused }
                    #expect(left <= 1, "step \(number)")
                case .done, .exists, .known: coverage.requestsDone += 1
                }
            case .tick: model.tick(at: step.time)
            }
            coverage.phases.formUnion(model.payments.suffix(20).map(\.phase))
            if number.isMultiple(of: checkEvery) {
                let broken = model.check()
                #expect(broken.isEmpty, "step \(number), \(step.act)")
                if !broken.isEmpty { break }
            }
        }
        coverage.facts = Set(model.events.map(\.type))
        return (model, coverage)
    }

    @Test func `Nothing that is drawn breaks an invariant, and everything is drawn`() {
        let (model, coverage) = run(seed: 1, steps: 40_000, checkEvery: 1_000)
        #expect(model.check().isEmpty)
        let neverWritten = Set(FactType.allCases).subtracting(coverage.facts)
        #expect(neverWritten == [.ledgerOpened])
        #expect(coverage.phases == Set(ModelPayment.Phase.allCases))
        let all = Set(Operation.allCases)
        #expect(all.subtracting(coverage.done).isEmpty)
        // An exception is a fact, and refused for little more than its form.
        #expect(all.subtracting(coverage.refused).isSubset(of: [.setRoute, .digestState, .openException]))
        let unmet = Set(RefusalCode.allCases).subtracting(coverage.codes)
        let unexpected = unmet.subtracting(Self.rarelyDrawn).subtracting(Self.ofFacts)
        #expect(unexpected.isEmpty, "\(unexpected)")
        #expect(unmet.isSuperset(of: Self.ofFacts))
        #expect(coverage.requestsDone > 20)
        #expect(coverage.requestsRefused > 20)
    }

    @Test(arguments: 2...9 as ClosedRange<UInt64>)
    func `Every event of a short run leaves every invariant whole`(seed: UInt64) {
        let (model, _) = run(seed: seed, steps: 1_500, checkEvery: 1)
        #expect(model.check().isEmpty)
    }

    @Test func `Time and sequence of events only grow, by what each one needs`() {
        let (model, _) = run(seed: 20, steps: 3_000, checkEvery: 3_000)
        for (earlier, later) in zip(model.events, model.events.dropFirst()) {
            #expect(later.sequence == earlier.sequence.advanced(by: 1))
            #expect(later.time > earlier.time)
        }
    }

    @Test func `The same seed draws the same run`() {
        let first = run(seed: 30, steps: 2_000, checkEvery: 2_000).model.events
        let second = run(seed: 30, steps: 2_000, checkEvery: 2_000).model.events
        #expect(first == second)
    }
}
