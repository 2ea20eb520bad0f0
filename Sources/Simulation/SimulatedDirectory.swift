/// What a name leads to: a slot in the disk's table of files or of directories.
enum DirectoryEntry: Hashable, Sendable {
    case file(Int)
    case directory(Int)
}

/// The names of one directory, sorted by bytes.
struct DirectoryTable: Hashable, Sendable {
    private(set) var names: [String] = []
    private(set) var entries: [DirectoryEntry] = []

    subscript(name: String) -> DirectoryEntry? {
        get { names.firstIndex(of: name).map { entries[$0] } }
        set {
            let position = names.firstIndex { !$0.utf8.lexicographicallyPrecedes(name.utf8) } ?? names.count
            let exists = position < names.count && names[position] == name
            switch (exists, newValue) {
            case (true, let entry?): entries[position] = entry
            case (true, nil):
                names.remove(at: position)
                entries.remove(at: position)
            case (false, let entry?):
                names.insert(name, at: position)
                entries.insert(entry, at: position)
            case (false, nil): break
            }
        }
    }
}

/// A change of names that is not durable yet. It becomes durable whole or not at all.
struct NameOperation: Sendable {
    enum Kind: Sendable {
        case link(directory: Int, name: String, entry: DirectoryEntry)
        case unlink(directory: Int, name: String)
        case rename(from: Int, name: String, to: Int, newName: String, entry: DirectoryEntry)
    }

    let kind: Kind
    /// Index of the operation of the storage that made it.
    let operation: Int

    /// The directories whose lists it stands in: two for a rename across directories.
    func touches(_ directory: Int) -> Bool {
        switch kind {
        case .link(let own, _, _), .unlink(let own, _): own == directory
        case .rename(let from, _, let to, _, _): from == directory || to == directory
        }
    }

    /// The names it reads or changes.
    private var places: [(directory: Int, name: String)] {
        switch kind {
        case .link(let directory, let name, _), .unlink(let directory, let name): [(directory, name)]
        case .rename(let from, let name, let to, let newName, _): [(from, name), (to, newName)]
        }
    }

    /// Whether this one can only be durable if `earlier` is: they share a directory, or (when the file system
    /// may reorder changes of different names) a name.
    func dependsOn(_ earlier: NameOperation, reordering: Bool) -> Bool {
        places.contains { place in
            earlier.places.contains { other in
                place.directory == other.directory && (!reordering || place.name == other.name)
            }
        }
    }

    func apply(to tables: inout [DirectoryTable]) {
        switch kind {
        case .link(let directory, let name, let entry): tables[directory][name] = entry
        case .unlink(let directory, let name): tables[directory][name] = nil
        case .rename(let from, let name, let to, let newName, let entry):
            tables[from][name] = nil
            tables[to][newName] = entry
        }
    }

    var description: String {
        switch kind {
        case .link(_, let name, .file): "create \(name)"
        case .link(_, let name, .directory): "createDirectory \(name)"
        case .unlink(_, let name): "remove \(name)"
        case .rename(_, let name, _, let newName, _): "rename \(name) to \(newName)"
        }
    }
}
