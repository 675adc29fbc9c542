import Config
import Credentials
import Crypto
import Synchronization
import Testing
import Tokens

/// Connections that come, change and go while requests are served.
@Suite struct DirectoryTests {
    @Test func `a connection made through the API has a token at once`() async throws {
        try await Stage.play { stage in
            let service = try stage.service(store: MemoryStore())
            let before = await service.token(for: Stage.id, until: .far)
            #expect(before.word == "person: configuration")
            try await service.insert(stage.connection(.clientCredentials))
            #expect(service.directory["crm"]?.source == .api)
            #expect(await service.token(for: Stage.id, until: .far).token != nil)
        }
    }

    @Test func `a removed one has none, and one of its name begins anew`() async throws {
        try await Stage.play { stage in
            let store = MemoryStore()
            let service = try stage.service(store: store)
            try await service.insert(stage.connection(.clientCredentials))
            let slot = service.slot(for: Stage.id)
            let first = await service.token(for: Stage.id, until: .far)
            #expect(slot.read() != nil)
            try await service.remove("crm")
            #expect(service.directory["crm"] == nil)
            #expect(slot.read() == nil)
            let gone = await service.token(for: Stage.id, until: .far)
            #expect(gone.word == "person: configuration")
            try await service.forget(stage.connection(.clientCredentials))
            #expect(store.state.withLock { $0.records.isEmpty })
            try await service.insert(stage.connection(.clientCredentials))
            let second = await service.token(for: Stage.id, until: .far)
            #expect(second.token != nil && second.token != first.token)
        }
    }

    @Test func `a changed client counts at once, and a mere label costs no token`() async throws {
        try await Stage.play { stage in
            let service = try stage.service(store: MemoryStore())
            let wrong = stage.connection(.clientCredentials) { $0.clientSecret = Secret("wrong") }
            try await service.insert(wrong)
            let refused = await service.token(for: Stage.id, until: .far)
            #expect(refused.word == "person: configuration")
            let right = stage.connection(.clientCredentials)
            try await service.replace(right)
            let answer = await service.token(for: Stage.id, until: .far)
            #expect(answer.token != nil, "\(answer.word)")
            var labelled = right
            labelled.label = "Another label"
            try await service.replace(labelled)
            let slot = service.slot(for: Stage.id)
            #expect(slot.read()?.accessToken?.reveal() == answer.token)
        }
    }

    @Test func `what the file defines is not changed`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection(.clientCredentials)
            let service = try stage.service(connection, store: MemoryStore())
            let token = await service.token(for: Stage.id, until: .far).token
            #expect(token != nil)
            await #expect(throws: ConnectionDirectory.Refusal.taken(by: .file)) {
                try await service.insert(connection)
            }
            await #expect(throws: ConnectionDirectory.Refusal.definedInFile) {
                try await service.replace(connection)
            }
            await #expect(throws: ConnectionDirectory.Refusal.definedInFile) {
                try await service.remove("crm")
            }
            #expect(service.slot(for: Stage.id).read()?.accessToken?.reveal() == token)
        }
    }
}
