package import Config
package import Credentials
package import Crypto
internal import JSON
internal import Time

/// Signed statements in the place of a secret or of a grant (RFC 7521, RFC 7523).
package enum Assertion {
    /// How long a proof of the client is good, in seconds: servers accept five minutes at most, and
    /// their clocks differ from ours.
    private static let proofLifetime = 180.0

    /// The proof of a client for one call (RFC 7523 sections 2.2 and 3), different each time.
    ///
    /// - Throws: `SigningKeyError.failed`.
    static func proof(
        of clientID: String,
        to audience: String,
        _ jwt: ClientAuthentication.PrivateKeyJWT,
        signedBy key: SigningKey,
        at now: WallTime
    ) throws(SigningKeyError) -> Secret {
        try signed(
            [
                JSONValue.Member("iss", .string(clientID)),
                JSONValue.Member("sub", .string(clientID)),
                JSONValue.Member("aud", .string(jwt.audience ?? audience)),
            ],
            lifetime: proofLifetime,
            keyID: jwt.keyID,
            by: key,
            at: now
        )
    }

    /// The grant of a `jwt_bearer` connection (RFC 7523 section 2.1), made anew for each call.
    ///
    /// Without a `subject` there is no such claim, because Google takes one for the wish to act for
    /// somebody else. The scopes are a claim too: Google looks for them there.
    /// - Throws: `SigningKeyError.failed`.
    package static func grant(
        _ assertion: AssertionConfiguration,
        of connection: ConnectionConfiguration,
        to audience: String,
        signedBy key: SigningKey,
        at now: WallTime
    ) throws(SigningKeyError) -> Secret {
        let issuer = (assertion.issuer ?? connection.clientID).map { ("iss", $0) }
        let subject = assertion.subject.map { ("sub", $0) }
        let scope = connection.scopeParameter.map { ("scope", $0) }
        let texts = [issuer, subject, ("aud", assertion.audience ?? audience), scope]
        return try signed(
            texts.compactMap(\.self).map { JSONValue.Member($0.0, .string($0.1)) },
            lifetime: assertion.lifetime.inSeconds,
            keyID: assertion.keyID,
            by: key,
            at: now
        )
    }

    private static func signed(
        _ claims: [JSONValue.Member],
        lifetime: Double,
        keyID: String?,
        by key: SigningKey,
        at now: WallTime
    ) throws(SigningKeyError) -> Secret {
        var header = [
            JSONValue.Member("alg", .string(key.algorithm.rawValue)),
            JSONValue.Member("typ", .string("JWT")),
        ]
        if let keyID { header.append(JSONValue.Member("kid", .string(keyID))) }
        let payload =
            claims + [
                JSONValue.Member("iat", seconds(now)),
                JSONValue.Member("exp", seconds(now.advanced(by: lifetime))),
                JSONValue.Member("jti", .string(Base64URL.encode(Random.bytes(16)))),
            ]
        return try JWS.compact(
            header: JSONValue.object(header).text,
            payload: JSONValue.object(payload).text,
            signedBy: key
        )
    }

    /// A time as whole seconds since 1970 (RFC 7519 section 2); one beyond all measure becomes 0.
    private static func seconds(_ time: WallTime) -> JSONValue {
        .number(String(Int64(exactly: time.seconds.rounded(.down)) ?? 0))
    }
}
