import Config
import Credentials
import Crypto
import Support
import Synchronization
import Testing
import Time
import Tokens

/// Rules 1 to 5, 7 and 8: who waits, for what, and how long.
@Suite struct WaitingTests {
    @Test func `ten thousand requests at the moment of expiry cost one token call`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(#"{"delay_ms":100}"#)
            let answers = await inParallel(10_000) {
                await service.token(for: Stage.id, until: .far)
            }
            #expect(Set(answers.map(\.token)).count == 1)
            #expect(answers.first?.token == store[Stage.id]?.accessToken?.reveal())
            // Nobody is forgotten and rescued by a deadline, which would be "stale".
            #expect(Set(answers.map(\.word)).isSubset(of: ["wait 2", "hit 2"]))
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `a person's refresh does not join what was asked for before`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(#"{"delay_ms":300}"#)
            async let early = service.token(for: Stage.id, until: .far)
            while try await stage.provider.calls() == 0 { await Task.yield() }
            let state = try await service.refresh(Stage.id)
            #expect(await early.word == "wait 2")
            #expect(state.generation == 3)
            #expect(try await stage.provider.calls() == 2)
        }
    }

    @Test func `a token endpoint that says nothing is a time-out, and then a pause`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection { $0.tokens.requestTimeout = .milliseconds(100) }
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(#"{"delay_ms":5000}"#)
            #expect(await service.token(for: Stage.id, until: .far).word == "timed out")
            #expect(await service.token(for: Stage.id, until: .far).word == "unavailable")
        }
    }

    @Test func `a good token is used without a call`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let service = try stage.service(connection, store: store)
            #expect(await service.token(for: Stage.id, until: .far).word == "hit 1")
            #expect(service.slot(for: Stage.id).read()?.generation == 1)
            #expect(try await stage.provider.calls() == 0)
        }
    }

    @Test func `in the buffer a failed refresh leaves the valid token`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.inBuffer)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(#"{"status":503,"times":100}"#)
            for _ in 0..<100 {
                #expect(await service.token(for: Stage.id, until: .far).word == "stale 1")
            }
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `in the buffer a slow refresh is waited for a while only, and goes on`()
        async throws
    {
        try await Stage.play { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = stage.connection {
                $0.tokenURI = endpoint.uri
                $0.tokens.refreshWait = .milliseconds(20)
            }
            let store = try await stage.storeWithFamily(connection, age: Age.inBuffer)
            let service = try stage.service(connection, store: store)
            #expect(await service.token(for: Stage.id, until: .far).word == "stale 1")
            await endpoint.release()
            #expect(await service.stop(until: .far))
            #expect(service.slot(for: Stage.id).read()?.generation == 2)
        }
    }

    @Test func `with an expired token and the provider down nobody calls in a hot loop`()
        async throws
    {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(#"{"fault":"close","times":1000}"#)
            let answers = await inParallel(500) {
                await service.token(for: Stage.id, until: .far)
            }
            for answer in answers {
                guard case .unavailable(let pause, _) = answer else {
                    Issue.record("\(answer.word)")
                    continue
                }
                #expect(pause >= .seconds(1))
            }
            #expect(await service.token(for: Stage.id, until: .far).word == "unavailable")
            #expect(try await stage.provider.calls() == 1)
            let state = try await service.state(of: Stage.id)
            #expect(state.state == .retrying)
            #expect(state.lastError?.code == "token_endpoint")
        }
    }

    @Test func `a wait that ends with its own deadline leaves the others waiting`() async throws {
        try await Stage.play { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = stage.connection { $0.tokenURI = endpoint.uri }
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            async let patient = service.token(for: Stage.id, until: .far)
            let hurried = await service.token(for: Stage.id, until: .now + .milliseconds(10))
            #expect(hurried.word == "timed out")
            await endpoint.release()
            #expect(await patient.word == "wait 2")
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `the timer refreshes what is in use, and leaves alone what is idle`() async throws {
        try await Stage.play { stage in
            let busy = stage.connection()
            let idle = stage.connection { $0.name = "idle" }
            let store = try await stage.storeWithFamily(busy, age: Age.inBuffer)
            let id = CredentialID(connection: "idle")
            let token = try await stage.provider.grant()
            store.state.withLock {
                $0.records[id] = stage.stored(idle, age: Age.inBuffer, refreshToken: token)
            }
            let service = try stage.service(busy, idle, store: store)
            service.slot(for: Stage.id).noteUse(at: .now)
            let refreshed = await Changes(of: service).first {
                $0.generation == 2
            } while: {
                #expect(await service.preload().isEmpty)
            }
            #expect(refreshed?.id == Stage.id)
            #expect(await service.stop(until: .far))
            #expect(service.slot(for: id).read()?.generation == 1)
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `keep_alive refreshes an idle connection, and a tenant that nobody asked for`()
        async throws
    {
        try await Stage.play { stage in
            let connection = stage.connection { $0.tokens.keepAlive = .seconds(5) }
            let tenant = CredentialID(connection: "crm", tenant: "acme")
            let token = try await stage.provider.grant()
            let store = MemoryStore([
                tenant: stage.stored(connection, age: Age.good, refreshToken: token, id: tenant)
            ])
            let service = try stage.service(connection, store: store)
            let refreshed = await Changes(of: service).first {
                $0.generation == 2
            } while: {
                await service.survey()
            }
            #expect(refreshed?.id == tenant)
        }
    }

    @Test func `an unknown connection is a matter of the configuration`() async throws {
        try await Stage.play { stage in
            let service = try stage.service(stage.connection(), store: MemoryStore())
            let id = CredentialID(connection: "nobody")
            #expect(await service.token(for: id, until: .far).word == "person: configuration")
            let rejected = await service.rejected(
                id,
                generation: 1,
                mayReplay: true,
                until: .far
            )
            #expect(rejected.word == "pass")
            await #expect(throws: CredentialRefusal.unknownConnection("nobody")) {
                try await service.refresh(id)
            }
        }
    }

    @Test func `a disk that hangs holds up its own requests only, and only to their deadlines`()
        async throws
    {
        try await Stage.play { stage in
            let slow = stage.connection(.clientCredentials) { $0.name = "slow" }
            let quick = stage.connection(.clientCredentials)
            let gate = Gate()
            let store = MemoryStore(loading: { if $0.connection == "slow" { gate.pass() } })
            let service = try stage.service(slow, quick, store: store)
            let id = CredentialID(connection: "slow")
            async let patient = service.token(for: id, until: .far)
            let hurried = await service.token(for: id, until: .now + .milliseconds(10))
            #expect(hurried.word == "timed out")
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 1")
            gate.open()
            #expect(await patient.word == "wait 1")
        }
    }
}
