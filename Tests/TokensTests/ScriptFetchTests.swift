import Config
import Credentials
import Crypto
import IO
import Support
import Testing
import Tokens

/// Rule 25 for what connectors' JavaScript fetches.
@Suite(
    .enabled(
        if: Program.environment("CI") == "true" || Program.path(of: "node") != nil,
        "node is not installed"
    )
)
struct ScriptFetchTests {
    /// A connection whose connector's `test` is a script, with more directives in its `api_client`.
    private func connection(
        testing script: String,
        api: String,
        in folder: TemporaryFolder
    ) throws -> ConnectionConfiguration {
        try Files.makeFolder(folder.file("auth"))
        try folder.write(
            "spec.yml",
            """
            auth:
              type: oauth2
              getOAuthConfig: {implementationType: mapping}
              makeApiClient: {implementationType: mapping}
              test: {implementationType: javascript}
            """
        )
        try folder.write(
            "auth/get-oauth-config.map.yml",
            """
            clientId: demo
            clientSecret: demo-secret
            authorizeUri: https://auth.example.com/authorize
            tokenUri: https://auth.example.com/token
            """
        )
        try folder.write("auth/make-api-client.map.yml", "baseUri: https://api.example.com")
        try folder.write("auth/test.js", "export default \(script)")
        let file = try folder.write(
            "proxy.conf",
            """
            listen 127.0.0.1:1;
            connection crm { connector \(folder.path); \(api) }
            """
        )
        let configuration = try Configuration.load(path: file, source: .system())
        return try #require(configuration.connections.first)
    }

    /// What the connection's test says where every name leads to this machine.
    private func test(
        _ script: String,
        _ directives: String = "",
        at stage: Stage
    ) async throws -> String {
        let folder = try TemporaryFolder()
        let connection = try connection(
            testing: script.replacing("PORT", with: "\(stage.provider.port)"),
            api: directives.replacing("PORT", with: "\(stage.provider.port)"),
            in: folder
        )
        let resolver = Resolver { _, port in
            SocketAddress(ip: "127.0.0.1", port: port).map { [$0] } ?? []
        }
        let service = try stage.service(connection, store: MemoryStore(), resolver: resolver)
        _ = try await service.importCredential(
            Stage.id,
            refreshToken: nil,
            accessToken: Secret("t0ken")
        )
        do {
            return try await service.test(Stage.id).message
        } catch {
            return "\(error)"
        }
    }

    private static let script = """
        async () => {
          const answer = await fetch('PLACE', { headers: { Authorization: 'Bearer none' } })
          if (answer.status !== 401) throw new Error(`${answer.status}`)
          return true
        }
        """

    @Test(arguments: [
        ("http://127.0.0.1:PORT/api/x", "", "allow_hosts does not name"),
        ("http://localhost:PORT/api/x", "", "allow_hosts does not name"),
        ("http://2130706433:PORT/api/x", "", "allow_hosts does not name the host '127.0.0.1'"),
        ("http://[::ffff:127.0.0.1]:PORT/api/x", "", "allow_hosts does not name"),
        ("http://127.0.0.1:PORT/api/x", "*.inner.test", "allow_hosts does not name"),
        ("http://a.inner.test:PORT/api/x", "*.inner.test", "must be https"),
        ("https://a.inner.test:PORT/api/x", "*.inner.test", "is at no public address"),
        ("ftp://a.inner.test/x", "a.inner.test", "fetch takes a whole http or https URL"),
        ("http://127.0.0.1:PORT/api/x", "127.0.0.1", "says that the connection works"),
        ("http://a.inner.test:PORT/api/x", "a.inner.test", "says that the connection works"),
    ])
    func `a script reaches what the file allows, at the addresses that it may`(
        place: String,
        allowed: String,
        expected: String
    ) async throws {
        try await Stage.play { stage in
            let script = Self.script.replacing("PLACE", with: place)
            let api = allowed.isEmpty ? "" : "api_client { allow_hosts \(allowed); }"
            let message = try await test(script, api, at: stage)
            #expect(message.contains(expected), "\(message)")
        }
    }

    @Test func `a script reaches the places that the file names itself`() async throws {
        try await Stage.play { stage in
            let script = Self.script.replacing("PLACE", with: "http://127.0.0.1:PORT/api/x")
            let own = try await test(script, "parameter a http://127.0.0.1:PORT/;", at: stage)
            #expect(own.contains("works"), "\(own)")
            let other = try await test(script, "parameter a http://127.0.0.1:1/;", at: stage)
            #expect(other.contains("allow_hosts does not name"), "\(other)")
        }
    }
}
