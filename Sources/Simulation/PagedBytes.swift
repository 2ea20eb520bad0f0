internal import Glibc
internal import LogStore
internal import Synchronization

/// The bytes of one file in pages of 4 KiB that copies share until one of them writes.
///
/// Bytes past the end read as zeros; inside the last page they *are* zeros, so that growing needs no
/// clearing.
struct PagedBytes: Sendable {
    /// Never changed: a write puts another in its place. So whoever shares it shares its hash too, and of a
    /// disk that differs from another in one sector only one page is hashed.
    final class Page: Sendable {
        let bytes: [UInt8]
        private let hash = Mutex<Hash256?>(nil)

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        /// SHA-256 of the bytes, worked out once.
        var contentHash: Hash256 {
            hash.withLock { known in
                if let known { return known }
                let made = bytes.withRawSpan { SHA256.of($0) }
                known = made
                return made
            }
        }

        /// Another page: these bytes with a part of them changed.
        func changed(_ change: (inout MutableRawSpan) -> Void) -> Page {
            var copy = bytes
            copy.withMutableRawSpan { change(&$0) }
            return Page(copy)
        }
    }

    static let pageByteCount = 4096
    static let sectorByteCount = 512
    private static let zeroPage = Page([UInt8](repeating: 0, count: pageByteCount))

    private(set) var pages: [Page] = []
    private(set) var byteCount = 0

    mutating func resize(to newCount: Int) {
        let pageCount = (newCount + Self.pageByteCount - 1) / Self.pageByteCount
        if newCount < byteCount {
            pages.removeLast(pages.count - pageCount)
            let used = newCount % Self.pageByteCount
            if used > 0 {
                pages[pageCount - 1] = pages[pageCount - 1].changed { $0.zero(used..<Self.pageByteCount) }
            }
        } else if pageCount > pages.count {
            pages.append(contentsOf: repeatElement(Self.zeroPage, count: pageCount - pages.count))
        }
        byteCount = newCount
    }

    /// Copies what there is from `offset`; returns how many bytes that were.
    func read(into target: inout MutableRawSpan, at offset: Int) -> Int {
        guard offset < byteCount else { return 0 }
        let total = min(target.byteCount, byteCount - offset)
        var done = 0
        while done < total {
            let (page, start) = (offset + done).quotientAndRemainder(dividingBy: Self.pageByteCount)
            let count = min(total - done, Self.pageByteCount - start)
            pages[page].bytes.withRawSpan {
                target.copy(from: $0.extracting(start..<start + count), at: done)
            }
            done += count
        }
        return total
    }

    /// Writes all bytes, growing as needed; a gap becomes zeros.
    mutating func write(_ bytes: RawSpan, at offset: Int) {
        let end = offset + bytes.byteCount
        if end > byteCount { resize(to: end) }
        var done = 0
        while done < bytes.byteCount {
            let (page, start) = (offset + done).quotientAndRemainder(dividingBy: Self.pageByteCount)
            let count = min(bytes.byteCount - done, Self.pageByteCount - start)
            let part = bytes.extracting(done..<done + count)
            pages[page] = pages[page].changed { $0.copy(from: part, at: start) }
            done += count
        }
    }

    /// The 512 bytes of a sector, zero past the end.
    func sector(_ index: Int) -> [UInt8] {
        let (page, start) = Self.place(of: index)
        guard page < pages.count else { return [UInt8](repeating: 0, count: Self.sectorByteCount) }
        return Array(pages[page].bytes[start..<start + Self.sectorByteCount])
    }

    /// Whether both files hold the same bytes in a sector (past the end: zeros).
    func sectorEquals(_ index: Int, of other: PagedBytes) -> Bool {
        let (page, start) = Self.place(of: index)
        let ours = page < pages.count ? pages[page] : Self.zeroPage
        let theirs = page < other.pages.count ? other.pages[page] : Self.zeroPage
        return ours === theirs || Self.areEqual(ours.bytes, start, theirs.bytes, start)
    }

    /// Whether a sector holds exactly `bytes` (512 of them).
    func sectorEquals(_ index: Int, _ bytes: [UInt8]) -> Bool {
        let (page, start) = Self.place(of: index)
        let ours = page < pages.count ? pages[page] : Self.zeroPage
        return Self.areEqual(ours.bytes, start, bytes, 0)
    }

    private static func place(of sector: Int) -> (page: Int, start: Int) {
        let sectorsPerPage = pageByteCount / sectorByteCount
        return (sector / sectorsPerPage, sector % sectorsPerPage * sectorByteCount)
    }

    private static func areEqual(
        _ left: [UInt8], _ leftStart: Int, _ right: [UInt8], _ rightStart: Int
    ) -> Bool {
        invariant(
            leftStart + sectorByteCount <= left.count && rightStart + sectorByteCount <= right.count,
            "a sector leaves its page")
        return unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { right in
                guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return false }
                // SAFETY: both ranges are checked above.
                return unsafe memcmp(leftBase + leftStart, rightBase + rightStart, sectorByteCount) == 0
            }
        }
    }
}
