import Config
import Connect
import Credentials
import Crypto
import HTTP
import JSON
import Synchronization
import Testing
import Time
import Tokens

/// Every entry of the catalogue against a provider that acts like the real one: from the connect
/// page over code and token to a refresh and a call of the API.
@Suite struct ProviderRunTests {
    @Test(arguments: Catalogue.names)
    func `an entry gets, refreshes and injects a token`(name: String) async throws {
        let facts = ProviderFacts.all[name]
        try await Stage.play("auto-consent") { stage in
            let run = try ProviderRun(name, facts, on: stage)
            try await run.connect()
            try await run.checkToken()
            if facts?.refreshes ?? run.connection.refresh { try await run.refresh() }
            try await run.callAPI()
        }
    }

    @Test func `the facts are of providers that there are`() {
        #expect(Set(ProviderFacts.all.keys).isSubset(of: Catalogue.names))
        #expect(ProviderFacts.all.count >= 60)
    }
}

/// One entry at work: its own configuration, with nothing but its hosts turned to the sandbox.
struct ProviderRun {
    let stage: Stage
    let facts: ProviderFacts?
    let connection: ConnectionConfiguration
    private let service: TokenService
    private let id: CredentialID
    private let parameters: [String: String]

    init(_ name: String, _ facts: ProviderFacts?, on stage: Stage) throws {
        self.stage = stage
        self.facts = facts
        let entry = try #require(Catalogue.entry(named: name))
        let scopes = (entry.scopes + ["one", "two"]).joined(separator: " ")
        let required = entry.parameters.filter(\.isRequired).map(\.name)
        // Where nobody connects, nobody but the file can give them.
        let lines = entry.grant == .clientCredentials ? required.map { "parameter \($0) x;" } : []
        let text = """
            listen 127.0.0.1:1;
            connection c { provider \(name); client_id demo; client_secret ${env:SECRET};
                scopes \(scopes); \(lines.joined()) \(facts?.own ?? "") }
            """
        parameters = Dictionary(uniqueKeysWithValues: required.map { ($0, facts?.account ?? "x") })
        let source = ConfigSource.memory(
            ["/etc/attache/proxy.conf": text],
            environment: ["SECRET": "demo-secret"]
        )
        var connection = try #require(
            try Configuration.load(path: "proxy.conf", source: source, takingEverything: true)
                .connections.first
        )
        let place = "auto-consent+\(ProviderRun.personalities(facts))"
        let base = "http://127.0.0.1:\(stage.provider.port)/p/\(place)"
        let tenant = connection.grant == .authorizationCode ? "t" : nil
        id = CredentialID(connection: "c", tenant: tenant)
        let parameters = parameters
        func query(_ endpoint: ConnectionConfiguration.Endpoint) throws -> String {
            let values = TemplateValues(
                connection,
                tenant: tenant,
                fields: parameters.merging(ProviderRun.callbackFields) { $1 }
            )
            let found = try #require(try connection.endpoint(endpoint) { values[$0] })
            #expect(found.uri.scheme == .https)
            return found.uri.query.map { "?\($0)" } ?? ""
        }
        let token = try query(.token)
        if connection.authorizeURI != nil {
            connection.authorizeURI = .literal("\(base)/authorize\(try query(.authorize))")
        }
        if connection.refreshURI != nil { connection.refreshURI = .literal("\(base)/refresh") }
        connection.tokenURI = .literal("\(base)/token\(token)")
        for index in connection.lookups.indices {
            let isList = connection.lookups[index].fields.contains { $0.value.hasPrefix("0.") }
            let query = connection.lookups[index].uri.source.contains("{{access_token}}")
            connection.lookups[index].uri = try Template(
                "\(base)/account\(isList ? "s" : "")"
                    + (query ? "?access_token={{access_token}}" : "")
            )
        }
        // The test would be made at the real API.
        connection.test = nil
        self.connection = connection
        service = try stage.service(connection, store: MemoryStore())
    }

    /// What the real providers' callbacks bring.
    private static let callbackFields = [
        "accounts-server": "https://accounts.zoho.eu", "domain_prefix": "shop",
    ]

    private static func personalities(_ facts: ProviderFacts?) -> String {
        guard let facts else { return "plain+auto-consent" }
        let place =
            switch facts.authentication {
            case .basic: "strict-basic"
            case .body: "body-only"
            }
        return ([place] + facts.personalities).joined(separator: "+")
    }

    /// Has a person consent, or asks for the client's own token.
    func connect() async throws {
        guard connection.grant == .authorizationCode else { return }
        let connection = connection
        let pages = ConnectPages(
            ConnectSettings(publicURL: try #require(URI("http://127.0.0.1:1")), confirm: false),
            credentials: service,
            marks: Marks(),
            keys: [.random()],
            now: { Int(WallClock.now) },
            connection: { $0 == "c" ? connection : nil }
        )
        let offer = try pages.offer(
            connection: "c",
            tenant: id.tenant,
            returnURL: nil,
            parameters: parameters
        )
        let page = try #require(URI(offer.url)).target
        let start = await pages.answer(Request(method: "GET", target: page), isSecure: false)
        let provider = try #require(URI(start.fields["Location"] ?? ""), "\(start)")
        try checkAuthorize(provider)
        let consent = try await stage.provider.get(provider.target)
        let location = consent.head.split(separator: "\r\n").first { $0.hasPrefix("Location: ") }
        let back = try #require(location.flatMap { URI(String($0.dropFirst(10))) }, "\(consent)")
        var request = Request(method: "GET", target: back.target)
        let cookie = start.fields["Set-Cookie"]?.split(separator: ";").first ?? ""
        request.fields.set("Cookie", String(cookie))
        let end = await pages.answer(request, isSecure: false)
        #expect(end.status == 200, "\(String(decoding: end.body, as: UTF8.self))")
    }

    private func checkAuthorize(_ uri: URI) throws {
        let items = try #require(FormEncoding.decode(uri.query ?? ""))
        let asked = Dictionary(items, uniquingKeysWith: { first, _ in "twice: \(first)" })
        guard let facts else { return }
        for (name, value) in facts.asks { #expect(asked[name] == value) }
        if facts.asks["access_type"] == nil { #expect(asked["access_type"] == nil) }
        let scope = try #require(asked["scope"] ?? asked["user_scope"])
        #expect(scope.hasSuffix("one\(facts.separator)two"))
        if let pkce = facts.pkce { #expect((asked["code_challenge"] != nil) == pkce) }
    }

    /// Checks what came of the token call, and how it was made.
    func checkToken() async throws {
        let answer = await service.token(for: id, until: .far)
        guard case .token(let snapshot, _) = answer else {
            Issue.record("\(answer)")
            return
        }
        let state = try await service.state(of: id)
        if let facts {
            let left = state.expiresAt.map { $0.seconds - WallClock.now }
            if let life = facts.life {
                #expect(abs((left ?? 0) - life) < 120)
            } else {
                #expect(left == nil)
            }
            for name in facts.keeps { #expect(snapshot.fields[name]?.isEmpty == false, "\(name)") }
        }
        try await checkCall()
    }

    private func checkCall() async throws {
        let calls = try await stage.provider.control("GET", "calls")
        guard case .array(let list)? = calls["calls"], let last = list.last else {
            Issue.record("no call")
            return
        }
        #expect(last["result"]?.string == "committed")
        #expect(last["accept"]?.string == "application/json")
        if let facts { #expect(last["client_auth"]?.string == facts.authentication.rawValue) }
    }

    /// Refreshes, and sees that what the first reply told is still known.
    func refresh() async throws {
        let before = try await service.state(of: id).generation
        let state = try await service.refresh(id)
        #expect(state.generation > before)
        try await checkToken()
    }

    /// Renders the headers as requests get them, and calls the API with them.
    func callAPI() async throws {
        guard case .token(let snapshot, _) = await service.token(for: id, until: .far) else {
            Issue.record("no token")
            return
        }
        let values = TemplateValues(connection, snapshot: snapshot)
        var lines: [(name: String, value: String)] = []
        for header in connection.api.headers {
            let value = try header.template.render(context: .header) { values[$0] }
            lines.append((header.name, value))
        }
        let token = try #require(snapshot.accessToken?.reveal())
        let wanted = (facts?.header ?? "Authorization: Bearer *").replacing("*", with: token)
        #expect(lines.contains { "\($0.name): \($0.value)" == wanted }, "\(lines.map(\.name))")
        guard wanted.hasPrefix("Authorization: Bearer ") else { return }
        let answer = try await stage.provider.get("/api/me", lines)
        #expect(answer.head.hasPrefix("HTTP/1.1 200 "))
    }
}

/// What was used up, in memory.
private final class Marks: UsedMarks {
    private let spent = Mutex<Set<[UInt8]>>([])

    func spend(_ id: [UInt8], until expiry: Int) async throws(MarksUnavailable) -> Bool {
        spent.withLock { $0.insert(id).inserted }
    }

    func isSpent(_ id: [UInt8], until expiry: Int) async throws(MarksUnavailable) -> Bool {
        spent.withLock { $0.contains(id) }
    }
}
