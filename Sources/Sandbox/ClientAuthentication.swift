import Crypto
import HTTP

/// How a caller says which client it is (RFC 6749 section 2.3.1).
struct ClientAuthentication: Sendable {
    /// Where id and secret stood.
    enum Method: String, Sendable {
        case none, basic, body, both
    }

    let method: Method
    let id: String
    let secret: String?

    /// Reads who calls, from the `Authorization` field or the parameters.
    ///
    /// - Throws: `invalid_client` if nobody is named, `invalid_request` if the way is not allowed.
    init(
        of request: Request,
        _ parameters: Parameters,
        _ behaviour: Behaviour
    ) throws(OAuthError) {
        let bodyID = parameters["client_id"]
        if behaviour.authentication == .bearer {
            let field = request.fields["Authorization"] ?? ""
            guard field.hasPrefix("Bearer "), let bodyID else {
                throw OAuthError(.invalidClient, "The secret must be the bearer token.")
            }
            self.init(method: .basic, id: bodyID, secret: String(field.dropFirst(7)))
            return
        }
        let header = try ClientAuthentication.header(of: request, raw: behaviour.comparesRaw)
        let bodySecret = parameters["client_secret"]
        switch (header, bodySecret) {
        case (let (id, secret)?, _?):
            guard behaviour.authentication == .both else {
                throw OAuthError(
                    .invalidRequest,
                    "The client must authenticate in header or body, not both."
                )
            }
            self.init(method: .both, id: id, secret: secret)
        case (let (id, secret)?, nil):
            guard behaviour.authentication != .bodyOnly else {
                throw OAuthError(.invalidClient, "The client must authenticate in the body.")
            }
            guard bodyID == nil || bodyID == id else {
                throw OAuthError(.invalidRequest, "Header and body name different clients.")
            }
            self.init(method: .basic, id: id, secret: secret)
        case (nil, let secret?):
            guard behaviour.authentication != .headerOnly else {
                throw OAuthError(.invalidClient, "The client must authenticate by header.")
            }
            self.init(method: .body, id: bodyID ?? "", secret: secret)
        case (nil, nil):
            guard let bodyID else {
                throw OAuthError(.invalidClient, "The request names no client.", challenges: true)
            }
            self.init(method: .none, id: bodyID, secret: nil)
        }
    }

    private init(method: Method, id: String, secret: String?) {
        self.method = method
        self.id = id
        self.secret = secret
    }

    /// How a request seems to authenticate, whether or not that is right; for the list of calls.
    static func method(of request: Request, _ parameters: Parameters?) -> Method {
        let hasHeader = request.fields["Authorization"] != nil
        let hasBody = parameters?["client_secret"] != nil
        return hasHeader ? (hasBody ? .both : .basic) : (hasBody ? .body : .none)
    }

    private static func header(
        of request: Request,
        raw: Bool
    ) throws(OAuthError) -> (id: String, secret: String)? {
        let fields = request.fields.all("Authorization")
        guard let field = fields.first else { return nil }
        let refusal = OAuthError(
            .invalidClient,
            "The Authorization field is not Basic with an id and a secret.",
            challenges: true
        )
        guard fields.count == 1, field.prefix(6).lowercased() == "basic ",
            let bytes = Base64.decode(String(field.dropFirst(6))),
            let text = String(validating: bytes, as: UTF8.self),
            let colon = text.firstIndex(of: ":")
        else { throw refusal }
        let id = String(text[..<colon])
        let secret = String(text[text.index(after: colon)...])
        if raw { return (id, secret) }
        guard let plainID = formDecoded(id), let plainSecret = formDecoded(secret) else {
            throw refusal
        }
        return (plainID, plainSecret)
    }

    /// Decodes one half, which is form-encoded before it is joined and encoded again.
    private static func formDecoded(_ text: String) -> String? {
        FormEncoding.percentDecode(
            text.split(separator: "+", omittingEmptySubsequences: false)
                .joined(separator: " ")
        )
    }
}
