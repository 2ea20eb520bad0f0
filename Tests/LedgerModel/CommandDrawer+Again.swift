// The same once more, or something else under the same key: at once, late, and when the key is forgotten.

package import Ledger

extension CommandDrawer {
    /// What was asked under keys: the latest, and some of what is longer ago.
    struct Asked: Sendable {
        var recent: [Step.Act] = []
        var old: [Step.Act] = []
        /// The latest requests alone: few of them begin what others finish.
        var requests: [Step.Act] = []
        /// To be asked again next.
        var next: Step.Act?
    }

    /// Remembers what has a key.
    mutating func remember(_ act: Step.Act) {
        guard !act.key.isNone else { return }
        asked.recent.append(act)
        if asked.recent.count > 100 { asked.recent.removeFirst() }
        if case .request = act {
            asked.requests.append(act)
            if asked.requests.count > 100 { asked.requests.removeFirst() }
        }
        guard lots.happens(perMille: 200) else { return }
        asked.old.append(act)
        if asked.old.count > 250 { asked.old.remove(at: lots.index(asked.old.count)) }
    }

    /// An earlier command or request once more, or something else under its key; nil if there is none.
    mutating func drawAgain(_ model: LedgerModel) -> Step.Act? {
        if lots.happens(perMille: 200), let act = drawDisappointed(model) { return act }
        guard let act = lots.one(of: lots.happens(perMille: 500) ? asked.recent : asked.old) else {
            return nil
        }
        switch lots.index(100) {
        case ..<60: return act
        case ..<85: return act.with(key: act.key, fingerprint: act.fingerprint &+ 1)
        case ..<93: return drawPlain(model).with(key: act.key, fingerprint: newFingerprint())
        default:
            let commands = [drawPart(model), drawPart(model)]
            return .request(commands, key: act.key, fingerprint: newFingerprint())
        }
    }

    /// A request that began what came to nothing; nil if there is none.
    private mutating func drawDisappointed(_ model: LedgerModel) -> Step.Act? {
        lots.one(
            of: asked.requests.filter { act in
                switch model.keyOutcome(act.key) {
                case .failed, .declined, .blocked: true
                default: false
                }
            })
    }

    /// A moment at which a key is as good as forgotten, a nanosecond before it, or just after: an event then,
    /// or the key's command; nil if no key is near its end.
    mutating func drawForgotten(_ model: LedgerModel) -> Step? {
        guard let act = lots.one(of: asked.old), let end = model.keyEnd(act.key), end > time,
            end < time.adding(.days(4))
        else { return nil }
        time = end
        if lots.happens(perMille: 400) { time = time.subtracting(LedgerSpan(nanoseconds: 1)) }
        // The first event forgets; what comes at that moment still finds the key.
        asked.next = act
        let first = lots.happens(perMille: 500) ? act : .command(Command(.digestState(DigestState())))
        return Step(time: time, act: first)
    }

    private mutating func drawPlain(_ model: LedgerModel) -> Step.Act { .command(drawCommand(model)) }
}

extension CommandDrawer.Step.Act {
    /// What it is known by; none if it has no key.
    package var key: Hash128 {
        switch self {
        case .command(let command): command.key
        case .request(_, let key, _): key
        case .tick: .none
        }
    }

    /// Of what is asked, as whoever asks tells.
    var fingerprint: UInt64 {
        switch self {
        case .command(let command): command.fingerprint
        case .request(_, _, let fingerprint): fingerprint
        case .tick: 0
        }
    }

    /// The same under another key.
    func with(key: Hash128, fingerprint: UInt64) -> Self {
        switch self {
        case .command(var command):
            (command.key, command.fingerprint) = (key, fingerprint)
            return .command(command)
        case .request(let commands, _, _): return .request(commands, key: key, fingerprint: fingerprint)
        case .tick: return .tick
        }
    }
}
