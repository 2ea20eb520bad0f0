package import LogStore

extension SimulatedDisk {
    /// SHA-256 over every name and every byte a process sees, so that equal disks are recovered from once.
    ///
    /// - Parameter isOpaque: files of which only name and size count.
    package func contentHash(opaque isOpaque: (StoragePath) -> Bool = { _ in false }) -> Hash256 {
        var hasher = SHA256()
        let found = reachable(in: liveTables).sorted {
            $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
        }
        for (path, entry) in found {
            guard case .file(let slot) = entry else {
                Self.update(&hasher, "\(path)/\n")
                continue
            }
            let content = files[slot].live
            Self.update(&hasher, "\(path) \(content.byteCount)\n")
            if isOpaque(StoragePath(path)) { continue }
            content.forEachPage { hasher.update($0) }
        }
        return hasher.finalize()
    }

    private static func update(_ hasher: inout SHA256, _ text: String) {
        Array(text.utf8).withRawSpan { hasher.update($0) }
    }
}

extension PagedBytes {
    /// The bytes page by page, zeros past the end included.
    func forEachPage(_ body: (RawSpan) -> Void) { for page in pages { page.withRawSpan { body($0) } } }
}
