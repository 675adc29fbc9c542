import Time
import Config
import Credentials
import Crypto
import HTTP
import Testing

/// Rule 16: what a change in the file does to what is stored.
@Suite struct SeedTests {
    @Test func `the first refresh token starts a connection that was never connected`() {
        var scene = Scene()
        _ = scene.machine.loaded(nil, at: Scene.at(0))
        #expect(scene.machine.state() == .neverConnected)
        let (end, sent) = scene.refresh(at: 0, Scene.reply("A1", refresh: "R1"))
        #expect(sent == ["R0"])
        #expect(end?.word == "refreshed A1")
        #expect(scene.stored?.seed == scene.machine.rules.seed)
        #expect(scene.stored?.generation == 1)
    }

    @Test func `an unchanged file never brings the first refresh token back`() {
        var scene = Scene.connected()
        let (_, sent) = scene.refresh(at: 3600, Scene.reply("A2", refresh: "R2"))
        #expect(sent == ["R1"])
        #expect(scene.refresh(at: 9000, .invalidGrant(message: "x")).sent == ["R2"])
        var restarted = Scene()
        restarted.stored = scene.stored
        _ = restarted.machine.loaded(scene.stored, at: Scene.at(9100))
        #expect(restarted.ask(9100) == "person: needs_authorization")
    }

    @Test func `a new client secret clears a refusal and keeps the rotated refresh token`() {
        var scene = Scene.connected()
        let refusal = TokenOutcome.configuration(code: "invalid_client", message: "secret")
        #expect(scene.refresh(at: 3600, refusal).end?.word == "refused configuration")
        let rules = Scene.rules(secret: "new")
        scene.machine = FlightMachine(id: Scene.id, rules: rules)
        _ = scene.machine.loaded(scene.stored, at: Scene.at(3700))
        let (end, sent) = scene.refresh(at: 3700, Scene.reply("A2"))
        #expect(sent == ["R1"])
        #expect(end?.word == "refreshed A2")
        #expect(scene.stored?.seed == rules.seed)
    }

    @Test(arguments: [FlightRules.Renewal.asksAnew, .refreshToken, .refreshTokenOrAnew])
    func `another way of asking clears a refusal and costs no token`(renewal: FlightRules.Renewal) {
        let rules = Scene.rules(renewal, scopes: "other")
        var stored = Scene.connected(renewal).stored ?? Credential()
        stored.refreshToken = Secret("R1")
        var kept = stored
        kept.seed = rules.seed
        #expect(stored.seeded(by: rules) == kept)
        // Not even the life of the token that is published changes.
        var scene = Scene.connected(renewal)
        _ = scene.machine.reconfigured(rules, at: Scene.at(1))
        #expect(scene.ask(2) == "use A1")

        stored.status = .needsAuthorization
        stored.lastError = CredentialFault(
            code: "configuration",
            message: "invalid_scope",
            at: WallTime(seconds: 0)
        )
        #expect(stored.seeded(by: rules) == kept)
        // One that was noted by an older version is as good as unchanged.
        stored.seed?.request = nil
        #expect(stored.seeded(by: rules).status == .needsAuthorization)
    }

    @Test(arguments: [FlightRules.Renewal.asksAnew, .refreshToken, .refreshTokenOrAnew])
    func `what a person revoked stays so, whatever changes`(renewal: FlightRules.Renewal) {
        let scene = Scene.connected(renewal)
        let now = WallTime(seconds: 0)
        let revoked = scene.stored?.revoked(by: scene.machine.rules, at: now)
        for rules in [
            Scene.rules(renewal, secret: "new"), Scene.rules(renewal, scopes: "other"),
        ] {
            #expect(revoked?.seeded(by: rules).status == .revoked)
        }
        let first = revoked?.seeded(by: Scene.rules(first: "N0"))
        #expect(first?.status == .neverConnected && first?.refreshToken == Secret("N0"))
    }

