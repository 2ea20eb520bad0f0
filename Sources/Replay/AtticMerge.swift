import LogStore

/// Makes one run of several neighbours, a few records at a time. Of records with one key the youngest stays.
struct AtticMerge<P: Platform> {
    /// The runs it takes the place of, youngest first.
    let inputs: [AtticRun<P.Disk>]
    private var cursors: [AtticCursor<P.Disk>]
    private var writer: AtticRunWriter<P>

    init(
        _ inputs: [AtticRun<P.Disk>], kind: AtticKind, number: UInt64, _ home: AtticHome<P>
    ) throws(LogStoreError) {
        self.inputs = inputs
        let records = inputs.reduce(0) { $0 + Int($1.footer.recordCount) }
        let level = inputs.reduce(0) { max($0, $1.level) }
        writer = try AtticRunWriter(
            home, kind: kind, number: number, level: level == .max ? .max : level + 1,
            recordsMax: records)
        cursors = []
        for input in inputs { cursors.append(try AtticCursor(input)) }
    }

    /// Copies about `budget` records; the new run once there are no more, or that there is none because no
    /// record was left.
    ///
    /// - Parameter firstLiveHour: keys of hours before are forgotten.
    mutating func step(
        budget: Int, firstLiveHour: UInt64
    ) throws(LogStoreError) -> AtticMergeOutcome<P.Disk> {
        for _ in 0..<budget {
            guard let least = leastCursor else { return .done(try writer.finish()) }
            let key = cursors[least].key
            // Cursors are in the order of age: the first with the least key has the youngest record.
            let (body, range) = (cursors[least].body, cursors[least].value)
            try add(key, body, range, firstLiveHour)
            for index in cursors.indices where !cursors[index].isAtEnd && cursors[index].key == key {
                try cursors[index].advance()
            }
        }
        return .unfinished
    }

    private mutating func add(
        _ key: AtticKey, _ body: [UInt8], _ range: Range<Int>, _ firstLiveHour: UInt64
    ) throws(LogStoreError) {
        try body.withRawSpan { (span) throws(LogStoreError) in
            let value = span.extracting(range)
            if inputs[0].kind == .keys, AgedKeyBytes.hour(value) < firstLiveHour { return }
            try writer.add(key, value)
        }
    }

    private var leastCursor: Int? {
        var least: Int?
        for index in cursors.indices where !cursors[index].isAtEnd {
            if let found = least, cursors[found].key <= cursors[index].key { continue }
            least = index
        }
        return least
    }

    /// The file it writes.
    var outputName: String { writer.fileName }
}

/// How a step of merging ended.
enum AtticMergeOutcome<Disk: Storage> {
    case unfinished
    /// None if every record was forgotten.
    case done(AtticRun<Disk>?)
}

/// Goes over a run's records in the order of their keys.
struct AtticCursor<Disk: Storage> {
    private let run: AtticRun<Disk>
    private(set) var body: [UInt8] = []
    private(set) var key = AtticKey(low: 0, high: 0)
    private(set) var value = 0..<0
    private(set) var isAtEnd = false
    private var block = 0
    private var records = AtticRecords()

    init(_ run: AtticRun<Disk>) throws(LogStoreError) {
        self.run = run
        try run.read(0, into: &body)
        try advance()
    }

    mutating func advance() throws(LogStoreError) {
        while true {
            var place = records
            let found = try run.decoded(block, body) { (span) throws(DecodingFailure) in
                try place.next(in: span)
            }
            records = place
            if let found {
                (key, value) = (found.key, found.value)
                return try check()
            }
            block += 1
            guard block < run.footer.fences.count else {
                isAtEnd = true
                return
            }
            try run.read(block, into: &body)
            records = AtticRecords()
        }
    }

    /// A value that is none of its kind is damage, whatever its checksum says.
    private func check() throws(LogStoreError) {
        guard run.kind == .keys else { return }
        let (key, range) = (key, value)
        try run.decoded(block, body) { (span) throws(DecodingFailure) in
            if AgedKeyBytes.key(key, span.extracting(range)) == nil {
                throw DecodingFailure("a value of \(range.count) bytes that is no key's")
            }
        }
    }
}
