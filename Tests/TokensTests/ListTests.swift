import Config
import Credentials
import Crypto
import Synchronization
import Support
import Testing
import Time
import Tokens

/// Listing where tenants stand, page by page, while records stay closed and things change.
@Suite struct ListTests {
    /// A service whose connections `crm` and `shop` have tenants, and the store behind it.
    private static func play(
        tenants: [String],
        _ body: @Sendable (TokenService, MemoryStore) async throws -> Void
    ) async throws {
        try await Stage.play { stage in
            let crm = stage.connection()
            let shop = stage.connection { $0.name = "shop" }
            var records: [CredentialID: Credential] = [:]
            for connection in [crm, shop] {
                for tenant in tenants {
                    let id = CredentialID(connection: connection.name, tenant: tenant)
                    records[id] = stage.stored(connection, refreshToken: "r", id: id)
                }
            }
            let store = MemoryStore(records)
            try await body(try stage.service(crm, shop, store: store), store)
        }
    }

    /// The names on a page, and where the next one begins.
    private static func page(
        _ service: TokenService,
        tenant: String? = nil,
        state: ConnectionState? = nil,
        limit: Int,
        after cursor: String? = nil
    ) async throws -> (names: [String], next: String?) {
        let page = try await service.states(
            tenant: tenant,
            state: state,
            limit: limit,
            after: cursor
        )
        return (page.states.map(\.id.description), page.next)
    }

    /// All pages, one after another.
    private static func all(
        _ service: TokenService,
        tenant: String? = nil,
        state: ConnectionState? = nil,
        limit: Int
    ) async throws -> (names: [String], pages: Int) {
        var names: [String] = []
        var pages = 0
        var cursor: String?
        repeat {
            let page = try await page(
                service,
                tenant: tenant,
                state: state,
                limit: limit,
                after: cursor
            )
            #expect(page.names.count <= limit)
            names += page.names
            cursor = page.next
            pages += 1
        } while cursor != nil && pages < 100
        return (names, pages)
    }

    private static let tenants = ["b", "a", "ü/1", "10", "9"]
    private static let wanted = ["crm", "shop"].flatMap { name in
        [name] + ["10", "9", "a", "b", "ü/1"].map { "\(name)/\($0)" }
    }

    @Test(arguments: [1, 2, 5, 6, 7, 11, 12, 1000])
    func `pages hold all, in order and once`(limit: Int) async throws {
        try await Self.play(tenants: Self.tenants) { service, _ in
            let all = try await Self.all(service, limit: limit)
            #expect(all.names == Self.wanted)
            #expect(all.pages == (Self.wanted.count + limit - 1) / limit)
        }
    }

