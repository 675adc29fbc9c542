import Admin
import Config
import Credentials
import Crypto
import HTTP
import JSON
import Registry
import Synchronization
import Testing
import Tokens

/// What becomes of a change, and of the tokens that it brought, when the registry fails at each of
/// its steps, and after a restart.
@Suite struct CutOffTests {
    private let desk = Desk()
    private let path = "/api/v1/connections"
    private static let full = StoreError.full(path: "/registry")

    /// What is made with a refresh token that the provider rotates.
    private static func body(_ name: String = "bill") -> String {
        """
        {"name":"\(name)","grant":"refresh_token","token_uri":"https://idp.test/token",\
        "client_id":"c","client_secret":"s","base_uri":"https://api.test","refresh_token":"r"}
        """
    }

    private func make(_ body: String = body()) async throws {
        let made = await desk.call("POST", path, body)
        try #require(made.status == 201, "\(made.text)")
        desk.state.withLock { $0.log = [] }
        desk.registry.state.withLock { $0.log = [] }
    }

    private func patch(_ body: String) async -> Response {
        await desk.call("PATCH", path + "/bill", body)
    }

    /// A process that starts on the same registry.
    private func restarted() async -> Desk {
        let later = Desk()
        later.registry.state.withLock { $0.content = desk.registry.state.withLock(\.content) }
        later.state.withLock { $0.stored = desk.state.withLock(\.stored) }
        await later.registrar().load()
        return later
    }

    @Test func `nothing is spent where the registry cannot be written`() async throws {
        desk.registry.fail("stage", Self.full)
        #expect(await desk.call("POST", path, Self.body()).outcome == "503 vault")
        #expect(desk.log == ["forget bill"] && desk.directory["bill"] == nil)
        desk.registry.fail("stage", nil)
        try await make()
        desk.registry.fail("stage", Self.full)
        #expect(await patch("{\"refresh_token\":\"r2\"}").outcome == "503 vault")
        #expect(desk.log.isEmpty)
    }

    @Test func `tokens of a new connection outlive a registry that fails after them`() async throws
    {
        desk.registry.fail("commit", Self.full)
        let made = await desk.call("POST", path, Self.body())
        #expect(made.status == 201, "\(made.text)")
        #expect(desk.log.suffix(3) == ["keep bill", "insert bill", "show bill"])
        #expect(desk.logged.contains("warn a change is stored, and will be finished"))
        #expect(desk.directory["bill"] != nil && desk.registry["bill"] == nil)
        let later = await restarted()
        #expect(later.directory["bill"]?.source == .api)
        #expect(later.registry["bill"]?["client_secret"] == .string("s"))
        #expect(later.log == ["look for bill", "insert bill"])
    }

    @Test func `a new connection without tokens is undone`() async {
        desk.registry.fail("commit", Self.full)
        let body = Self.body().replacing(",\"refresh_token\":\"r\"", with: "")
            .replacing("\"refresh_token\"", with: "\"none\"")
            .replacing(",\"client_id\":\"c\",\"client_secret\":\"s\"", with: "")
            .replacing("\"token_uri\":\"https://idp.test/token\",", with: "")
        let response = await desk.call("POST", path, body)
        #expect(response.outcome == "503 vault", "\(response.text)")
        #expect(desk.directory["bill"] == nil)
        #expect(desk.log.suffix(2) == ["remove bill", "forget bill"])
        #expect(desk.registry.log == ["stage bill", "commit bill", "remove bill"])
    }

    @Test func `a vault that fails leaves nothing of a new connection`() async {
        desk.state.withLock {
            $0.refusal = .unavailable(code: "vault", message: "the disk is full")
            $0.refused = ["keep"]
        }
        #expect(await desk.call("POST", path, Self.body()).outcome == "503 vault")
        #expect(desk.directory["bill"] == nil && desk.registry["bill"] == nil)
        #expect(desk.registry.log == ["stage bill", "remove bill"])
    }

    @Test func `tokens of another client outlive a registry that fails after them`() async throws {
        try await make()
        desk.registry.fail("commit", Self.full)
        let changed = await patch("{\"client_secret\":\"s2\",\"refresh_token\":\"r2\"}")
        #expect(changed.status == 200, "\(changed.text)")
        #expect(desk.log.contains("keep bill"))
        #expect(desk.directory["bill"]?.connection.clientSecret?.reveal() == "s2")
        #expect(desk.registry["bill"]?["client_secret"] == .string("s"))
        let later = await restarted()
        #expect(later.directory["bill"]?.connection.clientSecret?.reveal() == "s2")
        #expect(later.registry["bill"]?["client_secret"] == .string("s2"))
    }

    @Test func `a change whose tokens work as before is put back, and they stay`() async throws {
        try await make()
        desk.registry.fail("commit", Self.full)
        let response = await patch("{\"label\":\"New\",\"refresh_token\":\"r2\"}")
        #expect(response.outcome == "503 vault")
        #expect(desk.log == ["try bill for -: r2 s", "keep bill", "replace bill", "replace bill"])
        #expect(desk.directory["bill"]?.connection.label == "bill")
        #expect(desk.registry.log == ["stage bill", "commit bill", "discard bill"])
    }

