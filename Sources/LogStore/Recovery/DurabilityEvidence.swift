/// The highest count of events anything outside the write-ahead frames proves durable, and what says so.
package struct DurabilityEvidence: Sendable, Equatable {
    package private(set) var durableEnd: UInt64 = 0
    package private(set) var source = "nothing"

    package init() {}

    package mutating func note(_ sequence: UInt64, _ source: @autoclosure () -> String) {
        guard sequence > durableEnd else { return }
        durableEnd = sequence
        self.source = source()
    }
}
