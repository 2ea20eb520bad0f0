/// The write-ahead files of a log that somebody else may be writing, seen from outside, without keys: where
/// their frames begin and end, what roots they carry, and how much of it is proved durable.
struct TailSurvey<Disk: Storage> {
    /// A place where one frame ends and the next may begin.
    struct Edge: Sendable {
        var sequence: UInt64
        var offset: UInt64
        /// Over everything before, where a frame or the file's header says it.
        var root: Hash256?
    }

    struct File {
        let path: StoragePath
        let header: FileHeader
        let file: Disk.File
        /// In order; the last is where the valid frames end.
        let edges: [Edge]

        var endSequence: UInt64 { edges.last?.sequence ?? header.firstSequence }
    }

    private(set) var files: [File] = []
    private var evidence: DurabilityEvidence

    /// Reads every file in order.
    ///
    /// - Throws: `damaged` if one does not go on where the one before ended. That is damage, or a file was
    ///   sealed and used again meanwhile; then looking again finds neither.
    init(
        _ directory: DirectoryReader<Disk>, after evidence: DurabilityEvidence
    ) throws(LogStoreError) {
        self.evidence = evidence
        for name in try directory.list(directory.paths.wal) {
            guard let parsed = ShardPaths.parseWALName(name) else { continue }
            let file = try Self.survey(
                directory.paths.wal / name, parsed.firstSequence, directory, &self.evidence)
            // A file gets its name only once the last frame of the one before is durable.
            self.evidence.note(file.header.firstSequence, "a successor")
            if let last = files.last, last.endSequence != file.header.firstSequence {
                throw .damaged(
                    Damage(
                        file: last.path, offset: last.edges.last?.offset ?? 0,
                        "its frames end at sequence \(last.endSequence), the next file starts at "
                            + "\(file.header.firstSequence)"))
            }
            files.append(file)
        }
    }

    private static func survey(
        _ path: StoragePath, _ firstSequence: UInt64, _ directory: DirectoryReader<Disk>,
        _ evidence: inout DurabilityEvidence
    ) throws(LogStoreError) -> File {
        let file = try onDisk { () throws(StorageError) in try directory.disk.open(path, .read) }
        let header = try directory.walHeader(of: file, firstSequence: firstSequence)
        let (edges, durable) = try edges(of: file, header)
        evidence.note(durable, "a frame of \(path)")
        return File(path: path, header: header, file: file, edges: edges)
    }

    /// Walks a file's frames by headers and checksums alone.
    ///
    /// - Returns: the places between them, and the highest durable sequence one carries.
    static func edges(
        of file: some StorageFile, _ header: FileHeader
    ) throws(LogStoreError) -> (edges: [Edge], durableEnd: UInt64) {
        // A writer may be busy at the end: look again before judging.
        var walk = try FrameWalk(file: file, header: header, reads: .outside, windowBytes: 1 << 20, looks: 3)
        var edges: [Edge] = []
        var durable: UInt64 = 0
        while let frame = walk.next() {
            edges.append(Edge(sequence: frame.firstSequence, offset: walk.offset, root: frame.rootBefore))
            durable = max(durable, frame.durableSequence)
            walk.accept(frame)
        }
        if walk.isUnreadable {
            throw .damaged(Damage(file: file.path, offset: walk.offset, walk.fault ?? "unreadable"))
        }
        let root = edges.isEmpty ? header.rootAtFirst : nil
        edges.append(Edge(sequence: walk.nextSequence, offset: walk.offset, root: root))
        return (edges, durable)
    }

    /// How far events are proved durable.
    var durableEnd: UInt64 { evidence.durableEnd }
    /// How far the frames go.
    var readableEnd: UInt64 { files.last?.endSequence ?? 0 }

    /// The last place between frames that is proved durable and whose root somebody states; the empty log's
    /// if there is none.
    ///
    /// - Parameter stated: what checkpoint, watermark and superblock say.
    func end(_ stated: [TreePoint]) -> TreePoint {
        let proven = min(durableEnd, readableEnd)
        var end = TreePoint.empty
        for file in files {
            for edge in file.edges where edge.sequence <= proven && edge.sequence >= end.size {
                let known = edge.root ?? stated.first { $0.size == edge.sequence }?.root
                if let known { end = TreePoint(size: edge.sequence, root: known) }
            }
        }
        return end
    }

    /// The files that hold events in `sequences`, and where the last of those ends in each.
    func parts(holding sequences: Range<UInt64>) -> [(file: File, endOffset: UInt64)] {
        var parts: [(file: File, endOffset: UInt64)] = []
        for file in files
        where file.header.firstSequence < sequences.upperBound && file.endSequence > sequences.lowerBound {
            let edge = file.edges.first { $0.sequence >= sequences.upperBound } ?? file.edges.last
            parts.append((file, edge?.offset ?? UInt64(FileHeader.byteCount)))
        }
        return parts
    }
}
