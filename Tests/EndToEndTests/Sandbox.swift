import FoundationEssentials
import Support

/// `attache sandbox`: the scripted provider, and an API that takes its tokens.
final class Sandbox {
    let port: Int
    let process: ChildProcess

    init(_ personalities: String...) throws {
        port = try FreePort.next()
        let listen = ["sandbox", "--listen", "127.0.0.1:\(port)"]
        process = try ChildProcess(
            Program.attache(),
            listen + personalities.flatMap { ["--personality", $0] }
        )
        try Wait.until(process, listensOn: port)
    }

    /// A connection to it as the client `demo`, and the route `/api/`; `grant` is the grant's line
    /// with all that only it needs.
    func configuration(_ grant: String, more: String = "") -> String {
        """
        connection sandbox {
            \(grant)
            token_uri http://127.0.0.1:\(port)/token;
            client_id demo;
            client_secret demo-secret;
            api_client { base_uri http://127.0.0.1:\(port)/api; }
            \(more)
        }
        route /api/ { connection sandbox; }
        """
    }

    /// Asks its control API.
    @discardableResult
    func control<Answer: Decodable>(
        _ path: String,
        _ body: String? = nil,
        as type: Answer.Type
    ) throws -> Answer {
        let response = try HTTPProbe.fetch(
            "/sandbox/" + path,
            method: body == nil ? "GET" : "POST",
            port: port,
            fields: body == nil ? [] : [("Content-Type", "application/json")],
            body: body
        )
        guard (200..<300).contains(response.status) else {
            throw TestFailure("/sandbox/\(path): \(response.status) \(response.text)")
        }
        return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    /// Starts a family of tokens as if a person had consented.
    func grant() throws -> Grant {
        try control("grant", "{}", as: Grant.self)
    }

    /// Refreshes that the provider has committed in a family.
    func refreshes(of family: String) throws -> Int {
        try control("families/" + family, as: Family.self).refreshes
    }

    /// Calls of the token endpoint so far.
    func tokenCalls() throws -> Int {
        try control("stats", as: Statistics.self).token_calls
    }

    /// Calls of its API so far.
    func apiCalls() throws -> Int {
        try control("stats", as: Statistics.self).api.calls
    }

    /// Families that were ended.
    func familiesRevoked() throws -> Int {
        try control("stats", as: Statistics.self).families.revoked
    }

    /// What a started family is.
    struct Grant: Decodable {
        var family: String
        var refresh_token: String
        var access_token: String
    }

    private struct Family: Decodable {
        var refreshes: Int
    }

    private struct Statistics: Decodable {
        var token_calls: Int
        var api: API
        var families: Families

        struct Families: Decodable {
            var revoked: Int
        }

        struct API: Decodable {
            var calls: Int
        }
    }

    /// An answer of which nothing is asked.
    struct Anything: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}
