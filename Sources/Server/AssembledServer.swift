package import Ledger
package import LogStore
internal import Protocol
package import Replay

/// A ledger opened and everything that serves it, but for what drives it: an event loop, or a simulation.
package struct AssembledServer<P: Platform, Calendar: BusinessCalendar> {
    package let log: LogStore<P, LedgerIndex>
    package let core: ServerCore<P, LedgerIndex, Calendar>
    package let report: ServerReport
    /// How ids and positions are shown.
    package let cipher: IDCipher

    /// Opens the ledger, making one if the directory has none, replays it, and gives it a first key if it has
    /// none.
    ///
    /// - Parameters:
    ///   - certificate: SHA-256 of the server's certificate as DER; empty without TLS.
    ///   - isTest: of a ledger that is made: whether its clock may be driven by hand.
    ///   - groupEventsMax: as for `Sequencer`.
    package static func open(
        _ platform: P, _ settings: ServerSettings, certificate: [UInt8] = [], calendar: Calendar,
        isTest: Bool = false, groupEventsMax: Int? = nil, progress: (ReplayProgress) -> Void = { _ in }
    ) throws(ServerStartError) -> AssembledServer {
        var opened = try OpenedLedger.open(
            platform, settings.log, settings.memory, isTest: isTest, report: progress)
        let log = opened.log
        let time = LedgerTime(nanoseconds: max(platform.wallTime(), log.position.lastTime + 1))
        try FirstKey(platform: platform).create(in: &opened.ledger, log, at: time)
        let report = ServerReport(
            ledger: opened.id, opening: log.report, snapshot: opened.snapshot, replay: opened.progress)
        let opening = opened.opening
        let inbox = Inbox(byteCount: settings.inboxBytes, entryCount: settings.inboxRequests)
        let sequencer = Sequencer(
            opened.takeLedger(), log: log, opening: opening, inbox: inbox, calendar: calendar,
            groupEventsMax: groupEventsMax ?? Sequencer<P, LedgerIndex, Calendar>.groupEventsMax)
        let identity = ServerIdentity(
            ledger: opening.ledger, shard: opening.shard, name: settings.name, certificate: certificate,
            limits: settings.limits)
        let core = ServerCore(
            identity, platform: platform, log: log, inbox: inbox, sequencer: sequencer,
            connectionsMax: settings.connectionsMax, snapshotEvents: settings.snapshotEvents,
            snapshot: report.snapshot)
        return AssembledServer(
            log: log, core: core, report: report, cipher: IDCipher(key: opening.idCipherKey))
    }
}

/// How a server's start went.
package struct ServerReport: Sendable {
    package let ledger: LogUUID
    package let opening: OpeningReport
    package let snapshot: UInt64?
    package let replay: ReplayProgress
}
