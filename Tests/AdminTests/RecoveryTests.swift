import Admin
import Config
import Credentials
import HTTP
import Registry
import Synchronization
import Testing
import Tokens

/// Changes whose tokens must not be used under the connection as it was, cut off at each step.
@Suite struct RecoveryTests {
    private let desk = Desk()
    private let path = "/api/v1/connections"
    private static let bill = CredentialID(connection: "bill")
    private static let moved = """
        {"refresh_uri":"https://b.test/token","client_secret":"s","refresh_token":"r2"}
        """
    private static let down = CredentialRefusal.unavailable(code: "vault", message: "disk full")

    private func make() async throws {
        let body = """
            {"name":"bill","grant":"refresh_token","token_uri":"https://idp.test/token",\
            "client_id":"c","client_secret":"s","base_uri":"https://api.test","refresh_token":"r"}
            """
        let made = await desk.call("POST", path, body)
        try #require(made.status == 201, "\(made.text)")
        desk.state.withLock { $0.log = [] }
        desk.registry.state.withLock { $0.log = [] }
    }

    private func patch(_ body: String) async -> Response {
        await desk.call("PATCH", path + "/bill", body)
    }

    /// A process that starts on one entry of the registry, with the tokens that are stored.
    private func start(_ entry: RegistryEntry?, _ stored: [CredentialID: Int]) async -> Desk {
        let later = Desk()
        later.registry.state.withLock { $0.content.entries["bill"] = entry }
        let client = desk.state.withLock { $0.stored[Self.bill]?.client }
        later.state.withLock { state in
            guard let client else { return }
            state.stored = stored.mapValues { Desk.Stored(generation: $0, client: client) }
        }
        await later.registrar().load()
        return later
    }

    /// The old members of `bill`, and those that the move makes of them.
    private func move() async throws -> (old: ConnectionMembers, new: ConnectionMembers) {
        try await make()
        let old = try #require(desk.registry["bill"])
        #expect(await patch(Self.moved).status == 200)
        return (old, try #require(desk.registry["bill"]))
    }

    private func refreshURI(_ desk: Desk) -> String? {
        desk.directory["bill"]?.connection.refreshURI?.source
    }

    @Test func `tokens of a move outlive a registry that fails after them`() async throws {
        try await make()
        desk.registry.fail("commit", .full(path: "/registry"))
        let response = await patch(Self.moved)
        #expect(response.status == 200, "\(response.text)")
        let done = ["keep bill alone", "disown bill but bill", "replace bill", "show bill"]
        #expect(desk.log == ["try bill for -: r2 s"] + done)
        #expect(refreshURI(desk) == "https://b.test/token")
        let entry = desk.registry.state.withLock { $0.content.entries["bill"] }
        let later = await start(entry, [Self.bill: 2])
        #expect(later.log == ["look for bill", "disown bill but bill", "insert bill"])
        #expect(refreshURI(later) == "https://b.test/token")
        #expect(later.registry.log == ["commit bill"])
    }

    @Test(
        arguments: [
            ([:], false), ([nil: 9], false), (["a": 4], false), (["b": 9], false),
            (["a": 5], true),
        ] as [([String?: Int], Bool)]
    )
    func `only newer tokens of its own account say that a change was done`(
        stored: [String?: Int],
        isDone: Bool
    ) async throws {
        let (old, new) = try await move()
        let expected = ExpectedTokens(tenant: "a", generation: 4)
        let ids = stored.map { (CredentialID(connection: "bill", tenant: $0.key), $0.value) }
        let generations = Dictionary(uniqueKeysWithValues: ids)
        let changed = await start(.changing(old, next: new, bringing: expected), generations)
        #expect(refreshURI(changed) == (isDone ? "https://b.test/token" : nil))
        #expect(changed.directory["bill"] != nil)
        #expect(changed.registry.log == [isDone ? "commit bill" : "discard bill"])
        let made = await start(.making(new, bringing: expected), generations)
        #expect((made.directory["bill"] != nil) == isDone)
        #expect(made.registry.log == [isDone ? "commit bill" : "remove bill"])
    }

    @Test func `what nobody knows of stays as it is, and is told`() async throws {
        let (old, new) = try await move()
        let expected = ExpectedTokens(tenant: nil, generation: 0)
        let entries: [RegistryEntry] = [
            .changing(old, next: new, bringing: expected), .making(new, bringing: expected),
        ]
        for entry in entries {
            for refused in ["look for", "disown", "forget"] {
                let later = Desk()
                later.registry.state.withLock { $0.content.entries["bill"] = entry }
                later.state.withLock { state in
                    state.refusal = Self.down
                    state.refused = [refused]
                    guard refused == "disown" else { return }
                    state.stored = desk.state.withLock(\.stored)
                }
                await later.registrar().load()
                let isEasy =
                    switch entry {
                    case .changing: refused == "forget"
                    default: refused == "disown"
                    }
                #expect((later.directory["bill"] != nil) == isEasy, "\(refused)")
                guard !isEasy else { continue }
                #expect(later.registry.log.isEmpty)
                #expect(later.registry.state.withLock { $0.content.entries["bill"] } == entry)
                #expect(later.logged.contains("connection=bill reason=disk full"))
                later.state.withLock { $0.refusal = nil }
                #expect(await later.call("DELETE", path + "/bill").status == 204)
            }
        }
    }

    @Test func `a cut off change of the same client is undone after the old is served`()
        async throws
    {
        try await make()
        let members = try #require(desk.registry["bill"])
        let next = members.merged(with: ConnectionMembers.empty)
        let expected = ExpectedTokens(tenant: nil, generation: 0)
        let entry = RegistryEntry.changing(members, next: next, bringing: expected)
        let later = await start(entry, [Self.bill: 1])
        #expect(later.log == ["insert bill"] && later.registry.log == ["discard bill"])
        #expect(later.registry.state.withLock { $0.content.entries["bill"] } == .settled(members))
    }

    @Test func `tokens are taken back where the rest of a move fails`() async throws {
        try await make()
        desk.state.withLock { ($0.refusal, $0.refused) = (Self.down, ["disown"]) }
        #expect(await patch(Self.moved).outcome == "503 vault")
        let tried = ["try bill for -: r2 s", "keep bill alone", "disown bill but bill"]
        #expect(desk.log == tried + ["take back bill"])
        #expect(desk.registry.log == ["stage bill", "discard bill"])
        #expect(refreshURI(desk) == nil && desk.directory["bill"] != nil)
        #expect(desk.state.withLock { $0.held.isEmpty })
    }

    @Test func `tokens that cannot be taken back are not served under the old`() async throws {
        try await make()
        desk.state.withLock { ($0.refusal, $0.refused) = (Self.down, ["disown", "take back"]) }
        #expect(await patch(Self.moved).outcome == "503 vault")
        #expect(desk.directory["bill"] == nil && desk.log.last == "remove bill")
        #expect(desk.registry.log == ["stage bill"])
        #expect(desk.logged.contains("connection=bill reason=disk full"))
        let entry = desk.registry.state.withLock { $0.content.entries["bill"] }
        let later = await start(entry, [Self.bill: 2])
        #expect(later.log == ["look for bill", "disown bill but bill", "insert bill"])
        #expect(refreshURI(later) == "https://b.test/token")
    }
}
