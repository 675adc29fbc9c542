import Time
import Config
import Credentials
import Crypto
import HTTP
import IO
import Log
import Sandbox
import Synchronization
import Testing
import Tokens

/// A provider, and as many token services as a test wants.
struct Stage: Sendable {
    static let id = CredentialID(connection: "crm")
    /// Threads are never given back, so all tests share them.
    static let disk = BlockingPool(name: "disk", threadsMax: 8)
    static let resolver = Resolver()

    let provider: Provider
    private let loops = Loops()

    private final class Loops: Sendable {
        let all = Mutex<[EventLoop]>([])
        let endpoints = Mutex<[HeldEndpoint]>([])
    }

    /// Plays a test with a provider of these personalities.
    static func play(
        _ names: String...,
        body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let stage = Stage(provider: try Provider(names))
        let loop = stage.provider.loop
        let server = stage.provider.server
        let running = loop.start { try? await server.run() }
        do {
            try await body(stage)
        } catch {
            Issue.record(error)
        }
        for endpoint in stage.loops.endpoints.withLock({ $0 }) { await endpoint.stop() }
        await server.stop()
        await running.value
        loop.stop()
        for loop in stage.loops.all.withLock({ $0 }) { loop.stop() }
    }

    /// A service of these connections.
    func service(
        _ connections: ConnectionConfiguration...,
        store: any CredentialStore,
        resolver: Resolver = Stage.resolver,
        livesMax: Int = 1000,
        logger: Logger = .silent
    ) throws -> TokenService {
        let loop = try EventLoop(name: "tokens")
        loops.all.withLock { $0.append(loop) }
        return TokenService(
            connections,
            store: store,
            on: loop,
            resolver: resolver,
            disk: Stage.disk,
            livesMax: livesMax,
            logger: logger
        )
    }

    /// A token endpoint that holds the provider's answers back.
    func heldEndpoint() throws -> HeldEndpoint {
        let endpoint = try HeldEndpoint(before: provider)
        loops.endpoints.withLock { $0.append(endpoint) }
        return endpoint
    }

    /// A connection to the provider, as a configuration would describe it.
    func connection(
        _ grant: Grant = .refreshToken,
        _ change: (inout ConnectionConfiguration) -> Void = { _ in }
    ) -> ConnectionConfiguration {
        let api = APIClientConfiguration(baseURI: .literal("https://api.test"))
        var connection = ConnectionConfiguration(name: "crm", grant: grant, api: api)
        connection.clientID = "demo"
        connection.clientSecret = Secret("demo-secret")
        connection.tokenURI = .literal("http://127.0.0.1:\(provider.port)/token")
        // A pause that no test outlives, unless it wants another one.
        connection.tokens.failureBackoff = .seconds(60) ... .seconds(300)
        change(&connection)
        return connection
    }

    /// A credential of generation 1 whose token has lived for some part of a life of 1000 s.
    func stored(
        _ connection: ConnectionConfiguration,
        age: Double = 0,
        refreshToken: String? = nil,
        id: CredentialID = Stage.id
    ) -> Credential {
        let now = WallTime(seconds: WallClock.now)
        var credential = Credential()
        credential.accessToken = Secret("canary-old-access")
        credential.obtainedAt = now.advanced(by: -age)
        credential.lifetime = 1000
        credential.expiresAt = now.advanced(by: 1000 - age)
        credential.refreshToken = refreshToken.map { Secret($0) }
        credential.generation = 1
        credential.status = .connected
        credential.seed = FlightRules(of: connection, for: id).seed
        return credential
    }

    /// A store with one credential whose refresh token the provider knows.
    func storeWithFamily(
        _ connection: ConnectionConfiguration,
        age: Double
    ) async throws -> MemoryStore {
        let token = try await provider.grant()
        return MemoryStore([Stage.id: stored(connection, age: age, refreshToken: token)])
    }
}

extension Instant {
    /// A deadline that no test reaches.
    static var far: Instant { .now + .seconds(60) }
}

/// Ages of a token with a life of 1000 s, whose buffer is its last 200 s.
enum Age {
    static let good = 10.0
    static let inBuffer = 850.0
    static let expired = 1100.0
}

extension TokenAnswer {
    /// The answer in a word, with the token's generation.
    var word: String {
        switch self {
        case .token(let snapshot, let how): "\(how.rawValue) \(snapshot.generation)"
        case .needsAuthorization(let code, _): "person: \(code)"
        case .unavailable: "unavailable"
        case .timedOut: "timed out"
        }
    }

    /// What an unavailable one says; empty for any other.
    var message: String {
        if case .unavailable(_, let message) = self { message } else { "" }
    }

    /// How long an unavailable one asks to wait; zero for any other.
    var pause: Duration {
        if case .unavailable(let pause, _) = self { pause } else { .zero }
    }

    var token: String? {
        if case .token(let snapshot, _) = self { snapshot.accessToken?.reveal() } else { nil }
    }
}

extension RejectedAnswer {
    /// The answer in a word, with the token's generation.
    var word: String {
        switch self {
        case .replay(let snapshot): "replay \(snapshot.generation)"
        case .passThrough: "pass"
        }
    }
}

/// All that was logged.
final class Transcript: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined() } }

    var logger: Logger {
        Logger(level: .debug, format: .json, time: { "now" }) { line in
            self.lines.withLock { $0.append(line) }
        }
    }
}

/// Runs the same work many times at once and collects the answers.
func inParallel<Answer: Sendable>(
    _ count: Int,
    _ work: @escaping @Sendable () async -> Answer
) async -> [Answer] {
    await withTaskGroup(of: Answer.self) { group in
        for _ in 0..<count { group.addTask { await work() } }
        var answers: [Answer] = []
        for await answer in group { answers.append(answer) }
        return answers
    }
}