    @Test func `a new first refresh token replaces all that was stored`() {
        var scene = Scene.connected()
        scene.stored?.fields = ["team": "old"]
        let rules = Scene.rules(first: "N0")
        scene.machine = FlightMachine(id: Scene.id, rules: rules)
        let loaded = scene.machine.loaded(scene.stored, at: Scene.at(10))
        #expect(loaded.snapshot.accessToken == nil)
        let (end, sent) = scene.refresh(at: 10, Scene.reply("A2"))
        #expect(sent == ["N0"])
        #expect(end?.word == "refreshed A2")
        #expect(scene.stored?.fields.isEmpty == true)
        #expect(scene.stored?.generation == 2)
    }

    @Test func `a changed file counts while running too`() {
        var scene = Scene.connected()
        _ = scene.refresh(at: 3600, .invalidGrant(message: "x"))
        let replaced = scene.machine.reconfigured(Scene.rules(first: "N0"), at: Scene.at(3601))
        #expect(replaced != nil)
        #expect(scene.refresh(at: 3602, Scene.reply("A2")).sent == ["N0"])
    }

    @Test func `a file that changes during a refresh does not cost the rotated refresh token`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        let replaced = scene.machine.reconfigured(Scene.rules(secret: "new"), at: now)
        #expect(replaced?.snapshot.generation == nil)
        let outcome = Scene.reply("A2", refresh: "R2")
        let step = scene.machine.replied(flight, outcome: outcome, sentAt: now, at: now)
        guard case .store(let credential, _) = step else { return #expect(Bool(false)) }
        scene.stored = credential
        #expect(scene.machine.stored(flight, at: now).word == "adopted nothing")
        let (end, sent) = scene.refresh(at: 3601, Scene.reply("A3"))
        #expect(sent == ["R2"])
        #expect(end?.word == "refreshed A3")
    }

    @Test func `a new policy changes the buffer and not the token`() {
        var scene = Scene.connected()
        var rules = scene.machine.rules
        rules.policy.refreshBefore = .seconds(10)
        let replaced = scene.machine.reconfigured(rules, at: Scene.at(1, step: 5000))
        #expect(replaced?.overtaken == nil)
        #expect(scene.ask(3589) == "use A1")
        #expect(scene.ask(3591) == "start, wait a while")
        #expect(scene.ask(3601) == "join")
    }

    @Test func `after a deletion the unchanged first refresh token is not used again`() {
        var scene = Scene.connected()
        let deleted = (scene.stored ?? Credential()).deleted(
            by: scene.machine.rules,
            at: WallTime(seconds: 0)
        )
        scene.stored = deleted
        _ = scene.machine.replaced(with: deleted, at: Scene.at(1))
        #expect(scene.ask(2) == "person: needs_authorization")
        #expect(scene.machine.state() == .neverConnected)
        for secret in ["S", "new"] {
            let rules = Scene.rules(secret: secret)
            var machine = FlightMachine(id: Scene.id, rules: rules)
            _ = machine.loaded(deleted, at: Scene.at(3))
            #expect(machine.requested(at: Scene.at(3)).word == "person: needs_authorization")
        }
        var machine = FlightMachine(id: Scene.id, rules: Scene.rules(first: "N0"))
        _ = machine.loaded(deleted, at: Scene.at(4))
        #expect(machine.requested(at: Scene.at(4)).word == "start")
    }

    @Test func `a deleted client that asks anew simply asks again`() {
        var scene = Scene.connected(.asksAnew)
        let deleted = (scene.stored ?? Credential()).deleted(
            by: scene.machine.rules,
            at: WallTime(seconds: 0)
        )
        scene.stored = deleted
        _ = scene.machine.replaced(with: deleted, at: Scene.at(1))
        #expect(scene.refresh(at: 2, Scene.reply("A2")).end?.word == "refreshed A2")
    }

    @Test func `the fingerprint follows the file's values in an endpoint, not the account's`()
        throws
    {
        let api = APIClientConfiguration(baseURI: .literal("https://api.test"))
        var connection = ConnectionConfiguration(name: "a", grant: .authorizationCode, api: api)
        func seed() -> SeedFingerprint {
            FlightRules(of: connection, for: CredentialID(connection: "a", tenant: "t")).seed
        }
        connection.tokenURI = try Template("https://{{dc}}.idp.test/{{tenant}}/token")
        connection.parameters = [NamedText("dc", "us")]
        let first = seed()
        connection.parameters = [NamedText("dc", "eu")]
        #expect(seed() != first)
        connection.parameters = [NamedText("dc", "us"), NamedText("other", "x")]
        #expect(seed() == first)
        connection.tokenURI = .literal("https://us.idp.test/{{tenant}}/token")
        #expect(seed() == first)
    }

