/// Which connection something came from, or goes to: a place in the table of connections, and which of those
/// that had the place.
package struct ConnectionID: Hashable, Sendable, BitwiseCopyable {
    package let slot: UInt32
    package let generation: UInt32

    package init(slot: UInt32, generation: UInt32) {
        (self.slot, self.generation) = (slot, generation)
    }
}