    @Test func `a tenant or a state is picked out of all`() async throws {
        try await Self.play(tenants: Self.tenants) { service, _ in
            #expect(
                try await Self.all(service, tenant: "a", limit: 1).names == ["crm/a", "shop/a"]
            )
            #expect(try await Self.all(service, tenant: "x", limit: 1).names == [])
            let never = try await Self.all(service, state: .neverConnected, limit: 1)
            #expect(never.names == ["crm", "shop"])
            let id = CredentialID(connection: "shop", tenant: "9")
            _ = try await service.revoke(id)
            #expect(try await Self.all(service, state: .revoked, limit: 3).names == ["shop/9"])
            let connected = try await Self.all(service, state: .connected, limit: 3)
            #expect(connected.names == Self.wanted.filter { $0.contains("/") && $0 != "shop/9" })
            #expect(try await Self.all(service, tenant: "9", state: .revoked, limit: 9).pages == 1)
        }
    }

    @Test func `a page opens its own records alone`() async throws {
        let tenants = (100..<300).map { "t\($0)" }
        try await Self.play(tenants: tenants) { service, store in
            await service.survey()
            let before = store.log.count
            let page = try await Self.page(service, limit: 3, after: nil)
            #expect(page.names == ["crm", "crm/t100", "crm/t101"])
            let later = try await Self.page(service, limit: 3, after: page.next)
            #expect(later.names == ["crm/t102", "crm/t103", "crm/t104"])
            #expect(store.log.dropFirst(before).count { $0 != "list" } <= 2 * 4)
        }
    }

    @Test func `changes between two pages repeat nothing and leave nothing out`() async throws {
        try await Self.play(tenants: ["a", "c", "e"]) { service, _ in
            let first = try await Self.page(service, limit: 3)
            #expect(first.names == ["crm", "crm/a", "crm/c"])
            for tenant in ["b", "d"] {
                _ = try await service.importCredential(
                    CredentialID(connection: "crm", tenant: tenant),
                    refreshToken: nil,
                    accessToken: Secret("imported")
                )
            }
            // The very one behind which the next page begins goes as well.
            _ = try await service.delete(CredentialID(connection: "crm", tenant: "c"))
            let second = try await Self.page(service, limit: 2, after: first.next)
            #expect(second.names == ["crm/d", "crm/e"])
            let again = try await Self.all(service, limit: 9)
            #expect(again.names.prefix(5) == ["crm", "crm/a", "crm/b", "crm/d", "crm/e"])
        }
    }

    @Test func `what another process stores and removes is listed`() async throws {
        try await Self.play(tenants: ["a", "b"]) { service, store in
            #expect(try await Self.all(service, tenant: "a", limit: 9).names.count == 2)
            let gone = CredentialID(connection: "crm", tenant: "a")
            let new = CredentialID(connection: "crm", tenant: "new")
            let changed = CredentialID(connection: "crm", tenant: "b")
            // In memory here, and changed there.
            _ = await service.token(for: changed, until: .far)
            store.state.withLock { state in
                state.records[new] = state.records[gone]
                state.records[gone] = nil
                state.records[changed]?.status = .revoked
                state.records[changed]?.generation += 1
            }
            // Looks follow each other with a pause of ten times their length.
            var names: [String] = []
            for _ in 0..<100_000 where !names.contains("crm/new") {
                names = try await Self.all(service, limit: 9).names
            }
            #expect(names == ["crm", "crm/b", "crm/new", "shop", "shop/a", "shop/b"])
            #expect(try await Self.all(service, state: .revoked, limit: 9).names == ["crm/b"])
        }
    }

    @Test func `a list is not kept waiting for the first look at a large store`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let id = CredentialID(connection: "crm", tenant: "a")
            let stored = stage.stored(connection, refreshToken: "r", id: id)
            let gate = Gate()
            let store = MemoryStore([id: stored], openGate: gate)
            let service = try stage.service(connection, store: store)
            let early = try await service.states(limit: 9)
            #expect(early.states.map(\.id.description) == ["crm"])
            #expect(!early.isWhole && early.next == nil)
            // One that is asked for by name need not be counted.
            let named = try await service.states(tenant: "a", limit: 9)
            #expect(named.states.map(\.id.description) == ["crm/a"] && named.isWhole)
            let nobody = try await service.states(tenant: "b", limit: 9)
            #expect(nobody.states.isEmpty && nobody.isWhole)
            gate.open()
            await service.survey()
            let later = try await service.states(limit: 9)
            #expect(later.states.map(\.id.description) == ["crm", "crm/a"] && later.isWhole)
        }
    }

    @Test(arguments: ["", "!", "AA==", "_w", "/"])
    func `a cursor that no page gave is refused`(cursor: String) async throws {
        try await Self.play(tenants: []) { service, _ in
            await #expect(throws: CredentialRefusal.self) {
                _ = try await service.states(limit: 1, after: cursor)
            }
        }
    }

    @Test func `a new client in the file clears what was refused, in lists too`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let id = CredentialID(connection: "crm", tenant: "a")
            var stored = stage.stored(connection, refreshToken: "r", id: id)
            stored.status = .needsAuthorization
            let service = try stage.service(connection, store: MemoryStore([id: stored]))
            let before = try await Self.all(service, state: .needsAuthorization, limit: 9)
            #expect(before.names == ["crm/a"])
            await service.reconfigure([stage.connection { $0.clientSecret = Secret("new") }])
            #expect(try await Self.all(service, state: .needsAuthorization, limit: 9).names == [])
            #expect(try await Self.all(service, state: .connected, limit: 9).names == ["crm/a"])
            await service.reconfigure([])
            #expect(try await Self.all(service, limit: 9).names == [])
            await service.reconfigure([stage.connection()])
            #expect(try await Self.all(service, limit: 9).names == ["crm", "crm/a"])
        }
    }

    @Test func `a thousand tenants follow a change before it is over`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            var records: [CredentialID: Credential] = [:]
            for number in 0..<1000 {
                let id = CredentialID(connection: "crm", tenant: "t\(number)")
                records[id] = stage.stored(connection, refreshToken: "r", id: id)
            }
            let service = try stage.service(connection, store: MemoryStore(records))
            for id in records.keys {
                #expect(await service.token(for: id, until: .far).word == "hit 1")
            }
            let slots = records.keys.map { service.slot(for: $0) }
            await service.reconfigure([stage.connection { $0.label = "Another" }])
            #expect(slots.allSatisfy { $0.read()?.generation == 1 })
            // A changed client makes every token be asked for again.
            await service.reconfigure([stage.connection { $0.clientSecret = Secret("new") }])
            #expect(slots.allSatisfy { $0.read() != nil && $0.read()?.accessToken == nil })
            await service.reconfigure([])
            #expect(slots.allSatisfy { $0.read() == nil })
        }
    }
}
