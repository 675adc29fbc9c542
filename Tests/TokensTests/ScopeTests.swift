import Config
import Credentials
import Testing
import Tokens

/// Scopes that are granted otherwise than asked for: used, shown, and told once.
@Suite struct ScopeTests {
    @Test(arguments: [
        ("read", ["write"], [] as [String]), ("write read", [], []),
        ("read write admin", [], ["admin"]), ("admin", ["read", "write"], ["admin"]),
    ])
    func `a difference is shown, and logged once`(
        granted: String,
        missing: [String],
        extra: [String]
    ) async throws {
        try await Stage.play { stage in
            let connection = stage.connection(.clientCredentials) { $0.scopes = ["read", "write"] }
            let log = Transcript()
            let service = try stage.service(
                connection,
                store: MemoryStore(),
                logger: log.logger
            )
            let reply = #"{"access_token":"a","expires_in":3600,"scope":"\#(granted)"}"#
            try await stage.provider.script(#"{"status":200,"body":\#(reply),"times":2}"#)
            #expect(await service.token(for: Stage.id, until: .far).token == "a")
            #expect(try await service.refresh(Stage.id).generation == 2)
            let state = try await service.state(of: Stage.id)
            #expect(state.state == .connected)
            #expect(state.scopeDifference.missing == missing)
            #expect(state.scopeDifference.extra == extra)
            let narrower = log.text.ranges(of: "did not grant all scopes").count
            let wider = log.text.ranges(of: "scopes that were not asked for").count
            #expect(narrower == (missing.isEmpty ? 0 : 1))
            #expect(wider == (extra.isEmpty ? 0 : 1))
            if !extra.isEmpty { #expect(log.text.contains(#""scopes":"admin""#)) }
        }
    }
}
