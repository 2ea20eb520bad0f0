/// The permutation of 64 bits that ids and sequences are shown through: Speck64/128 (Beaulieu et al., 2013)
/// under the ledger's key, told apart by kind. Whoever has not the key cannot tell from an id how many there
/// are, nor make one up that names something.
///
/// Zero means "none" on both sides. About 25 ns a number.
public final class IDCipher: Sendable {
    private let roundKeys: InlineArray<27, UInt32>

    /// - Parameter key: `idCipherKey` of the ledger's first event.
    public init(key: Hash128) {
        var words: InlineArray<4, UInt32> = [
            UInt32(truncatingIfNeeded: key.low), UInt32(truncatingIfNeeded: key.low >> 32),
            UInt32(truncatingIfNeeded: key.high), UInt32(truncatingIfNeeded: key.high >> 32),
        ]
        var keys = InlineArray<27, UInt32>(repeating: 0)
        keys[0] = words[0]
        for round in 0..<26 {
            // The three upper words take turns.
            let turn = 1 + round % 3
            words[turn] = Self.rotateRight8(words[turn]) &+ keys[round] ^ UInt32(round)
            keys[round + 1] = (keys[round] << 3 | keys[round] >> 29) ^ words[turn]
        }
        roundKeys = keys
    }

    /// What is shown of a number of some kind.
    @inline(__always)
    func close(_ number: UInt64, tweak: UInt64) -> UInt64 {
        if number == 0 { return 0 }
        let shown = encrypt(number ^ tweak)
        // The one number that would look like "none" takes the place that "none" leaves free.
        return shown == 0 ? encrypt(tweak) : shown
    }

    /// The number that is shown so.
    @inline(__always)
    func open(_ shown: UInt64, tweak: UInt64) -> UInt64 {
        if shown == 0 { return 0 }
        let number = decrypt(shown) ^ tweak
        return number == 0 ? decrypt(0) ^ tweak : number
    }

    @inline(__always)
    func close(_ bits: UInt64, as disclosure: Disclosure, _ showsSequences: Bool) -> UInt64 {
        switch disclosure {
        case .plain: bits
        case .id(let kind): close(bits, tweak: UInt64(kind) << 56)
        case .sequence: showsSequences ? bits : close(bits, tweak: Self.sequenceTweak)
        }
    }

    @inline(__always)
    func open(_ shown: UInt64, as disclosure: Disclosure, _ showsSequences: Bool) -> UInt64 {
        switch disclosure {
        case .plain: shown
        case .id(let kind): open(shown, tweak: UInt64(kind) << 56)
        case .sequence: showsSequences ? shown : open(shown, tweak: Self.sequenceTweak)
        }
    }

    /// No kind has this number.
    private static var sequenceTweak: UInt64 { 0xFF << 56 }

    package func encrypt(_ block: UInt64) -> UInt64 {
        var (x, y) = (UInt32(truncatingIfNeeded: block >> 32), UInt32(truncatingIfNeeded: block))
        for round in 0..<27 {
            x = Self.rotateRight8(x) &+ y ^ roundKeys[round]
            y = (y << 3 | y >> 29) ^ x
        }
        return UInt64(x) << 32 | UInt64(y)
    }

    package func decrypt(_ block: UInt64) -> UInt64 {
        var (x, y) = (UInt32(truncatingIfNeeded: block >> 32), UInt32(truncatingIfNeeded: block))
        for round in (0..<27).reversed() {
            y ^= x
            y = y >> 3 | y << 29
            x = (x ^ roundKeys[round]) &- y
            x = x << 8 | x >> 24
        }
        return UInt64(x) << 32 | UInt64(y)
    }

    @inline(__always)
    private static func rotateRight8(_ word: UInt32) -> UInt32 { word >> 8 | word << 24 }
}

/// How a reader of messages is told ids and sequences.
public struct Names: Sendable {
    /// Nil for whoever has only what is shown.
    let cipher: IDCipher?
    /// Whether sequences are told as they are: to those who may read the log.
    public let showsSequences: Bool

    public init(cipher: IDCipher, showsSequences: Bool) {
        self.cipher = cipher
        self.showsSequences = showsSequences
    }

    private init() { (cipher, showsSequences) = (nil, true) }

    /// For a client: ids and sequences stay what they are told as.
    public static let asShown = Names()

    /// Bits as they are shown.
    @inline(__always)
    public func close(_ bits: UInt64, as disclosure: Disclosure) -> UInt64 {
        guard let cipher else { return bits }
        return cipher.close(bits, as: disclosure, showsSequences)
    }

    /// Bits that were shown so.
    @inline(__always)
    public func open(_ shown: UInt64, as disclosure: Disclosure) -> UInt64 {
        guard let cipher else { return shown }
        return cipher.open(shown, as: disclosure, showsSequences)
    }

    /// An id as it is shown.
    public func close<Kind>(_ id: Identifier<Kind>) -> UInt64 {
        close(id.raw, as: Identifier<Kind>.disclosure)
    }
    /// The id that is shown so.
    public func open<Kind>(_ shown: UInt64, as: Identifier<Kind>.Type) -> Identifier<Kind> {
        Identifier(raw: open(shown, as: Identifier<Kind>.disclosure))
    }
}
