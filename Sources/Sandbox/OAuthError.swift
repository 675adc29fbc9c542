import HTTP
import JSON

/// A refusal of the provider, as its reply says it (RFC 6749 section 5.2).
struct OAuthError: Error, Sendable, Equatable {
    /// The registered error codes that the sandbox uses.
    enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case invalidScope = "invalid_scope"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
    }

    let code: Code
    /// One sentence for a person; never holds what was sent.
    let description: String
    /// Whether the caller authenticated by header, so that the reply must challenge it.
    var challenges = false

    init(_ code: Code, _ description: String, challenges: Bool = false) {
        self.code = code
        self.description = description
        self.challenges = challenges
    }

    /// The refusal as a response: 401 for a client that is not known, else 400.
    func response() -> Response {
        var response = Response.json(
            code == .invalidClient ? 401 : 400,
            ["error": .string(code.rawValue), "error_description": .string(description)]
        )
        response.fields.append("Cache-Control", "no-store")
        if challenges {
            response.fields.append("WWW-Authenticate", #"Basic realm="sandbox", charset="UTF-8""#)
        }
        return response
    }
}
