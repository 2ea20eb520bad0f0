// Random choices that are the same for the same seed, on every machine.

/// A source of choices: SplitMix64.
struct Lots: Sendable {
    private var seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    /// 64 bits.
    mutating func bits() -> UInt64 {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var mixed = seed
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One of the range, which is not empty. The bias of the remainder does not matter here.
    mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(bits() % (UInt64(range.upperBound - range.lowerBound) + 1))
    }

    /// Below `count`, which is not 0.
    mutating func index(_ count: Int) -> Int { Int(bits() % UInt64(count)) }

    /// True so many times in a thousand.
    mutating func happens(perMille: UInt64) -> Bool { bits() % 1_000 < perMille }

    /// One of a list; nil of an empty one.
    mutating func one<Element>(of list: [Element]) -> Element? {
        list.isEmpty ? nil : list[index(list.count)]
    }

    /// One of a vocabulary.
    mutating func any<Word: CaseIterable>(_ words: Word.Type) -> Word {
        let all = Array(words.allCases)
        return all[index(all.count)]
    }

    /// Of the latest so many of a list, one that will do; nil if no luck.
    mutating func recent<Element>(
        _ list: [Element], last: Int, tries: Int, where isGood: (Element) -> Bool
    ) -> Element? {
        guard !list.isEmpty else { return nil }
        let span = min(last, list.count)
        for _ in 0..<tries {
            let element = list[list.count - 1 - index(span)]
            if isGood(element) { return element }
        }
        return nil
    }
}
