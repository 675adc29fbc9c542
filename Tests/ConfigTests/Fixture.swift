import Config

/// Configurations in memory, with an environment that all tests share.
enum Fixture {
    static let environment = [
        "CRM_SECRET": "s3cret", "API_KEY": "key", "REFRESH": "first", "OLD_KEY": "old",
        "ADMIN": "admin", "EMPTY": "", "BRACES": "{{access_token}}", "BREAK": "a\r\nb: c",
        "CREDENTIALS_DIRECTORY": "/run/credentials",
    ]

    static let files = [
        "/run/credentials/vault_key": "key\n",
        "/etc/attache/tls/key.pem": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
        "/etc/attache/secret": "from a file\n",
    ]

    /// Loads a text as `proxy.conf`, beside other files.
    static func load(
        _ text: String,
        files: [String: String] = [:],
        modes: [String: UInt32] = [:],
        environment: [String: String] = [:],
        everything: Bool = false
    ) throws(ConfigErrors) -> Configuration {
        var all = Fixture.files.merging(files) { $1 }
        all["/etc/attache/proxy.conf"] = text
        return try Configuration.load(
            path: "proxy.conf",
            source: .memory(
                all,
                modes: modes,
                environment: Fixture.environment.merging(environment) { $1 }
            ),
            takingEverything: everything
        )
    }

    /// What is said about a text, as it would be printed, without the file's name.
    static func findings(
        _ text: String,
        files: [String: String] = [:],
        modes: [String: UInt32] = [:],
        environment: [String: String] = [:],
        everything: Bool = false
    ) -> [String] {
        let found: [Diagnostic]
        do throws(ConfigErrors) {
            found = try load(
                text,
                files: files,
                modes: modes,
                environment: environment,
                everything: everything
            ).warnings
        } catch {
            found = error.diagnostics
        }
        return found.map { diagnostic in
            let text = diagnostic.description
            return text.hasPrefix("proxy.conf:") ? String(text.dropFirst(11)) : text
        }
    }

    /// A connection that needs nothing, with directives of its own in it and in its api_client.
    static func connection(_ own: String = "", api: String = "", grant: String = "none") -> String {
        """
        listen 127.0.0.1:8080;
        connection a {
        grant \(grant); \(own)
        api_client { base_uri https://api.example.com/v2; \(api) }
        }
        """
    }
}
