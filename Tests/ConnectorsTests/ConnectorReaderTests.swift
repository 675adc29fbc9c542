import Connectors
import Testing

@Suite struct ConnectorReaderTests {
    /// The spec of the seeds, with every function.
    private static let spec = """
        auth:
          type: oauth2

          # Required functions
          getOAuthConfig:
            implementationType: mapping
          makeApiClient:
            implementationType: mapping
          test:
            implementationType: javascript

          # Optional functions
          getTokenData:
            implementationType: javascript
          getCredentialsFromAccessTokenResponse:
            implementationType: javascript
          getCredentialsFromRefreshTokenResponse:
            implementationType: javascript
          refreshCredentials:
            implementationType: javascript
        """

    private static let files = [
        "c/spec.yml": spec,
        "c/auth/get-oauth-config.map.yml": "clientId:\n  $var: connectorParameters.clientId\n",
        "c/auth/make-api-client.map.yml": "args:\n  baseUri: https://api.example.com\n",
        "c/auth/test.js": "", "c/auth/get-token-data.js": "",
        "c/auth/get-credentials-from-access-token-response.js": "",
        "c/auth/get-credentials-from-refresh-token-response.js": "",
        "c/auth/refresh-credentials.js": "",
    ]

    private static let small = """
        auth:
          type: oauth2
          getOAuthConfig: {implementationType: mapping}
          makeApiClient: {implementationType: mapping}
        """

    private func read(
        _ changes: [String: String?]
    ) -> Result<Connector, ConnectorProblem.List> {
        var files = Self.files
        for (name, text) in changes { files["c/\(name)"] = text }
        return ConnectorReader.read("c") { path in
            files[path].map { .success(Array($0.utf8)) }
                ?? .failure(ConnectorProblem.Unreadable("there is no such file"))
        }
    }

    private func problems(_ changes: [String: String?]) -> [String] {
        switch read(changes) {
        case .success: []
        case .failure(let list):
            list.problems.map { "\($0.file):\($0.place?.description ?? "") \($0.message)" }
        }
    }

    @Test func `A connector of the seeds is read whole`() throws {
        let connector = try read([:]).get()
        #expect(connector.extraction == .getCredentialsFromAccessTokenResponse)
        #expect(connector.hasJavaScript)
        guard case .mapping = connector[.getOAuthConfig],
            case .javascript(let file) = connector[.test]
        else {
            Issue.record("the functions are not as written")
            return
        }
        #expect(file == "c/auth/test.js")
    }

    @Test func `The other name of the extraction counts`() throws {
        let spec =
            Self.small + "\n  getCredentialsFromTokenResponse: {implementationType: javascript}"
        let connector = try read([
            "spec.yml": spec, "auth/get-credentials-from-token-response.js": "",
        ]).get()
        #expect(connector.extraction == .getCredentialsFromTokenResponse)
    }

    @Test func `A connector of mappings needs no node`() throws {
        let connector = try read(["spec.yml": "name: x\n\(Self.small)\nactions: [1]"]).get()
        #expect(!connector.hasJavaScript)
        #expect(connector[.test] == nil)
    }

    @Test(arguments: [
        ("", "c/spec.yml:1:1 a connector's spec must be"),
        ("name: x", "c/spec.yml:1:1 there is no 'auth'"),
        ("auth:", "c/spec.yml:1:6 'auth' must hold"),
        ("auth: {type: basic}", "c/spec.yml:1:14 'type' must be oauth2"),
        ("auth:\n  getOAuthConfig: {}", "c/spec.yml:1:1 'auth' has no 'type: oauth2'"),
        ("auth:\n  type: oauth2", "c/spec.yml:1:1 'auth' has no 'getOAuthConfig'"),
        ("\(small)\n  getToken: {}", "c/spec.yml:5:3 'getToken' is no function"),
        ("\(small)\n  test: mapping", "c/spec.yml:5:9 'test' has no"),
        ("\(small)\n  test: {}", "c/spec.yml:5:9 'test' has no"),
        ("\(small)\n  test: {implementationType: mapping}", "c/spec.yml:5:30 'test' must be"),
        ("\(small)\n  test: {implementationType: rest}", "c/spec.yml:5:30 this must be mapping"),
        (
            "\(small)\n  test: {implementationType: javascript, file: x}",
            "c/spec.yml:5:42 'file' is unknown"
        ),
        ("auth: &a {}", "c/spec.yml:1:7 anchors"),
    ])
    func `What is wrong in a spec has its place`(spec: String, problem: String) {
        let found = problems(["spec.yml": spec])
        #expect(found.contains { $0.hasPrefix(problem) }, "\(found)")
    }

    @Test func `A missing file is named where it is asked for`() {
        #expect(
            problems(["auth/test.js": nil, "auth/make-api-client.map.yml": nil]) == [
                "c/auth/make-api-client.map.yml: there is no such file",
                """
                c/spec.yml:10:25 'test' wants the file c/auth/test.js: there is no such file
                """,
            ]
        )
    }

    @Test func `Both names of the extraction are one too many`() {
        let spec =
            Self.spec + "\n  getCredentialsFromTokenResponse:\n    implementationType: javascript"
        let found = problems([
            "spec.yml": spec, "auth/get-credentials-from-token-response.js": "",
        ])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("c/spec.yml:15:3 ") == true)
    }

    @Test func `What is wrong in a mapping has its place`() {
        let found = problems(["auth/get-oauth-config.map.yml": "clientId:\n  $vor: x"])
        #expect(
            found == [
                """
                c/auth/get-oauth-config.map.yml:2:3 '$vor' is unknown; '$var' and '$concat' are \
                supported
                """
            ]
        )
        #expect(!problems(["auth/make-api-client.map.yml": "just text"]).isEmpty)
    }
}
