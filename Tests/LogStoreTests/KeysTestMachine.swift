import LogStore
import Synchronization

/// A small machine for the key tests: a disk that can stop at a chosen operation, a counter for randomness,
/// a clock that stands.
struct KeysTestPlatform: Platform {
    var process: ProcessIdentity { ProcessIdentity(number: 1, bootID: "test") }
    let disk = KeysTestDisk()
    let now: UInt64
    private let counter: KeysTestCounter

    init(seed: UInt8 = 0, now: UInt64 = 1_795_000_000_000_000_000) {
        self.now = now
        counter = KeysTestCounter(seed)
    }

    func wallTime() -> UInt64 { now }
    func monotonicTime() -> UInt64 { now }
    func fillRandom(_ bytes: inout MutableRawSpan) {
        for offset in 0..<bytes.byteCount { bytes.set(counter.next(), at: offset) }
    }
}

/// seed, seed + 1, seed + 2, … in whole draws: byte k of all ever drawn is seed + k, plus one every 256.
final class KeysTestCounter: Sendable {
    private let state: Mutex<(seed: UInt8, drawn: Int)>

    init(_ seed: UInt8) { state = Mutex((seed, 0)) }

    func next() -> UInt8 {
        state.withLock { state in
            defer { state.drawn += 1 }
            return state.seed &+ UInt8(truncatingIfNeeded: state.drawn &+ state.drawn / 256)
        }
    }
}

/// Files in memory, what is visible and what is durable apart.
final class KeysTestDisk: Storage {
    /// What happens when the operations run out.
    enum Failure: Sendable, CaseIterable {
        /// The process dies; what it wrote is visible to the next.
        case kill
        /// The machine dies; only what was synced remains.
        case powerCut
        /// One operation fails with EIO, all others work.
        case inputOutputError
    }

    struct State {
        var names: [String: Int] = [:]
        var contents: [Int: [UInt8]] = [:]
        var directories: Set<String> = [""]
        var durableNames: [String: Int] = [:]
        var durableContents: [Int: [UInt8]] = [:]
        var durableDirectories: Set<String> = [""]
        var nextFile = 0
        var operationsLeft = Int.max
        var failure = Failure.kill

        mutating func cutPower() {
            names = durableNames
            directories = durableDirectories
            contents = durableContents
            for file in names.values where contents[file] == nil { contents[file] = [] }
        }
    }

    private let state = Mutex(State())

    /// Lets `count` operations pass; the next one fails.
    func fail(after count: Int, _ failure: Failure) {
        state.withLock {
            $0.operationsLeft = count
            $0.failure = failure
        }
    }

    /// The machine as the next process finds it; whether the failure had happened.
    func restart() -> Bool {
        state.withLock { state in
            let hasFailed = state.operationsLeft < 0
            state.operationsLeft = .max
            if hasFailed, state.failure == .powerCut { state.cutPower() }
            return hasFailed
        }
    }

    /// The machine dies now.
    func cutPower() { state.withLock { $0.cutPower() } }

    var paths: [String] { state.withLock { $0.names.keys.sorted() } }

    subscript(path: String) -> [UInt8]? {
        get { state.withLock { state in state.names[path].flatMap { state.contents[$0] } } }
        set {
            state.withLock { state in
                guard let newValue else {
                    _ = state.names.removeValue(forKey: path)
                    return
                }
                let file = state.nextFile
                state.nextFile += 1
                state.names[path] = file
                state.contents[file] = newValue
                state.durableNames[path] = file
                state.durableContents[file] = newValue
            }
        }
    }

    fileprivate func run<Result: Sendable>(
        _ operation: StorageError.Operation, _ path: StoragePath,
        _ body: (inout State) -> Result?
    ) throws(StorageError) -> Result {
        try state.withLock { state throws(StorageError) in
            state.operationsLeft -= state.operationsLeft == .max ? 0 : 1
            let left = state.operationsLeft
            if left == -1 || (left < 0 && state.failure != .inputOutputError) {
                let isError = state.failure == .inputOutputError
                throw StorageError(
                    operation, path, code: isError ? ErrorNumber.inputOutput : ErrorNumber.invalid)
            }
            guard let result = body(&state) else {
                throw StorageError(operation, path, code: ErrorNumber.notFound)
            }
            return result
        }
    }

    func open(_ path: StoragePath, _ mode: OpenMode) throws(StorageError) -> KeysTestFile {
        let file = try run(mode == .create ? .create : .open, path) { state -> Int? in
            guard mode == .create else { return state.names[path.description] }
            guard state.names[path.description] == nil, state.directories.contains(path.parent.description)
            else { return nil }
            state.names[path.description] = state.nextFile
            state.contents[state.nextFile] = []
            defer { state.nextFile += 1 }
            return state.nextFile
        }
        return KeysTestFile(disk: self, path: path, number: file)
    }

