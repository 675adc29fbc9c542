import Support

/// Glewlwyd, Debian's OAuth 2.0 server, with a client of its own and rotating one-use refresh
/// tokens, of which a scripted code flow has fetched the first.
final class Glewlwyd {
    let tokenURI: String
    let clientID: String
    let clientSecret: String
    let refreshToken: String
    private let folder: TemporaryFolder
    private let process: ChildProcess
    private let port: Int

    init() throws {
        let program = try Requirement.glewlwyd.installed()
        let python = try Requirement.python3.installed()
        let script = Fixture.path("glewlwyd.py")
        folder = try TemporaryFolder()
        port = try FreePort.next()
        try ChildProcess.run(python, [script, "prepare", folder.path, "\(port)"])
        process = try ChildProcess(program, ["-c", folder.file("glewlwyd.conf")])
        try Wait.until(process, listensOn: port)
        let lines = try ChildProcess.run(python, [script, "set-up", "\(port)"])
        var values: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            values[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        func value(_ name: String) throws -> String {
            guard let value = values[name] else { throw TestFailure("no \(name) in \(lines)") }
            return value
        }
        tokenURI = try value("token_uri")
        clientID = try value("client_id")
        clientSecret = try value("client_secret")
        refreshToken = try value("refresh_token")
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
