package import LogStore

extension SimulatedDisk {
    /// A strong hash of every name and every byte a process sees, so that equal disks are recovered from
    /// once.
    ///
    /// SHA-256 over the tree of names and the hashes of the pages; pages shared with another disk are not
    /// hashed again. Slots, and so the way by which a disk came about, do not count.
    ///
    /// - Parameter isOpaque: files, by name, of which only name and size count.
    package func contentHash(opaque isOpaque: (String) -> Bool = { _ in false }) -> Hash256 {
        var hasher = SHA256()
        hash(directory: 0, isOpaque, into: &hasher)
        return hasher.finalize()
    }

    /// Names hold no "/" and come with their length, so no two trees are described alike.
    private func hash(directory: Int, _ isOpaque: (String) -> Bool, into hasher: inout SHA256) {
        let table = liveTables[directory]
        Self.update(&hasher, "\(table.names.count)/")
        for (name, entry) in zip(table.names, table.entries) {
            switch entry {
            case .directory(let slot):
                Self.update(&hasher, "\(name)/")
                hash(directory: slot, isOpaque, into: &hasher)
            case .file(let slot):
                let content = files[slot].live
                let hides = isOpaque(name)
                Self.update(&hasher, "\(name)/\(content.byteCount)/\(hides ? "opaque" : "")/")
                if hides { continue }
                for page in content.pages { hasher.update(page.contentHash) }
            }
        }
    }

    private static func update(_ hasher: inout SHA256, _ text: String) {
        Array(text.utf8).withRawSpan { hasher.update($0) }
    }
}
