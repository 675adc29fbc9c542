import Time
import Config
import Credentials
import Crypto

/// A machine, what its store holds, and clocks that a test moves by hand.
struct Scene {
    static let id = CredentialID(connection: "crm")
    static let wallOrigin = 1_800_000_000.0

    var machine: FlightMachine
    var stored: Credential?

    init(
        _ renewal: FlightRules.Renewal = .refreshToken,
        first: String? = "R0",
        policy: TokenPolicy = TokenPolicy()
    ) {
        machine = FlightMachine(
            id: Scene.id,
            rules: Scene.rules(renewal, first: first, policy: policy)
        )
    }

    /// A scene whose store holds a token of an hour's life, obtained at second 0, generation 1.
    static func connected(
        _ renewal: FlightRules.Renewal = .refreshToken,
        life: Double? = 3600,
        policy: TokenPolicy = TokenPolicy()
    ) -> Scene {
        var scene = Scene(renewal, policy: policy)
        var stored = Credential()
        stored.accessToken = Secret("A1")
        stored.obtainedAt = WallTime(seconds: wallOrigin)
        stored.lifetime = life
        stored.expiresAt = life.map { WallTime(seconds: wallOrigin + $0) }
        stored.refreshToken = renewal == .refreshToken ? Secret("R1") : nil
        stored.generation = 1
        stored.status = .connected
        stored.seed = scene.machine.rules.seed
        scene.stored = stored
        _ = scene.machine.loaded(stored, at: at(0))
        return scene
    }

    static func rules(
        _ renewal: FlightRules.Renewal = .refreshToken,
        first: String? = "R0",
        secret: String = "S",
        scopes: String = "",
        policy: TokenPolicy = TokenPolicy()
    ) -> FlightRules {
        let first = renewal == .refreshToken ? first.map { Secret($0) } : nil
        return FlightRules(
            policy: policy,
            renewal: renewal,
            seed: SeedFingerprint(
                tokenURI: "https://idp.test/token",
                clientID: "billing",
                clientSecret: Secret(secret),
                request: [Secret(scopes)],
                refreshToken: first
            ),
            firstRefreshToken: first
        )
    }

    /// The moment so many seconds into the test; `step` is how far the wall clock was moved.
    static func at(_ seconds: Double, step: Double = 0, chance: Double = 0.5) -> Moment {
        Moment(
            instant: Instant(nanoseconds: Int64(seconds * 1e9)),
            wall: WallTime(seconds: wallOrigin + seconds + step),
            chance: chance
        )
    }

    static func reply(
        _ access: String,
        life: Double? = 3600,
        refresh: String? = nil
    ) -> TokenOutcome {
        var reply = TokenReply(accessToken: Secret(access))
        reply.lifetime = life
        reply.refreshToken = refresh.map { Secret($0) }
        return .success(reply)
    }

    static let down = TokenOutcome.transient(retryAfter: nil, code: "http", message: "down")

    /// What a request at a moment does, in a word.
    mutating func ask(_ seconds: Double) -> String {
        machine.requested(at: Scene.at(seconds)).word
    }

    /// Starts a flight with a request, which must be due.
    mutating func takeOff(_ seconds: Double) -> Flight? {
        guard case .start(let flight, _) = machine.requested(at: Scene.at(seconds)) else {
            return nil
        }
        return flight
    }

    /// Flies a flight to its end against a provider that gives the outcomes in order.
    ///
    /// Returns the end and the refresh tokens that were sent ("-" for none).
    mutating func fly(
        _ flight: Flight?,
        at seconds: Double,
        _ outcomes: TokenOutcome...
    ) -> (end: FlightEnd?, sent: [String]) {
        guard let flight else { return (nil, []) }
        let now = Scene.at(seconds)
        var sent: [String] = []
        var outcomes = outcomes[...]
        var step = machine.locked(flight, stored: stored, at: now)
        for _ in 0..<20 {
            switch step {
            case .storeIntent(let credential, _):
                stored = credential
                step = machine.intentStored(flight)
            case .call(let call):
                sent.append(call.refreshToken?.reveal() ?? "-")
                guard let outcome = outcomes.popFirst() else { return (nil, sent) }
                step = machine.replied(flight, outcome: outcome, sentAt: now, at: now)
            case .reread:
                step = machine.reread(flight, stored: stored, at: now)
            case .store(let credential, let generation):
                guard stored?.generation == generation else {
                    step = machine.storeFailed(
                        flight,
                        error: .conflict(stored: stored?.generation),
                        at: now
                    )
                    continue
                }
                stored = credential
                step = machine.stored(flight, at: now)
            case .storeAgain: return (nil, sent)
            case .end(let end): return (end, sent)
            case .abandon: return (nil, sent)
            }
        }
        return (nil, sent)
    }

    /// Takes off and flies.
    mutating func refresh(
        at seconds: Double,
        _ outcome: TokenOutcome
    ) -> (end: FlightEnd?, sent: [String]) {
        fly(takeOff(seconds), at: seconds, outcome)
    }
}

extension Wanted {
    /// The decision in a word, with the token's text.
    var word: String {
        switch self {
        case .use(let snapshot, let stale):
            "\(stale ? "stale" : "use") \(snapshot.accessToken?.reveal() ?? "nothing")"
        case .join(_, let until): until == nil ? "join" : "join a while"
        case .start(_, let until): until == nil ? "start" : "start, wait a while"
        case .refuse(.needsAuthorization(let code, _)): "person: \(code)"
        case .refuse(.unavailable): "unavailable"
        }
    }
}

extension Rejected {
    var word: String {
        switch self {
        case .replay(let snapshot): "replay \(snapshot.accessToken?.reveal() ?? "nothing")"
        case .join: "join"
        case .start: "start"
        case .passThrough: "pass"
        }
    }
}

extension FlightStep {
    var word: String {
        switch self {
        case .storeIntent: "store intent"
        case .call(let call): "call \(call.refreshToken?.reveal() ?? "-")"
        case .reread: "reread"
        case .store(let credential, let generation):
            "store \(credential.generation) over \(generation.map(String.init) ?? "nothing")"
        case .storeAgain: "store again"
        case .end(let end): end.word
        case .abandon: "abandon"
        }
    }
}

extension FlightEnd {
    var word: String {
        switch self {
        case .refreshed(let snapshot): "refreshed \(snapshot.accessToken?.reveal() ?? "nothing")"
        case .adopted(let snapshot): "adopted \(snapshot.accessToken?.reveal() ?? "nothing")"
        case .refused(_, let fault): "refused \(fault.code)"
        case .failed(let fault, _): "failed \(fault.code)"
        }
    }
}
