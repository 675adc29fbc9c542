internal import Config
internal import Crypto
internal import HTTP
internal import JSON

/// One person's way to a provider and back, as the browser carries it in a sealed cookie.
///
/// What decides about the exchange is bound to it when it starts (RFC 9700 section 4.4.2), so that a
/// restart loses nothing and nobody can mix two providers up.
struct Flow {
    private static let verifierCount = 32

    let state: FlowState
    /// The secret behind the challenge (RFC 7636): 43 characters that stand for 256 random bits;
    /// `nil` with `pkce off`.
    let verifier: Secret?
    let errand: Errand
    let redirectURI: String
    /// Who is asked, and whom the code goes to.
    let endpoints: FlowEndpoints

    /// Starts a flow.
    init(
        _ errand: Errand,
        state: FlowState,
        redirectURI: String,
        endpoints: FlowEndpoints,
        pkce: Bool
    ) {
        self.state = state
        verifier = pkce ? Secret(Base64URL.encode(Random.bytes(Self.verifierCount))) : nil
        self.errand = errand
        self.redirectURI = redirectURI
        self.endpoints = endpoints
    }

    /// Reads what `sealed` wrote; `nil` for anything else.
    init?(_ text: String, _ envelope: Envelope) {
        guard let value = envelope.value(text, as: .flow),
            let state = value["state"]?.scalarText.flatMap({ FlowState($0, envelope) }),
            let errand = Errand(value["errand"]),
            let redirectURI = value["redirect_uri"]?.scalarText,
            let endpoints = FlowEndpoints(value["endpoints"])
        else { return nil }
        self.state = state
        verifier = value["verifier"]?.scalarText.map { Secret($0) }
        self.errand = errand
        self.redirectURI = redirectURI
        self.endpoints = endpoints
    }

    /// The flow as text for a cookie.
    func sealed(_ envelope: Envelope) -> String? {
        envelope.seal(
            .object([
                .init("state", .string(state.text)),
                .init("verifier", .optional(verifier?.reveal())),
                .init("errand", errand.json),
                .init("redirect_uri", .string(redirectURI)),
                .init("endpoints", endpoints.json),
            ]),
            as: .flow
        )
    }

    /// The proof of the verifier for the authorize URI (RFC 7636 section 4.2, `S256`).
    var challenge: String? { verifier.map { Base64URL.encode(SHA256.digest($0)) } }
}

/// The provider and the client of a flow; compared at its end with what is configured then.
struct FlowEndpoints: Equatable {
    let issuer: String?
    /// Whether the issuer says that it is named in every answer (RFC 9207 section 3).
    let promisesIssuer: Bool
    let tokenURI: String
    let clientID: String

    init(issuer: String?, promisesIssuer: Bool, tokenURI: String, clientID: String) {
        self.issuer = issuer
        self.promisesIssuer = promisesIssuer
        self.tokenURI = tokenURI
        self.clientID = clientID
    }

    /// Whether an answer may be from the issuer: it names it to the letter, or need not name it
    /// (RFC 9207 section 2.4).
    func mayBeFromIssuer(_ named: String?) -> Bool {
        guard let named else { return !promisesIssuer }
        return issuer == nil || named == issuer
    }

    /// Reads what `json` wrote.
    init?(_ value: JSONValue?) {
        guard let tokenURI = value?["token_uri"]?.scalarText,
            let clientID = value?["client_id"]?.scalarText
        else { return nil }
        issuer = value?["issuer"]?.scalarText
        promisesIssuer = value?["promises_issuer"] == .bool(true)
        self.tokenURI = tokenURI
        self.clientID = clientID
    }

    /// The endpoints as a JSON object.
    var json: JSONValue {
        .object([
            .init("issuer", .optional(issuer)),
            .init("promises_issuer", .bool(promisesIssuer)),
            .init("token_uri", .string(tokenURI)),
            .init("client_id", .string(clientID)),
        ])
    }
}
