import Support

/// Glewlwyd, Debian's OAuth 2.0 server, with a client of its own and rotating one-use refresh
/// tokens, of which a scripted code flow has fetched the first.
final class Glewlwyd {
    let authorizeURI: String
    let tokenURI: String
    let revokeURI: String
    let clientID: String
    let clientSecret: String
    let refreshToken: String
    private let folder: TemporaryFolder
    private let process: ChildProcess
    let port: Int

    /// Starts it; its client may be sent to `redirect`, too.
    init(redirect: String? = nil) throws {
        let program = try Requirement.glewlwyd.installed()
        let python = try Requirement.python3.installed()
        let script = Fixture.path("glewlwyd.py")
        folder = try TemporaryFolder()
        port = try FreePort.next()
        try ChildProcess.run(python, [script, "prepare", folder.path, "\(port)"])
        process = try ChildProcess(program, ["-c", folder.file("glewlwyd.conf")])
        try Wait.until(process, listensOn: port)
        let lines = try ChildProcess.run(
            python,
            [script, "set-up", "\(port)"] + (redirect.map { [$0] } ?? [])
        )
        var values: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            values[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        func value(_ name: String) throws -> String {
            guard let value = values[name] else { throw TestFailure("no \(name) in \(lines)") }
            return value
        }
        authorizeURI = try value("authorize_uri")
        revokeURI = try value("revoke_uri")
        tokenURI = try value("token_uri")
        clientID = try value("client_id")
        clientSecret = try value("client_secret")
        refreshToken = try value("refresh_token")
    }

    /// Where it sends a browser that nobody is logged in with.
    var loginPage: String { "http://127.0.0.1:\(port)/login.html" }

    /// Logs the test's person in, as the script of its login page would.
    func logIn(_ browser: Browser) throws {
        let response = try HTTPProbe.fetch(
            "/api/auth/",
            method: "POST",
            port: port,
            fields: [("Content-Type", "application/json")],
            body: #"{"username":"person","password":"password"}"#
        )
        guard response.status == 200 else {
            throw TestFailure("\(response.status) \(response.text)")
        }
        for line in response.all("Set-Cookie") {
            browser.keep(line, from: try WebAddress(loginPage))
        }
    }

    /// Makes a client that proves itself by signing; answers the file with its private key.
    func addSigner(
        _ name: String,
        _ algorithm: String,
        key: String,
        publicKey: String
    ) throws -> String {
        let file = try folder.write("\(name).pub", publicKey)
        let python = try Requirement.python3.installed()
        let script = Fixture.path("glewlwyd.py")
        try ChildProcess.run(python, [script, "add-signer", "\(port)", name, file, algorithm])
        return try folder.write("\(name).key", key)
    }

    /// Whether it says that an access token is good (RFC 7662).
    func isActive(_ token: String) throws -> Bool {
        let response = try HTTPProbe.fetch(
            "/api/oidc/introspect",
            method: "POST",
            port: port,
            fields: [
                ("Authorization", "Basic " + Base64Text.encode("\(clientID):\(clientSecret)")),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            body: "token=\(token)"
        )
        return response.status == 200 && response.text.contains("\"active\":true")
    }
}
