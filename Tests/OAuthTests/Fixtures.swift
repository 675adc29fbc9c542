import Config
import Credentials
import Crypto
import HTTP
import OAuth

/// A connection as a configuration would describe it.
func connection(
    _ grant: Grant = .clientCredentials,
    _ change: (inout ConnectionConfiguration) -> Void = { _ in }
) -> ConnectionConfiguration {
    var api = APIClientConfiguration(baseURI: .literal("https://api.test"))
    api.headers = [NamedTemplate("Authorization", .bearer)]
    var connection = ConnectionConfiguration(name: "crm", grant: grant, api: api)
    connection.clientID = "billing"
    connection.clientSecret = Secret("s3cret/+ %")
    connection.tokenURI = .literal("https://idp.test/oauth2/token?v=1")
    change(&connection)
    return connection
}

let now = WallTime(seconds: 784_111_777)

/// What an answer to a refresh means under a connection.
func outcome(
    _ status: Int,
    _ body: String,
    fields: Fields = [:],
    _ connection: ConnectionConfiguration = connection()
) throws -> TokenOutcome {
    try outcome(status, Array(body.utf8), fields: fields, connection)
}

/// What an answer of raw bytes means.
func outcome(
    _ status: Int,
    _ body: [UInt8],
    fields: Fields = [:],
    _ connection: ConnectionConfiguration = connection()
) throws -> TokenOutcome {
    let call = try TokenRequest.make(
        .refreshToken(Secret("RT-0123456789")),
        at: Endpoints(TemplateValues(connection, tenant: nil, fields: [:])),
        keys: SigningKeys(),
        now: now
    )
    let response = Response(status: status, fields: fields, body: body)
    return TokenResponse.read(response, to: call, for: connection, at: now)
}

/// The reply of a successful answer.
func reply(
    _ body: String,
    _ connection: ConnectionConfiguration = connection()
) throws -> TokenReply? {
    guard case .success(let reply) = try outcome(200, body, connection) else { return nil }
    return reply
}

extension TokenOutcome {
    /// The kind in a word.
    var word: String {
        switch self {
        case .success: "success"
        case .transient: "transient"
        case .invalidGrant: "invalid grant"
        case .configuration(let code, _): "configuration \(code)"
        case .unexplained: "unexplained"
        }
    }

    /// What it tells people; empty for a success.
    var message: String {
        switch self {
        case .success: ""
        case .transient(_, _, let message), .invalidGrant(let message),
            .configuration(_, let message), .unexplained(let message):
            message
        }
    }
}
