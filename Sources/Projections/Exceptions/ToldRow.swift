import Ledger

/// A fact from outside that did not fit, as it was told: it opened an exception, and told again is known.
/// Never forgotten, as the exception is not. 32 bytes.
struct ToldRow: TableRow {
    /// Where it is found: the lower half of the hash, or the next place that was free.
    let place: UInt64
    let hash: Hash128
    /// The exception's event.
    let event: SequenceNumber

    var key: UInt64 { place }
    static var table: TableNumber { .told }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(place)
        hasher.combine(hash)
        hasher.combine(event.raw)
    }
}

extension LedgerState {
    /// The event of the exception about what was told like this.
    func findTold(_ hash: Hash128) -> SequenceNumber? {
        if hash.isNone { return nil }
        var place = hash.low
        while let number = told.find(place) {
            if told[number].hash == hash { return told[number].event }
            place &+= 1
        }
        return nil
    }

    /// What was told is known from now on.
    mutating func noteTold(_ hash: Hash128, at event: SequenceNumber) {
        if hash.isNone { return }
        var place = hash.low
        while told.find(place) != nil { place &+= 1 }
        told.insert(ToldRow(place: place, hash: hash, event: event))
    }

    /// The hash of a fact as it is told: of its key and its content, or, if it needs no key, of all its
    /// words. None for one that needs a key in a request, where the request's is all.
    func toldHash<Body: CommandBody>(_ body: Body, _ head: CommandHead) -> Hash128 {
        if Body.operation.needsKey {
            return head.key.isNone ? .none : toldHash(head.key, head.fingerprint)
        }
        return toldHash(body)
    }

    /// The hash of another content under a key.
    func toldHash(_ key: Hash128, _ fingerprint: UInt64) -> Hash128 {
        var words = ToldWords(core.keySecret, .key)
        words.append(key)
        words.hash.append(fingerprint)
        return words.value
    }

    /// The hash of all that a fact says of whom. A field more, in later software, makes it another one: what
    /// was told before and is told again then opens a second exception.
    func toldHash<Body: CommandBody>(_ body: Body) -> Hash128 {
        var words = ToldWords(core.keySecret, .words)
        words.hash.append(author.merchant.raw)
        words.hash.append(UInt64(Body.operation.rawValue))
        var body = body
        body.visitFields(&words)
        return words.value
    }
}

/// Half of the SHA-256 of the ledger's secret and what was told. Without the secret nobody can look for two
/// tellings that agree, of which the second would be taken for known and its money never be seen.
private struct ToldWords: FieldVisitor {
    enum Kind: UInt64 {
        case key = 1
        case words = 2
    }

    var hash = SHA256Words()

    init(_ secret: Hash128, _ kind: Kind) {
        append(secret)
        // The secret has other uses: this is a hash of none of them.
        hash.append(0x646C_6F74)
        hash.append(kind.rawValue)
    }

    var value: Hash128 { hash.value.first }

    mutating func append(_ other: Hash128) {
        hash.append(other.low)
        hash.append(other.high)
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        hash.append(UInt64(value.fieldBits))
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        hash.append(UInt64(value.count))
        for index in 0..<Int(value.count) { hash.append(UInt64(value[index])) }
    }
}
