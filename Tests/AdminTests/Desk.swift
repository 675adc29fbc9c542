import Admin
import Config
import Credentials
import Crypto
import HTTP
import Log
import Synchronization
import Time
import Tokens

/// Credentials that answer as a test tells them to, and note what was asked.
final class Desk: CredentialOperations {
    let offers = FakeOffers()

    struct State {
        var states: [CredentialState] = []
        /// Where the next page begins.
        var next: String?
        /// Whether all tenants are known.
        var isWhole = true
        /// What every call is refused with whose line begins in one of these ways.
        var refusal: CredentialRefusal?
        var refused = [""]
        /// What is stored of each account: its generation, and the client that it was had with.
        var stored: [CredentialID: Stored] = [:]
        /// What no refresh may change now.
        var held: Set<CredentialID> = []
        /// What was asked, in order.
        var log: [String] = []
    }

    /// What a vault would say of a credential.
    struct Stored: Equatable {
        var generation: Int
        var client: SeedFingerprint
    }

    static let token = "canary-admin-token"
    static let accessToken = "canary-access-token"

    let state = Mutex(State())

    func states(
        tenant: String?,
        state: ConnectionState?,
        limit: Int,
        after cursor: String?
    ) async throws(CredentialRefusal) -> (states: [CredentialState], next: String?, isWhole: Bool) {
        let wanted = [tenant, state?.rawValue, String(limit), cursor].map { $0 ?? "-" }
        try note("list " + wanted.joined(separator: " "))
        return self.state.withLock { ($0.states, $0.next, $0.isWhole) }
    }

    func state(of id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        try note("show \(id)")
        return Desk.connected(id)
    }

    func refresh(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        try note("refresh \(id)")
        return Desk.connected(id)
    }

    func importCredential(
        _ id: CredentialID,
        refreshToken: Secret?,
        accessToken: Secret?,
        expiresAt: WallTime?,
        parameters: [String: String]
    ) async throws(CredentialRefusal) -> CredentialState {
        let time = expiresAt.map { String($0.seconds) } ?? "-"
        let words = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let given = [refreshToken?.reveal() ?? "-", accessToken?.reveal() ?? "-", time]
        try note("import \(id): " + (given + words).joined(separator: " "))
        return Desk.connected(id)
    }

    func revoke(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        try note("revoke \(id)")
        return Desk.never(id)
    }

    func delete(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        try note("delete \(id)")
        return Desk.never(id)
    }

    func test(_ id: CredentialID) async throws(CredentialRefusal) -> TestResult {
        try note("test \(id)")
        return TestResult(state: Desk.connected(id), status: 200, message: "it works")
    }

    func note(_ line: String) throws(CredentialRefusal) {
        let refusal = state.withLock { state in
            state.log.append(line)
            let isRefused = state.refused.contains { line.hasPrefix($0) }
            return isRefused ? state.refusal : nil
        }
        if let refusal { throw refusal }
    }

    /// What was asked so far.
    var log: [String] { state.withLock { $0.log } }

    /// The connections `crm` and `mail` of the file, and those that the API made.
    let directory = ConnectionDirectory(file: ["crm", "mail"].compactMap(Desk.connection))
    let registry = MemoryRegistry()
    let lines = Mutex<[String]>([])

    /// What makes and changes connections, as a new process would have it.
    func registrar() -> Registrar {
        Registrar(
            self,
            registry: registry,
            directory: directory,
            policy: TokenPolicy(),
            logger: Logger(level: .debug, format: .text, time: { "" }) { line in
                self.lines.withLock { $0.append(line) }
            }
        )
    }

    /// All that was logged.
    var logged: String { lines.withLock { $0.joined() } }

