package import LogStore

// Rot, misdirected writes, a careless operator: changes of what is durable *and* visible, outside every rule.
// A path that does not exist is the test's own mistake.
extension SimulatedDisk {
    /// Flips bit `bit` (0 = least significant) of one byte.
    package mutating func flipBit(_ path: StoragePath, at offset: Int, bit: Int) {
        damage(path, offset..<offset + 1) { bytes in bytes[0] ^= 1 << bit }
    }

    /// Zeroes the 512-byte sector that holds `offset`, as far as the file goes.
    package mutating func zeroSector(_ path: StoragePath, at offset: Int) {
        let sector = sectorRange(path, offset)
        damage(path, sector) { $0 = [UInt8](repeating: 0, count: $0.count) }
    }

    /// Exchanges the two sectors that hold these offsets.
    package mutating func swapSectors(_ path: StoragePath, at first: Int, and second: Int) {
        let (left, right) = (sectorRange(path, first), sectorRange(path, second))
        let (leftBytes, rightBytes) = (contents(path, left), contents(path, right))
        replace(path, at: left.lowerBound, rightBytes)
        replace(path, at: right.lowerBound, leftBytes)
    }

    /// Cuts the file to `size` bytes.
    package mutating func cut(_ path: StoragePath, at size: Int) {
        files[slot(path)].damage { $0.resize(to: size) }
    }

    /// Copies `range` of one file over (or past the end of) another.
    package mutating func copyRange(
        from source: StoragePath, _ range: Range<Int>, to target: StoragePath, at offset: Int
    ) {
        replace(target, at: offset, contents(source, range))
    }

    /// Puts these bytes at `offset`, growing the file if they reach past its end.
    package mutating func replace(_ path: StoragePath, at offset: Int, _ bytes: [UInt8]) {
        files[slot(path)].damage { content in bytes.withRawSpan { content.write($0, at: offset) } }
    }

    /// Removes a file without trace.
    package mutating func removeFile(_ path: StoragePath) {
        let removed = DirectoryEntry.file(slot(path))
        for index in liveTables.indices {
            for name in liveTables[index].names where liveTables[index][name] == removed {
                liveTables[index][name] = nil
            }
            for name in durableTables[index].names where durableTables[index][name] == removed {
                durableTables[index][name] = nil
            }
        }
        files[slot(removed)].isLinked = false
    }

    /// Makes a directory, durable at once, whose parent exists; one that is there stays. Settles the whole
    /// disk.
    package mutating func makeDirectory(_ path: StoragePath) {
        do throws(ErrorCode) {
            try createDirectory(path, operation: 0)
        } catch {
            invariantViolated("no place for \(path): \(ErrorNumber.text(error.code))")
        }
        self = settled()
    }

    /// Puts a file there, whole and durable, in a directory that exists; replaces one of that name.
    package mutating func placeFile(_ path: StoragePath, _ bytes: [UInt8]) {
        do throws(ErrorCode) {
            _ = try writeLockFile(path, note: bytes)
        } catch {
            invariantViolated("no place for \(path): \(ErrorNumber.text(error.code))")
        }
    }

    /// The bytes of `range`, which must lie inside the file.
    package func contents(_ path: StoragePath, _ range: Range<Int>) -> [UInt8] {
        let content = files[slot(path)].live
        invariant(
            range.lowerBound >= 0 && range.upperBound <= content.byteCount, "\(path) ends before \(range)")
        var bytes = [UInt8](repeating: 0, count: range.count)
        bytes.withMutableRawSpan { _ = content.read(into: &$0, at: range.lowerBound) }
        return bytes
    }

    // MARK: Details

    private func slot(_ path: StoragePath) -> Int {
        guard let slot = fileSlot(path) else { invariantViolated("no file \(path) to damage") }
        return slot
    }

    private func slot(_ entry: DirectoryEntry) -> Int {
        guard case .file(let slot) = entry else { invariantViolated("a directory is not damaged") }
        return slot
    }

    private func sectorRange(_ path: StoragePath, _ offset: Int) -> Range<Int> {
        let size = files[slot(path)].live.byteCount
        invariant(offset >= 0 && offset < size, "\(path) ends before \(offset)")
        let start = offset / PagedBytes.sectorByteCount * PagedBytes.sectorByteCount
        return start..<min(size, start + PagedBytes.sectorByteCount)
    }

    private mutating func damage(_ path: StoragePath, _ range: Range<Int>, _ change: (inout [UInt8]) -> Void)
    {
        var bytes = contents(path, range)
        change(&bytes)
        replace(path, at: range.lowerBound, bytes)
    }
}
