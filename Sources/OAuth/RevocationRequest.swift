package import Config
package import Credentials
package import Crypto
package import HTTP

/// A call that tells a provider to end a token (RFC 7009 section 2.1).
package struct RevocationRequest: Sendable {
    /// What kind of token is meant, which helps a server to find it.
    package enum Hint: String, Sendable {
        case refreshToken = "refresh_token"
        case accessToken = "access_token"
    }

    package let destination: Destination
    package let request: Request
    /// All that must not come back in a message to a person or a log.
    package let secrets: [Secret]

    /// Makes the call; `nil` if the provider has no endpoint for it.
    ///
    /// - Throws: `TokenRequestError` for a configuration that has to be mended.
    package static func make(
        _ token: Secret,
        _ hint: Hint,
        at endpoints: Endpoints,
        keys: SigningKeys,
        now: WallTime
    ) throws(TokenRequestError) -> RevocationRequest? {
        let connection = endpoints.connection
        guard let destination = try endpoints.destination(of: .revoke) else { return nil }
        let audience = try endpoints.audience(calling: destination)
        let proof = try ClientProof(connection, to: audience, key: keys.client, at: now)
        let items = [("token", token.reveal()), ("token_type_hint", hint.rawValue)]
        var fields = Fields([
            ("Accept", "application/json"), ("User-Agent", "attache"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ])
        if let authorization = proof.authorization { fields.set("Authorization", authorization) }
        try connection.tokenCalls.addHeaders(to: &fields)
        let request = Request(
            method: "POST",
            target: destination.uri.target,
            fields: fields,
            body: Array(FormEncoding.encode(items + proof.parameters).utf8)
        )
        return RevocationRequest(
            destination: destination,
            request: request,
            secrets: [token] + [connection.clientSecret].compactMap(\.self)
        )
    }
}

/// What a provider made of a revocation.
package enum RevocationOutcome: Sendable, Equatable {
    /// The token is dead, or was never known.
    case done
    /// This kind of token cannot be revoked there.
    case refused(message: String)
    /// The token must be thought alive, and the call made again (RFC 7009 section 2.2.1).
    case later(retryAfter: Duration?, message: String)

    /// Codes that say that there is no such token; the RFC answers that with 200, some do not.
    private static let unknownToken: Set<String> = [
        "invalid_token", "invalid_grant", "token_revoked", "token_expired",
        "invalid_refresh_token",
    ]

    /// Reads the answer to a call.
    package init(_ response: Response, to call: RevocationRequest, at now: WallTime) {
        let failure = TokenFailure(
            TokenBody(response.body),
            status: response.status,
            from: "the revocation endpoint",
            hiding: call.secrets
        )
        switch response.status {
        case 200...299: self = .done
        case 400...499 where failure.code.map(Self.unknownToken.contains) ?? false: self = .done
        case 400...499 where failure.code == "unsupported_token_type":
            self = .refused(message: failure.message)
        default:
            let pause = RetryAfter.duration(response.fields["Retry-After"], at: now)
            self = .later(retryAfter: pause, message: failure.message)
        }
    }
}
