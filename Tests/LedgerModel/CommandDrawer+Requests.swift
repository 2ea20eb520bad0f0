// All or nothing.

import Ledger

extension CommandDrawer {
    /// A request: some drawn blindly, most so that all of it is done, or that it is refused at a place drawn
    /// before, after commands that were done and about what they made.
    mutating func drawRequest(_ model: LedgerModel) -> Step.Act {
        if lots.happens(perMille: 10) { return drawTooLarge(model) }
        let count = 2 + lots.index(5)
        var commands: [Command] = []
        if lots.happens(perMille: 500) {
            for _ in 0..<count { commands.append(drawPart(model)) }
        } else {
            let refused = lots.happens(perMille: 700) ? lots.index(count) : count
            var trial = model.trial()
            for place in 0..<count {
                let wants: Wanted = place < refused ? .done : place == refused ? .refused : .anything
                commands.append(drawPart(&trial, wants))
            }
        }
        if lots.happens(perMille: 80), let used = lots.one(of: asked.recent + asked.old.suffix(50)) {
            return .request(commands, key: used.key, fingerprint: newFingerprint())
        }
        let key = lots.happens(perMille: 30) ? Hash128.none : newKey()
        return .request(commands, key: key, fingerprint: key.isNone ? 0 : keysUsed)
    }

    /// What is to become of a command of a request.
    private enum Wanted { case done, refused, anything }

    /// A command that a trial says this of, if one is drawn soon. The trial goes on with it.
    private mutating func drawPart(_ trial: inout LedgerModel, _ wanted: Wanted) -> Command {
        for _ in 0..<8 {
            let command = drawPart(trial)
            if wanted == .anything { return command }
            let next = trial.trial()
            let key = Hash128(low: lots.bits(), high: 0x7121A1)
            switch next.performAll([command], key: key, fingerprint: 1, at: time) {
            case .done where wanted == .done:
                trial = next
                return command
            case .refused(let code) where wanted == .refused && code.isLogged: return command
            default: continue
            }
        }
        return drawPart(trial)
    }

    /// A command without a key, but for a few.
    mutating func drawPart(_ model: LedgerModel) -> Command {
        var command = drawCommand(model)
        if !lots.happens(perMille: 10) {
            command.key = .none
            command.fingerprint = 0
        }
        return command
    }

    /// More than one request may write.
    private mutating func drawTooLarge(_ model: LedgerModel) -> Step.Act {
        var command = draw(.rejectItem, model)
        if command.request.operation != .rejectItem { command = Command(.rejectItem(RejectItem())) }
        // At the limit, and beyond.
        let count = LedgerModel.requestEventsMax / LedgerModel.eventsMax(command) + lots.index(2)
        return .request(
            Array(repeating: command, count: count), key: newKey(), fingerprint: keysUsed)
    }
}

extension LedgerModel {
    /// A copy to try something on: of the past only what corrections look at.
    func trial() -> LedgerModel {
        let other = LedgerModel(nextSequence: nextSequence.raw, shard: shard)
        other.state = state
        other.events = Array(events.suffix(40))
        other.lastTime = lastTime
        return other
    }
}
