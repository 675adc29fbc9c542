import Crypto
import HTTP
import JSON

/// Clients that prove themselves, and ask, with signed statements (RFC 7523).
extension SandboxService {
    /// The longest life of a statement, in seconds, and how much clocks may differ.
    private static let lifetimeMax = 300.0
    private static let clockSkew = 30.0

    /// The client that a request proves to be.
    ///
    /// - Throws: `invalid_client`; by header only the wrong secret earns a challenge.
    mutating func authenticated(
        _ request: Request,
        _ parameters: Parameters,
        _ behaviour: Behaviour,
        at now: Double
    ) throws(OAuthError) -> Client {
        if let assertion = parameters["client_assertion"] {
            return try proven(by: assertion, request, parameters, at: now)
        }
        let offered = try ClientAuthentication(of: request, parameters, behaviour)
        guard let client = clients[offered.id], client.accepts(offered.secret) else {
            throw OAuthError(
                .invalidClient,
                "The client is unknown or its secret is wrong.",
                challenges: offered.method == .basic || offered.method == .both
            )
        }
        return client
    }

    /// RFC 7523 section 2.2: the statement takes the place of a secret.
    private mutating func proven(
        by assertion: String,
        _ request: Request,
        _ parameters: Parameters,
        at now: Double
    ) throws(OAuthError) -> Client {
        let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        guard parameters["client_assertion_type"] == type,
            parameters["client_secret"] == nil, request.fields["Authorization"] == nil
        else { throw OAuthError(.invalidRequest, "The client must prove itself in one way.") }
        guard let client = try? signer(of: assertion, request, at: now, subject: true),
            parameters["client_id"].map({ $0 == client.id }) ?? true
        else {
            throw OAuthError(.invalidClient, "The client's assertion is not accepted.")
        }
        return client
    }

    /// RFC 7523 section 2.1: the statement is the grant, and names who made it.
    mutating func granting(
        _ request: Request,
        _ parameters: Parameters,
        at now: Double
    ) throws(OAuthError) -> Client {
        let assertion = try parameters.required("assertion")
        return try signer(of: assertion, request, at: now, subject: false)
    }

    /// The registered client that signed a statement for this server, a short while ago and not
    /// used before.
    private mutating func signer(
        of assertion: String,
        _ request: Request,
        at now: Double,
        subject: Bool
    ) throws(OAuthError) -> Client {
        let refusal = OAuthError(.invalidGrant, "The assertion is not accepted.")
        let parts = assertion.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64URL.decode(String(parts[1])),
            let client = JSONValue(json: bytes)?["iss"]?.string.flatMap({ clients[$0] }),
            let key = client.key, let signed = JWS.verified(assertion, by: key),
            let header = JSONValue(json: signed.header),
            header["alg"] == .string(key.algorithm.rawValue),
            let claims = JSONValue(json: signed.payload),
            !subject || claims["sub"] == .string(client.id),
            let audience = claims["aud"]?.string, audiences(of: request).contains(audience),
            let expiry = claims["exp"]?.numericValue, expiry > now - Self.clockSkew,
            expiry < now + Self.lifetimeMax + Self.clockSkew,
            let id = claims["jti"]?.string, statements["\(client.id) \(id)"] == nil
        else { throw refusal }
        statements["\(client.id) \(id)"] = true
        return client
    }

    /// What a statement may be meant for: the issuer, its token endpoint.
    private func audiences(of request: Request) -> [String] {
        guard let host = request.fields["Host"], let end = request.path.lastIndex(of: "/") else {
            return []
        }
        let issuer = "http://\(host)\(request.path[..<end])"
        return [issuer, issuer + "/token"]
    }
}
