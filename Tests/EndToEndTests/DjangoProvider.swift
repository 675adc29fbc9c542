import FoundationEssentials
import Support

/// django-oauth-toolkit: PKCE demanded, rotating refresh tokens, and a family that dies when one of
/// them is used twice.
final class DjangoProvider {
    let port: Int
    static let clientID = "attache"
    static let clientSecret = "a-secret of+this&test"
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// Starts it with a client that may be sent to `redirect`.
    init(redirect: String) throws {
        folder = try TemporaryFolder()
        port = try FreePort.next()
        process = try ChildProcess(
            Requirement.pythonClients.installed(),
            [Fixture.path("django_provider.py"), folder.path, "\(port)", redirect],
            workingFolder: folder.path
        )
        try Wait.until(process, listensOn: port)
    }

    /// A connection to it, by authorization code.
    func connection(_ name: String, more: String = "") -> String {
        """
        connection \(name) {
            grant authorization_code;
            authorize_uri http://127.0.0.1:\(port)/o/authorize/;
            token_uri http://127.0.0.1:\(port)/o/token/;
            revoke_uri http://127.0.0.1:\(port)/o/revoke_token/;
            client_id \(Self.clientID);
            client_secret "\(Self.clientSecret)";
            scopes read;
            test GET /me;
            api_client { base_uri http://127.0.0.1:\(port)/api; }
            \(more)
        }
        """
    }

    /// How many refresh tokens it holds for good, and how many it has withdrawn.
    func refreshTokens() throws -> (alive: Int, dead: Int) {
        let response = try HTTPProbe.fetch("/tokens", port: port)
        let counts = try JSONDecoder().decode(Counts.self, from: Data(response.body))
        return (counts.alive, counts.dead)
    }

    private struct Counts: Decodable {
        var alive: Int
        var dead: Int
    }
}
