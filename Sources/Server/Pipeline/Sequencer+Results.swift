package import Ledger
internal import Projections
internal import Protocol
internal import Replay

/// Where the events of a command begin: the first sequence they may have, and its offset in the batch.
struct EventMark {
    let next: SequenceNumber
    let offset: Int
}

// What became of a command, as it is told.
extension Sequencer {
    /// - Parameters:
    ///   - index: of the command among those that were gathered.
    ///   - mark: at or before the first event written for it.
    @inline(__always)
    mutating func result(
        _ outcome: Outcome, _ index: Int, _ mark: EventMark, _ names: Names
    ) -> CommandResult {
        let thing = MadeThing(intake.commands[index].operation)
        switch outcome {
        case .done(let first, let count):
            counts.done &+= 1
            if case .revokeAPIKey(let body) = intake.commands[index].request {
                draft.addRevoked(body.apiKey)
            }
            var made: UInt64 = 0
            if thing.isConfigured {
                made = thing.newest(in: ledger.state, intake.commands[index])
            } else if thing != .nothing {
                let making = count == 1 ? first : making(first, mark)
                made = thing.id(of: making, shard: ledger.state.shard, names: names)
            }
            return CommandResult(
                .done, events: UInt16(clamping: count),
                position: names.close(first.raw, as: SequenceNumber.disclosure), made: made)
        case .exists(let sequence, let known):
            counts.existed &+= 1
            // The event that has the key is the one that made what was asked for.
            return CommandResult(
                .exists(CommandResult.Known(known)),
                position: names.close(sequence.raw, as: SequenceNumber.disclosure),
                made: sequence.isNone ? 0 : thing.id(of: sequence, shard: ledger.state.shard, names: names))
        case .refused(let code):
            counts.refused &+= 1
            refusals.note(code)
            return CommandResult(.refused(code))
        }
    }

    /// Of several events of a command the one that made what it asked for: a batch that had to be opened
    /// comes before it.
    private borrowing func making(_ first: SequenceNumber, _ mark: EventMark) -> SequenceNumber {
        let index = Int(first.raw - mark.next.raw)
        return events.type(index, from: mark.offset) == FactType.batchOpened.rawValue
            ? first.advanced(by: 1) : first
    }
}

extension CommandResult.Known {
    init(_ outcome: KeyOutcome) {
        switch outcome {
        case .pending: self = .pending
        case .done: self = .done
        case .declined(let code): self = .declined(code)
        case .blocked(let code): self = .blocked(code)
        case .refused(let code): self = .refused(code)
        case .failed: self = .failed
        }
    }
}

extension Sequencer {
    /// A position as a key sees it.
    package borrowing func shown(_ position: SequenceNumber, to asker: Asker) -> UInt64 {
        intake.names(showsSequences: asker.showsSequences)
            .close(position.raw, as: SequenceNumber.disclosure)
    }
}