    func list(_ directory: StoragePath) throws(StorageError) -> [String] {
        try run(.list, directory) { state in
            state.names.keys.map { StoragePath($0) }.filter { $0.parent == directory }.map(\.name).sorted()
        }
    }

    func exists(_ path: StoragePath) throws(StorageError) -> Bool {
        try run(.exists, path) { $0.names[path.description] != nil }
    }

    func createDirectory(_ path: StoragePath) throws(StorageError) {
        _ = try run(.createDirectory, path) { $0.directories.insert(path.description).inserted }
    }

    func rename(_ source: StoragePath, to target: StoragePath) throws(StorageError) {
        try run(.rename, source) { state -> Void? in
            guard let file = state.names.removeValue(forKey: source.description) else { return nil }
            state.names[target.description] = file
        }
    }

    func remove(_ path: StoragePath) throws(StorageError) {
        _ = try run(.remove, path) { $0.names.removeValue(forKey: path.description) }
    }

    func syncDirectory(_ directory: StoragePath) throws(StorageError) {
        try run(.syncDirectory, directory) { state -> Void? in
            guard state.directories.contains(directory.description) else { return nil }
            let isInside = { (path: String) in StoragePath(path).parent == directory }
            state.durableNames = state.durableNames.filter { !isInside($0.key) }
                .merging(state.names.filter { isInside($0.key) }) { $1 }
            state.durableDirectories.formUnion(state.directories.filter(isInside))
        }
    }

    func freeBytes() throws(StorageError) -> UInt64 { .max }
    func lock(_ path: StoragePath, note: String) throws(StorageError) {}
}

final class KeysTestFile: StorageFile {
    let disk: KeysTestDisk
    let path: StoragePath
    private let number: Int

    init(disk: KeysTestDisk, path: StoragePath, number: Int) {
        self.disk = disk
        self.path = path
        self.number = number
    }

    func size() throws(StorageError) -> UInt64 {
        try disk.run(.size, path) { [number] state in state.contents[number].map { UInt64($0.count) } }
    }

    func read(into target: inout MutableRawSpan, at offset: UInt64) throws(StorageError) -> Int {
        let bytes = try disk.run(.read, path) { [number] state in state.contents[number] }
        let count = min(target.byteCount, bytes.count - Int(offset))
        bytes.withRawSpan { target.copy(from: $0.extracting(Int(offset)..<(Int(offset) + count)), at: 0) }
        return count
    }

    /// A failing write leaves half of its bytes.
    func write(_ bytes: RawSpan, at offset: UInt64) throws(StorageError) {
        let new = bytes.array()
        try disk.run(.write, path) { [number] state -> Void? in
            guard offset == 0, state.contents[number] != nil else { return nil }
            state.contents[number] = Array(new.prefix(new.count / 2))
        }
        try disk.run(.write, path) { [number] state -> Void? in state.contents[number] = new }
    }

    func sync() throws(StorageError) {
        try disk.run(.sync, path) { [number] state -> Void? in
            state.durableContents[number] = state.contents[number]
        }
    }

    func allocate(_ size: UInt64) throws(StorageError) {}
    func truncate(to size: UInt64) throws(StorageError) {}
}

/// Bytes of hexadecimal digits; spaces and line ends are for people.
func keysBytes(_ digits: String) -> [UInt8] {
    let digits = Array(digits.filter { !$0.isWhitespace })
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0..<($0 + 2)]), radix: 16)! }
}

extension SecretKey {
    /// For comparison in tests only.
    var revealed: [UInt8] { withBytes { $0.array() } }
}

extension KeyEncryptionKey {
    /// A key of 32 equal bytes.
    static func test(_ byte: UInt8) -> KeyEncryptionKey {
        KeyEncryptionKey(SecretKey(copying: [UInt8](repeating: byte, count: 32)))
    }
}

let keysTestLedger = LogUUID(high: 0x0123_4567_89AB_4DEF, low: 0x8123_4567_89AB_CDEF)

/// Runs `body` and returns the error it ends with.
func keysError(_ body: () throws(LogStoreError) -> Void) -> LogStoreError? {
    do throws(LogStoreError) {
        try body()
        return nil
    } catch { return error }
}

extension LogStoreError {
    /// The case's name, to compare verdicts without their texts.
    var verdict: String { String(description.prefix { $0 != ":" }) }
}
