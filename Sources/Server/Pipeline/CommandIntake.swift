internal import Invariants
internal import Ledger
internal import Projections
internal import Protocol

/// From the bytes of requests to commands side by side, so that the state can look ahead over all of them;
/// and how far those are decided. Its memory is used again.
///
/// Knows what is said before the ledger is asked: what is malformed, what a key is not good for, and who asks
/// too often.
struct CommandIntake<Calendar: BusinessCalendar>: ~Copyable {
    /// One request among those that were gathered.
    struct Request: BitwiseCopyable {
        let inbox: InboxRequest
        let showsSequences: Bool
        /// Of its commands.
        let end: Int
    }

    /// A region, not an array or a span: those copy all of a command to look at it.
    private(set) var commands = Region<Command>()
    private(set) var outlooks: [Outlook] = []
    /// What is said before the ledger is asked, if anything.
    private(set) var verdicts: [RefusalCode?] = []
    private(set) var requests: [Request] = []
    /// Whether a key is revoked by one of them: what comes behind is looked at after it.
    private(set) var endsAccess = false

    /// The request and the command that come next, and where its answer begins; nil before it has begun.
    var nextRequest = 0
    var nextCommand = 0
    var frameStart: Int?

    let openNames: Names
    let closedNames: Names
    /// Of the hashes of keys and requests.
    let secret: Hash128
    private var limits = RateLimits()
    private var places: BatchPlaces<Calendar>
    private static var countMax: Int { Int(ConnectionLimits().commandsMax) }

    init(cipher: IDCipher, secret: Hash128, calendar: Calendar) {
        openNames = Names(cipher: cipher, showsSequences: true)
        closedNames = Names(cipher: cipher, showsSequences: false)
        self.secret = secret
        places = BatchPlaces(calendar)
    }

    var isEmpty: Bool { requests.isEmpty }

    /// How ids and sequences are told to who asks.
    func names(showsSequences: Bool) -> Names { showsSequences ? openNames : closedNames }

    /// All commands, for a request that is all or nothing.
    var together: [Command] { (0..<commands.count).map { commands[$0] } }

    mutating func removeAll() {
        commands.truncate(to: 0)
        outlooks.removeAll(keepingCapacity: true)
        verdicts.removeAll(keepingCapacity: true)
        requests.removeAll(keepingCapacity: true)
        (nextRequest, nextCommand, frameStart, endsAccess) = (0, 0, nil, false)
    }

    // MARK: Decoding

    /// Adds the commands of a request. One that is all or nothing is added like others; `isAtomic` tells.
    ///
    /// - Throws: what is wrong with the request; then nothing was added.
    mutating func add(
        _ body: CommandsRequest, _ inbox: InboxRequest, by asker: Asker, _ state: borrowing LedgerState,
        at now: LedgerTime
    ) throws(RequestFailure) {
        let start = commands.count
        var cursor = CommandCursor(body)
        do throws(RequestFailure) {
            while let bytes = try next(&cursor, start) {
                try add(bytes, index: commands.count - start, inbox, asker, state, now)
            }
        } catch {
            commands.truncate(to: start)
            outlooks.removeSubrange(start...)
            verdicts.removeSubrange(start...)
            throw error
        }
        requests.append(
            Request(inbox: inbox, showsSequences: asker.showsSequences, end: commands.count))
    }

    /// The body of a request of commands.
    @_lifetime(copy bytes)
    static func read(_ bytes: RawSpan) throws(RequestFailure) -> CommandsRequest {
        do throws(WireError) {
            return try CommandsRequest(reading: bytes, countMax: countMax)
        } catch { throw RequestFailure(.malformedRequest, "\(error)") }
    }

    @_lifetime(copy cursor)
    private func next(
        _ cursor: inout CommandCursor, _ start: Int
    ) throws(RequestFailure) -> RawSpan? {
        do throws(WireError) { return try cursor.next() } catch {
            throw RequestFailure(.malformedRequest, "\(error)", index: commands.count - start)
        }
    }

    @inline(__always)
    private mutating func add(
        _ bytes: RawSpan, index: Int, _ inbox: InboxRequest, _ asker: Asker,
        _ state: borrowing LedgerState, _ now: LedgerTime
    ) throws(RequestFailure) {
        do throws(EventFormatError) {
            commands.append(
                try Command(
                    decoding: bytes, names: names(showsSequences: asker.showsSequences),
                    merchant: asker.merchant, secret: secret))
        } catch { throw RequestFailure(.malformedRequest, "\(error)", index: index) }
        let place = commands.count - 1
        let (operation, merchant) = (commands[place].operation, commands[place].merchant)
        guard asker.may(Access(operation), for: merchant) else {
            throw RequestFailure(.forbidden, "\(operation) takes another key than this", index: index)
        }
        commands[place].actor = asker.actor
        commands[place].correlation = inbox.correlation
        if commands[place].request.lacksPlace { placeNewest(state, now) }
        if operation == .revokeAPIKey { endsAccess = true }
        if operation == .openMerchant || operation == .changeMerchant { try checkZone(index) }
        outlooks.append(Outlook(commands[place]))
        let perSecond = state.requestsPerSecond(of: merchant)
        let isAdmitted = limits.admits(merchant.number, perSecond: perSecond, at: now)
        verdicts.append(isAdmitted ? nil : .rateLimited)
    }

    /// Works out the batch that the newest command opens if none is open. Of a merchant nobody knows the
    /// ledger says so itself.
    private mutating func placeNewest(_ state: borrowing LedgerState, _ now: LedgerTime) {
        let last = commands.count - 1
        let merchant = commands[last].merchant
        guard let settings = state.settings(of: merchant),
            let place = places.place(of: merchant.number, settings, at: now)
        else { return }
        commands[last].place(place)
    }

    /// A merchant is opened only with a time zone that days can be counted in.
    private mutating func checkZone(_ index: Int) throws(RequestFailure) {
        let command = commands[commands.count - 1]
        let settings: MerchantSettings
        switch command.request {
        case .openMerchant(let body): settings = body.settings
        case .changeMerchant(let body): settings = body.settings
        default: return
        }
        guard places.isKnown(zone: settings.timeZone.description) else {
            throw RequestFailure(
                .malformedRequest, "\(command.operation).timeZone: \(settings.timeZone) is not known",
                index: index)
        }
        places.forget(command.merchant.number)
    }
}

/// Why a request is not looked at.
struct RequestFailure: Error {
    let failure: Failure

    init(_ code: FailureCode, _ text: String, index: Int? = nil) {
        failure = Failure(
            code, text, index: index.map { UInt16(truncatingIfNeeded: $0) } ?? Failure.noIndex)
    }
}
