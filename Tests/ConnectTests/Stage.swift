import Config
import Connect
import Credentials
import Crypto
import HTTP
import OAuth
import Synchronization
import Testing
import Tokens

/// Connect pages with credentials, records and a clock that a test rules.
final class Stage: ConnectOperations, UsedMarks {
    struct State {
        var now = 1_800_000_000
        var connections: [String: ConnectionConfiguration] = [:]
        /// What every exchange is refused with.
        var refusal: CredentialRefusal?
        /// What every test of a connection is refused with.
        var testRefusal: CredentialRefusal?
        /// What every issuer says of itself, or why nobody knows.
        var metadata: Result<ServerMetadata?, CredentialRefusal> = .success(nil)
        var tests: [CredentialID] = []
        /// What was exchanged, in order.
        var exchanges: [Exchange] = []
        var spent: Set<[UInt8]> = []
        var marksFail = false
    }

    struct Exchange: Equatable {
        var id: CredentialID
        var code: String
        var redirectURI: String
        var verifier: String?
        var fields: [String: String]
    }

    static let key = SecretKey.random()

    let state = Mutex(State())

    init(_ change: (inout ConnectionConfiguration) -> Void = { _ in }) {
        var connection = Stage.connection("crm")
        change(&connection)
        state.withLock { $0.connections = ["crm": connection, "other": Stage.connection("other")] }
    }

    /// A connection of the grant `authorization_code`.
    static func connection(_ name: String) -> ConnectionConfiguration {
        let api = APIClientConfiguration(baseURI: .literal("https://api.test/v2"))
        var connection = ConnectionConfiguration(name: name, grant: .authorizationCode, api: api)
        connection.label = "The <\(name)>"
        connection.clientID = "app"
        connection.authorizeURI = .literal("https://idp.test/authorize")
        connection.tokenURI = .literal("https://idp.test/token")
        connection.scopes = ["read", "write"]
        return connection
    }

    /// The pages; each call is like a restart, which keeps the records alone.
    func pages(
        publicURL: String = "https://connect.test",
        returnURLs: [String] = ["https://app.test/done"],
        confirm: Bool = true,
        keys: [SecretKey] = [Stage.key]
    ) throws -> ConnectPages {
        ConnectPages(
            ConnectSettings(
                publicURL: try #require(URI(publicURL)),
                returnURLs: returnURLs.compactMap { URI($0) },
                confirm: confirm
            ),
            credentials: self,
            marks: self,
            keys: keys,
            now: { self.state.withLock { $0.now } },
            connection: { name in self.state.withLock { $0.connections[name] } }
        )
    }

    func pass(_ seconds: Int) { state.withLock { $0.now += seconds } }

    var exchanges: [Exchange] { state.withLock { $0.exchanges } }

    // MARK: What the pages ask for

    func configured(
        _ values: TemplateValues,
        redirectURI: String?,
        state: String?
    ) async throws(CredentialRefusal) -> ConnectionConfiguration { values.connection }

    func connect(
        _ id: CredentialID,
        with grant: TokenGrant,
        fields: [String: String],
        query: [String: String]
    ) async throws(CredentialRefusal) -> CredentialState {
        guard case .authorizationCode(let code, let redirectURI, let verifier) = grant else {
            throw .refused(code: "bad_request", message: "not a code")
        }
        let exchange = Exchange(
            id: id,
            code: code.reveal(),
            redirectURI: redirectURI,
            verifier: verifier?.reveal(),
            fields: fields
        )
        let refusal = state.withLock { state in
            state.exchanges.append(exchange)
            return state.refusal
        }
        if let refusal { throw refusal }
        return Self.connected(id)
    }

    func endpoints(for values: TemplateValues) async throws(CredentialRefusal) -> Endpoints {
        Endpoints(values, metadata: try state.withLock { $0.metadata }.get())
    }

    func test(_ id: CredentialID) async throws(CredentialRefusal) -> TestResult {
        let refusal = state.withLock { state in
            state.tests.append(id)
            return state.testRefusal
        }
        if let refusal { throw refusal }
        return TestResult(state: Self.connected(id), status: 200, message: "")
    }

    private static func connected(_ id: CredentialID) -> CredentialState {
        let connection = Stage.connection(id.connection)
        let machine = FlightMachine(id: id, rules: FlightRules(of: connection, for: id))
        return CredentialState(machine, of: connection, lastUsedAt: nil)
    }

    func spend(_ id: [UInt8], until expiry: Int) async throws(MarksUnavailable) -> Bool {
        try check()
        return state.withLock { $0.spent.insert(id).inserted }
    }

    func isSpent(_ id: [UInt8], until expiry: Int) async throws(MarksUnavailable) -> Bool {
        try check()
        return state.withLock { $0.spent.contains(id) }
    }

    private func check() throws(MarksUnavailable) {
        if state.withLock({ $0.marksFail }) { throw MarksUnavailable(reason: "no disk") }
    }
}
