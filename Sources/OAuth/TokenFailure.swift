package import Credentials
import Crypto
internal import JSON

/// What an answer says went wrong.
struct TokenFailure {
    /// The error's name; `nil` if the body names none.
    let code: String?
    private let description: String?
    private let status: Int
    private let place: String

    /// Codes that say: this refresh token or grant is not accepted any more.
    private static let grantCodes: Set<String> = [
        "invalid_grant",
        // GitHub, for a refresh token that is spent or over, with status 200.
        "bad_refresh_token",
        // Slack, with status 200.
        "invalid_refresh_token", "token_revoked", "token_expired",
    ]

    /// Codes that say: the client, or what it asks for, is wrong; with what to mend.
    private static let configurationCodes: [String: String] = [
        "invalid_client": "check client_id, client_secret and client_auth",
        "unauthorized_client": "the client may not use this grant: check the provider's settings",
        scopeCode: "check scopes",
        "unsupported_grant_type": "the provider does not know this grant",
        "invalid_request": "a parameter is missing or wrong",
        "invalid_target": "check resource",
        // GitHub.
        "incorrect_client_credentials": "check client_id and client_secret",
        // Slack.
        "invalid_client_id": "check client_id", "bad_client_secret": "check client_secret",
    ]

    /// Of these, those that say: this client is not who it says it is, whatever it asks for.
    fileprivate static let clientCodes: Set<String> = [
        "invalid_client", "incorrect_client_credentials", "invalid_client_id", "bad_client_secret",
    ]

    /// Says that the client is known, and what it asks for is wrong.
    fileprivate static let scopeCode = "invalid_scope"

    /// Codes that say: try again.
    private static let transientCodes: Set<String> = [
        "temporarily_unavailable", "server_error", "slow_down",
        // Slack.
        "ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    ]

    /// Reads the failure out of a body, if there is one in it.
    ///
    /// `place`: who answered, in words.
    init(
        _ body: TokenBody,
        status: Int,
        from place: String = "the token endpoint",
        hiding secrets: [Secret]
    ) {
        self.status = status
        self.place = place
        guard let value = body.value else {
            code = nil
            description = nil
            return
        }
        // Facebook and Google APIs answer with an object: {"error": {"type", "message"}}.
        let nested = value["error"]
        let inner = ["code", "type", "status"].lazy.compactMap { nested?[$0]?.string }.first
        let named = TokenFailure.name(of: nested) ?? inner
        let isRefused = value["ok"] == .bool(false) || value["ok"] == .string("false")
        let isObject = nested?.isNonEmptyObject ?? false
        let anonymous = isRefused || isObject ? "error" : nil
        code = named.map { TokenFailure.shown($0, hiding: secrets) } ?? anonymous
        let texts = [
            value["error_description"], nested?["message"], value["error_message"],
            value["message"],
        ]
        description = texts.lazy.compactMap { $0?.string }.first.map {
            ProviderText.cleaned($0, hiding: secrets)
        }
    }

    /// The error's name; an empty one, `null` and `false` name none.
    private static func name(of value: JSONValue?) -> String? {
        switch value {
        case .string(let text): text.isEmpty ? nil : text
        case .number(let text): text == "0" ? nil : text
        case .bool(true): "error"
        case .bool(false), .null, .array, .object, nil: nil
        }
    }

    /// A code as it may be shown; one that is known stays, whatever secret looks like it.
    private static func shown(_ code: String, hiding secrets: [Secret]) -> String {
        let isKnown =
            grantCodes.contains(code) || configurationCodes[code] != nil
            || transientCodes.contains(code)
        return isKnown ? code : ProviderText.code(code, hiding: secrets) ?? "error"
    }

    /// Whether the body says that this is a failure.
    var isNamed: Bool { code != nil }

    /// What happened, in words.
    var message: String {
        let reason = [code, description].compactMap { $0 }.joined(separator: ": ")
        return "\(place) answered \(status)" + (reason.isEmpty ? "" : " (\(reason))")
    }

    /// What it leads to.
    func outcome(retryAfter: Duration?) -> TokenOutcome {
        guard let code else { return .unexplained(message: message) }
        if TokenFailure.grantCodes.contains(code) { return .invalidGrant(message: message) }
        if let advice = TokenFailure.configurationCodes[code] {
            return .configuration(code: code, message: "\(message); \(advice)")
        }
        if TokenFailure.transientCodes.contains(code) {
            return .transient(retryAfter: retryAfter, code: "token_endpoint", message: message)
        }
        return .unexplained(message: message)
    }
}

extension TokenOutcome {
    /// Whether the client itself is refused, and with it every account that it has.
    package var refusesClient: Bool {
        if case .configuration(let code, _) = self {
            TokenFailure.clientCodes.contains(code)
        } else {
            false
        }
    }

    /// Whether it shows that the client itself is accepted: the provider looks at who asks before it
    /// looks at what for.
    package var acceptsClient: Bool {
        switch self {
        case .success, .invalidGrant: true
        case .configuration(let code, _): code == TokenFailure.scopeCode
        case .transient, .unexplained: false
        }
    }
}

extension JSONValue {
    /// The text of a string; `nil` for any other value.
    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Whether this is an object or array with something in it.
    fileprivate var isNonEmptyObject: Bool {
        switch self {
        case .object(let members): !members.isEmpty
        case .array(let items): !items.isEmpty
        case .null, .bool, .number, .string: false
        }
    }
}