    @Test func `whatever a refusal may be due to is in the fingerprint, and nothing else`() throws {
        let api = APIClientConfiguration(baseURI: .literal("https://api.test"))
        let plain = ConnectionConfiguration(name: "a", grant: .clientCredentials, api: api)
        let changes: [(inout ConnectionConfiguration) -> Void] = [
            { $0.clientAuthentication = .body },
            { $0.clientAuthentication = .headers(encoding: .raw) },
            { $0.scopes = ["read"] }, { $0.scopes = ["read", "write"] },
            { $0.tokenCalls.body = .json },
            { $0.tokenCalls.parameters = [NamedSecret("audience", Secret("x"))] },
            { $0.tokenCalls.refreshParameters = [NamedSecret("audience", Secret("x"))] },
            { $0.tokenCalls.headers = [NamedSecret("audience", Secret("x"))] },
            { $0.tokenCalls.renames = [NamedText("client_id", "app_id")] },
            { $0.tokenCalls.resources = [URI("https://api.test/")].compactMap(\.self) },
        ]
        func seed(_ change: (inout ConnectionConfiguration) -> Void) -> SeedFingerprint {
            var connection = plain
            change(&connection)
            return FlightRules(of: connection, for: CredentialID(connection: "a")).seed
        }
        let same = seed { _ in }
        #expect(Set(changes.map { seed($0).request } + [same.request]).count == changes.count + 1)
        #expect(changes.allSatisfy { seed($0).client == same.client })
        let others: [(inout ConnectionConfiguration) -> Void] = [
            { $0.tokenURI = .literal("https://idp.test/token") }, { $0.clientID = "id" },
            { $0.clientSecret = Secret("secret") }, { $0.password = Secret("secret") },
        ]
        #expect(Set(others.map { seed($0).client } + [same.client]).count == others.count + 1)
        #expect(others.allSatisfy { seed($0).request == same.request })
        #expect(seed { $0.label = "other" } == seed { $0.tokens.keepAlive = nil })
    }

    @Test func `what moves to another host keeps no token, and asks anew where it can`() {
        let now = WallTime(seconds: 1_795_255_200)
        var credential = Credential()
        credential.accessToken = Secret("A1")
        credential.refreshToken = Secret("R1")
        credential.fields = ["team": "old"]
        credential.status = .connected
        var rules = Scene.rules()
        let waiting = credential.disowned(by: rules, at: now)
        #expect(waiting.accessToken == nil && waiting.refreshToken == nil)
        #expect(waiting.fields.isEmpty && waiting.seedConsumed && waiting.generation == 1)
        #expect(waiting.status == .needsAuthorization && waiting.lastError != nil)
        rules.renewal = .asksAnew
        let asking = credential.disowned(by: rules, at: now)
        #expect(asking.accessToken == nil && asking.refreshToken == nil)
        #expect(asking.status == .neverConnected && asking.lastError == nil)
        rules.tellsRevocations = true
        let revoked = credential.revoked(by: rules, at: now)
        #expect(revoked.withdrawals.count == 1)
        let ended = revoked.disowned(by: rules, at: now)
        #expect(ended.status == .revoked && ended.withdrawals.isEmpty)
    }

    @Test func `the fingerprint tells every part from every other`() {
        func client(_ uri: String, _ id: String?, _ secret: String?) -> String {
            SeedFingerprint(
                tokenURI: uri,
                clientID: id,
                clientSecret: secret.map { Secret($0) },
                refreshToken: nil
            ).client
        }
        let all = [
            client("u", "i", "s"), client("ui", "", "s"), client("u", "is", ""),
            client("u", nil, "s"), client("u", "", "s"), client("u", "i", nil),
            client("u", "i", ""),
        ]
        #expect(Set(all).count == all.count)
        #expect(client("u", "i", "s") == all[0])
        #expect(all[0].count == 64)
    }
}