    @Test func `tokens that cannot be stored leave the old connection served`() async throws {
        try await make()
        desk.state.withLock {
            $0.refusal = .unavailable(code: "vault", message: "the disk is full")
            $0.refused = ["keep"]
        }
        let response = await patch("{\"client_secret\":\"s2\",\"refresh_token\":\"r2\"}")
        #expect(response.outcome == "503 vault")
        #expect(desk.directory["bill"]?.connection.clientSecret?.reveal() == "s")
        #expect(desk.registry["bill"]?["client_secret"] == .string("s"))
        #expect(desk.registry.log == ["stage bill", "discard bill"])
    }

    @Test func `what a crash cut off is undone where it brought nothing`() async throws {
        try await make()
        let members = try #require(desk.registry["bill"])
        let body = Self.body("other").replacing("\"s\"", with: "\"s2\"")
        try await make(body)
        let next = try #require(desk.registry["other"])
        desk.registry.state.withLock {
            $0.content.entries = [
                "half": .making(members), "gone": .deleting(.empty),
                "bill": .changing(members, next: next),
                "same": .changing(members, next: members),
            ]
        }
        let later = await restarted()
        #expect(
            later.registry.log == ["discard bill", "remove gone", "remove half", "discard same"]
        )
        #expect(later.directory["half"] == nil && later.directory["gone"] == nil)
        #expect(later.directory["bill"]?.connection.clientSecret?.reveal() == "s")
        #expect(later.directory["same"] != nil)
    }

    @Test func `what another process is at is left to it`() async throws {
        try await make()
        let members = try #require(desk.registry["bill"])
        let later = Desk()
        later.registry.state.withLock {
            $0.content.entries = [
                "made": .making(members), "gone": .deleting(members),
                "bill": .changing(members, next: .empty),
            ]
            $0.locked = ["made", "gone", "bill"]
        }
        await later.registrar().load()
        #expect(later.registry.log.isEmpty && later.log == ["insert bill"])
        #expect(later.directory["bill"]?.connection.clientSecret?.reveal() == "s")
        #expect(later.directory["made"] == nil && later.directory["gone"] == nil)
        for (method, path, body) in [
            ("POST", path, Self.body("made")), ("PATCH", path + "/bill", "{\"label\":\"x\"}"),
            ("DELETE", path + "/bill", ""),
        ] {
            #expect(await later.call(method, path, body).outcome == "409 busy")
        }
        #expect(later.registry.log.isEmpty && later.log == ["insert bill"])
        later.registry.state.withLock { $0.locked = [] }
        #expect(await later.call("DELETE", path + "/bill").status == 204)
        #expect(later.registry.state.withLock { $0.locked.isEmpty })
    }

    @Test func `what another process made is a name that is taken`() async throws {
        try await make()
        let members = try #require(desk.registry["bill"])
        let later = Desk()
        later.registry.state.withLock { $0.content.entries = ["bill": .settled(members)] }
        #expect(await later.call("POST", path, Self.body()).outcome == "409 name_taken")
        #expect(later.directory["bill"]?.source == .api && later.log == ["insert bill"])
        // One that died over it is no hindrance.
        later.registry.state.withLock { $0.content.entries["half"] = .making(members) }
        #expect(await later.call("POST", path, Self.body("half")).status == 201)
        #expect(later.registry.log == ["remove half", "stage half", "commit half"])
    }

    @Test func `a change is held against what another process has stored`() async throws {
        try await make()
        let before = try #require(desk.registry["bill"])
        let elsewhere = ConnectionMembers.empty.merged(with: before)
        let moved = "{\"token_uri\":\"https://b.test/token\",\"client_secret\":\"s2\"}"
        #expect(await patch(moved).status == 200)
        let after = try #require(desk.registry["bill"])
        // As another process has it that knows nothing of that.
        let other = Desk()
        other.registry.state.withLock { $0.content.entries = ["bill": .settled(elsewhere)] }
        await other.registrar().load()
        other.registry.state.withLock { $0.content.entries = ["bill": .settled(after)] }
        let back = "{\"token_uri\":\"https://idp.test/token\"}"
        let refused = await other.call("PATCH", path + "/bill", back)
        #expect(refused.text.contains("'client_secret' was entered for another host"))
        #expect(await other.call("PATCH", path + "/bill", "{\"label\":\"New\"}").status == 200)
        #expect(other.directory["bill"]?.connection.clientSecret?.reveal() == "s2")
        other.registry.state.withLock { $0.content.entries = ["bill": .deleting(after)] }
        let going = await other.call("PATCH", path + "/bill", "{\"label\":\"x\"}")
        #expect(going.outcome == "404 not_found" && !other.registry.log.contains("remove bill"))
        other.registry.state.withLock { $0.content.entries = [:] }
        let gone = await other.call("PATCH", path + "/bill", "{\"label\":\"x\"}")
        #expect(gone.outcome == "404 not_found")
    }

    @Test func `what was made is there after a restart, and the file's name wins`() async throws {
        try await make()
        let members = try #require(desk.registry["bill"])
        let later = Desk()
        later.registry.state.withLock {
            $0.content.entries = [
                "bill": .settled(members), "crm": .settled(members), "half": .making(.empty),
            ]
            $0.content.problems = ["lost": "it is no JSON"]
        }
        let registrar = later.registrar()
        await registrar.load()
        #expect(later.directory["bill"]?.source == .api)
        #expect(later.directory["crm"]?.source == .file)
        #expect(later.log == ["insert bill", "insert crm", "forget half"])
        #expect(later.registry.log == ["remove half"])
        #expect(later.logged.contains("warn the configuration file hides"))
        #expect(later.logged.contains("connection=lost reason=it is no JSON"))
    }
}
