import Config
import Credentials
import Crypto
import HTTP

/// How a client proves itself in one call, in one way (RFC 6749 section 2.3).
struct ClientProof {
    /// What the body says of the client.
    private(set) var parameters: [(String, String)] = []
    /// The value of the field `Authorization`, if that is where the proof stands.
    private(set) var authorization: String?

    /// Proves a connection's client to a server.
    ///
    /// - Throws: `TokenRequestError.noClientID`, `.noKey`, `.key`.
    init(
        _ connection: ConnectionConfiguration,
        to audience: String,
        key: SigningKey?,
        at now: WallTime
    ) throws(TokenRequestError) {
        let secret = connection.clientSecret?.reveal()
        switch connection.clientAuthentication {
        case .none, .tls: name(connection.clientID, secret: nil)
        case .body: name(connection.clientID, secret: secret)
        case .privateKeyJWT(let jwt):
            guard let id = connection.clientID else { throw .noClientID }
            guard let key else { throw .noKey }
            do throws(SigningKeyError) {
                let proof = try Assertion.proof(of: id, to: audience, jwt, signedBy: key, at: now)
                name(id, secret: nil)
                parameters += [
                    (
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                    ),
                    ("client_assertion", proof.reveal()),
                ]
            } catch {
                throw .key(error)
            }
        case .both, .headers:
            guard let id = connection.clientID else {
                // Providers that take everything as their own parameters need no client.
                if secret == nil { return }
                throw .noClientID
            }
            guard let secret else {
                // A public client has nothing to prove itself with, and says only who it is.
                name(id, secret: nil)
                return
            }
            guard case .headers(let encoding) = connection.clientAuthentication else {
                name(id, secret: secret)
                authorization = ClientProof.basic(id, secret, encoding: .form)
                return
            }
            authorization = ClientProof.basic(id, secret, encoding: encoding)
        }
    }

    private mutating func name(_ id: String?, secret: String?) {
        if let id { parameters.append(("client_id", id)) }
        if let secret { parameters.append(("client_secret", secret)) }
    }

    /// Basic credentials; form-encoded first, as RFC 6749 section 2.3.1 demands, or raw.
    private static func basic(
        _ id: String,
        _ secret: String,
        encoding: ClientAuthentication.Encoding
    ) -> String {
        let pair =
            switch encoding {
            case .form:
                // What is encoded has no `=` of its own, so the only one stands between the two.
                FormEncoding.encode([(id, secret)]).replacing("=", with: ":", maxReplacements: 1)
            case .raw: "\(id):\(secret)"
            }
        return "Basic " + Base64.encode(Array(pair.utf8))
    }
}