    /// The connections `crm` and `mail`.
    static func connection(_ name: String) -> ConnectionConfiguration? {
        guard ["crm", "mail"].contains(name) else { return nil }
        let api = APIClientConfiguration(baseURI: .literal("https://api.test/v2"))
        var connection = ConnectionConfiguration(name: name, grant: .refreshToken, api: api)
        connection.label = "The \"\(name)\""
        connection.scopes = ["read", "write"]
        connection.clientSecret = Secret("canary-client-secret")
        return connection
    }

    /// A connected credential whose token was asked for at 2026-11-21T10:00:00Z.
    static func connected(_ id: CredentialID) -> CredentialState {
        let start = WallTime(seconds: 1_795_255_200)
        var credential = Credential()
        credential.accessToken = Secret(accessToken)
        credential.refreshToken = Secret("canary-refresh-token")
        credential.obtainedAt = start
        credential.lifetime = 3600
        credential.expiresAt = start.advanced(by: 3600)
        credential.scopes = "read"
        credential.fields = [
            "instance": "eu1", "id_token": "canary-id-token", "x": "canary0f4n0th3rn4m3",
        ]
        credential.generation = 7
        credential.status = .connected
        return state(id, credential, at: start)
    }

    /// A credential without tokens.
    static func never(_ id: CredentialID) -> CredentialState {
        state(id, nil, at: WallTime(seconds: 1_795_255_200))
    }

    private static func state(
        _ id: CredentialID,
        _ credential: Credential?,
        at wall: WallTime
    ) -> CredentialState {
        let api = APIClientConfiguration(baseURI: .literal("https://api.test/v2"))
        let connection =
            Desk.connection(id.connection)
            ?? ConnectionConfiguration(name: id.connection, grant: .refreshToken, api: api)
        var machine = FlightMachine(id: id, rules: FlightRules(of: connection, for: id))
        let now = Moment(instant: Instant(nanoseconds: 0), wall: wall, chance: 0)
        _ = machine.loaded(credential, at: now)
        return CredentialState(machine, of: connection, lastUsedAt: nil)
    }

    /// The file's routes and listeners.
    static let configuration: Configuration = {
        let text = """
            listen 127.0.0.1:8080;
            caller app { token canary-caller; }
            connection crm { grant none; api_client { base_uri https://api.test/v2; } }
            connection mail { grant none; api_client { base_uri https://api.test/v2; } }
            route /crm/ { connection crm; }
            route /c/ { connection *; tenant path; }
            route /mail/ { connection mail; tenant header X-Tenant; callers app; }
            """
        let loaded = try? Configuration.load(
            path: "/proxy.conf",
            source: .memory(["/proxy.conf": text])
        )
        return loaded ?? Configuration(path: "", vault: .file(.init(path: "", keyPath: "")))
    }()

    /// The API over these credentials.
    func api(isReady: Bool = true) -> ManagementAPI {
        ManagementAPI(
            self,
            registrar: registrar(),
            offers: offers,
            configuration: { Desk.configuration },
            token: AdminToken(Secret(Desk.token)),
            isReady: { isReady },
            logger: Logger(level: .debug, format: .text, time: { "" }) { line in
                self.lines.withLock { $0.append(line) }
            }
        )
    }

    /// Calls the API with the token; `change` alters the request beforehand.
    func call(
        _ method: String,
        _ target: String,
        _ body: String = "",
        change: (inout Request) -> Void = { _ in }
    ) async -> Response {
        var request = Request(
            method: method,
            target: target,
            fields: ["Host": "localhost:9090", "Authorization": "Bearer \(Desk.token)"],
            body: Array(body.utf8)
        )
        if !body.isEmpty { request.fields["Content-Type"] = "application/json" }
        change(&request)
        return await api().answer(request, hosts: ["localhost", "127.0.0.1", "[::1]"])
    }
}

extension Response {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// Status and error code: `404 not_found`; the status alone where there is no error.
    var outcome: String {
        let marker = "{\"error\":{\"code\":\""
        guard text.hasPrefix(marker) else { return String(status) }
        return "\(status) \(text.dropFirst(marker.count).prefix { $0 != "\"" })"
    }
}
