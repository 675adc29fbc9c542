internal import Connectors
package import Crypto
package import HTTP

/// One account at one provider: how to get its token and how to call its API (`connection`).
package struct ConnectionConfiguration: Sendable {
    package var name: String
    /// What people are shown; the name unless something else was written.
    package var label: String
    package var grant: Grant
    /// A name of the catalogue, whose values fill in what is not written here.
    package var provider: String?
    /// What fills in the rest, from a folder of files.
    package var connector: ConnectorConfiguration?
    /// Values for a connector, a provider or templates.
    package var parameters: [NamedText] = []
    /// Values for templates: API keys and the like.
    package var fields: [NamedSecret] = []

    package var clientID: String?
    package var clientSecret: Secret?
    package var clientAuthentication = ClientAuthentication.headers(encoding: .form)
    package var username: Secret?
    package var password: Secret?
    package var assertion: AssertionConfiguration?
    /// The first refresh token; later ones live in the vault.
    package var refreshToken: Secret?

    /// The endpoints as written; `endpoint(_:lookup:)` fills in fields and defaults.
    package var authorizeURI: Template?
    package var tokenURI: Template?
    package var refreshURI: Template?
    package var revokeURI: Template?
    package var issuer: URI?
    /// What was written; the default is the admin block's `public_url` and `/oauth-callback`.
    package var redirectURI: URI?

    package var scopes: [String] = []
    package var scopeSeparator = " "
    package var pkce = true
    /// Off: a reply without a refresh token is as it should be.
    package var refresh = true
    /// Authorize parameters beside the standard ones; `access_type offline` unless removed.
    package var extra: [NamedText] = [NamedText("access_type", "offline")]
    package var tokenCalls = TokenCallConfiguration()
    /// Parameters of the callback that are kept with the credentials.
    package var callbackKeep: [String] = []
    /// What the provider calls `code` and `state` in its callback.
    package var callbackNames: [NamedText] = []
    package var lookups: [LookupConfiguration] = []
    package var test: TestConfiguration?

    package var upstream = UpstreamLimits()
    package var api: APIClientConfiguration
    /// The global rules with what this connection says otherwise.
    package var tokens = TokenPolicy()

    package init(name: String, grant: Grant, api: APIClientConfiguration) {
        self.name = name
        label = name
        self.grant = grant
        self.api = api
    }

    /// What is special in the TLS to the API.
    ///
    /// Tokens may be bound to the certificate that the client proves itself with, and then must come
    /// over it (RFC 8705 section 3): it is shown to the API too, unless that has one of its own.
    package var apiTLS: ClientTLSConfiguration {
        var result = api.tls
        if result.certificate == nil, case .tls(let certificate, let key) = clientAuthentication {
            result.certificate = certificate
            result.key = key
        }
        return result
    }

    /// Whether there is a request or a script that shows whether the connection works.
    package var hasTest: Bool { test != nil || connector?.definition[.test] != nil }

    /// The scopes as one parameter's value; `nil` when none are asked for.
    package var scopeParameter: String? {
        scopes.isEmpty ? nil : scopes.joined(separator: scopeSeparator)
    }

    /// The scopes in a text, whether they stand between spaces, commas or what this connection
    /// writes between them.
    package func scopeWords(_ text: String) -> [String] {
        let parts = scopeSeparator.isEmpty ? [text[...]] : text.split(separator: scopeSeparator)
        return parts.flatMap { $0.split { $0 == " " || $0 == "," || $0 == "\t" } }.map(String.init)
    }
}

/// How a connection comes by its tokens.
package enum Grant: String, Sendable, CaseIterable {
    case clientCredentials = "client_credentials"
    case authorizationCode = "authorization_code"
    case refreshToken = "refresh_token"
    case jwtBearer = "jwt_bearer"
    case password
    /// No token at all: only what templates and fields give.
    case none
}

/// How the client proves itself in token calls (RFC 6749 section 2.3).
package enum ClientAuthentication: Sendable, Equatable {
    /// How id and secret are written before they become Basic credentials.
    package enum Encoding: String, Sendable, CaseIterable {
        /// Form-encoded, as RFC 6749 section 2.3.1 wants it.
        case form
        /// As they are, for providers that compare so.
        case raw
    }

    case headers(encoding: Encoding)
    case body
    case both
    case none
    case privateKeyJWT(PrivateKeyJWT)
    case tls(certificate: PEM, key: PEM)

    /// A signed assertion in the place of a secret (RFC 7523).
    package struct PrivateKeyJWT: Sendable, Equatable {
        package var key: PEM
        package var algorithm: SigningAlgorithm
        package var keyID: String?
        /// `nil`: the issuer, else the token URI.
        package var audience: String?

        package init(key: PEM, algorithm: SigningAlgorithm) {
            self.key = key
            self.algorithm = algorithm
        }
    }
}

/// The assertion of the grant `jwt_bearer` (RFC 7523 section 2.1).
package struct AssertionConfiguration: Sendable, Equatable {
    package var key: PEM
    package var algorithm: SigningAlgorithm
    /// `nil`: the client id.
    package var issuer: String?
    package var subject: String?
    /// `nil`: the issuer of the connection, else the token URI.
    package var audience: String?
    package var keyID: String?
    package var lifetime: Duration = .seconds(300)

    package init(key: PEM, algorithm: SigningAlgorithm) {
        self.key = key
        self.algorithm = algorithm
    }
}

/// A call after connecting, whose answer gives fields (`lookup`).
package struct LookupConfiguration: Sendable {
    package var method: String
    package var uri: Template
    /// A field's name, and the path in the answer where its value stands.
    package var fields: [NamedText]

    package init(method: String, uri: Template, fields: [NamedText]) {
        self.method = method
        self.uri = uri
        self.fields = fields
    }
}

/// A call that shows whether a connection works (`test`).
package struct TestConfiguration: Sendable, Equatable {
    package var method: String
    package var path: String
    /// `nil`: any status from 200 to 299.
    package var expectedStatus: Int?

    package init(method: String, path: String, expectedStatus: Int? = nil) {
        self.method = method
        self.path = path
        self.expectedStatus = expectedStatus
    }
}

/// How much goes to an upstream at once, all event loops together (`upstream`).
package struct UpstreamLimits: Sendable, Equatable {
    package var connections = 1024
    /// Requests that may wait for a connection.
    package var queue = 10_000
    package var queueTimeout: Duration = .seconds(30)
    /// How long an unused connection is kept.
    package var idle: Duration = .seconds(60)

    package init() {}
}
