import HTTP
import JSON

extension SandboxService {
    /// Ends a token (RFC 7009): a refresh token with its whole family, an access token alone.
    mutating func revoke(_ request: Request, _ place: Place, at now: Double) -> Response {
        guard request.method == "POST" else { return .methodNotAllowed("POST") }
        do {
            let (client, token) = try tokenCall(request, place, at: now)
            if let family = grants.family(ofIssued: token), family.client == client.id {
                grants.revoke(family: family.id)
            } else if grants.access[token]?.client == client.id {
                grants.kill(token)
            }
            // A token that is unknown is as good as revoked (RFC 7009 section 2.2).
            return Response(status: 200)
        } catch {
            return error.response()
        }
    }

    /// Tells whether a token works, and what it is for (RFC 7662).
    mutating func introspect(_ request: Request, _ place: Place, at now: Double) -> Response {
        guard request.method == "POST" else { return .methodNotAllowed("POST") }
        do {
            let (_, token) = try tokenCall(request, place, at: now)
            if let found = grants.live(token, at: now) {
                return .json(
                    200,
                    [
                        "active": true, "client_id": .string(found.client),
                        "scope": .string(found.scope), "token_type": "Bearer",
                        "exp": .number(HTTPDate.whole(found.expiresAt)),
                    ]
                )
            }
            if let family = grants.family(ofLive: token, at: now) {
                return .json(
                    200,
                    [
                        "active": true, "client_id": .string(family.client),
                        "scope": .string(family.scope), "token_type": "refresh_token",
                    ]
                )
            }
            return .json(200, ["active": false])
        } catch {
            return error.response()
        }
    }

    private mutating func tokenCall(
        _ request: Request,
        _ place: Place,
        at now: Double
    ) throws(OAuthError) -> (Client, String) {
        let parameters = try Parameters(of: request, in: .form, max: limits.parameters)
        let client = try authenticated(request, parameters, place.behaviour, at: now)
        return (client, try parameters.required("token"))
    }

    /// Tells of the account that a token is for, as one object or as a list, in the words of several
    /// providers; the token stands in the header or in the query.
    func account(_ request: Request, asList: Bool, at now: Double) -> Response {
        guard request.method == "GET" else { return .methodNotAllowed("GET") }
        let items = request.query.flatMap(FormEncoding.decode) ?? []
        let token = bearer(request) ?? items.first { $0.0 == "access_token" }?.1
        guard let token, grants.live(token, at: now) != nil else { return unauthorized(request) }
        let account: JSONValue = [
            "id": "a-1", "tenantId": "a-1", "account_id": "a-1",
            "base_uri": "https://api.instance.example",
        ]
        if asList { return .json(200, [account]) }
        return .json(
            200,
            [
                "accounts": [account], "dc": "us1", "BhRestToken": "session",
                "restUrl": "https://api.instance.example",
            ]
        )
    }

    /// The provider's metadata (RFC 8414); its issuer has the personalities' prefix.
    func metadata(_ request: Request, _ place: Place) -> Response {
        guard request.method == "GET" else { return .methodNotAllowed("GET") }
        guard let issuer = issuer(request, place) else {
            return .refusal(400, "bad_host", "The Host field is missing or wrong.")
        }
        let methods: JSONValue =
            switch place.behaviour.authentication {
            case .either, .both:
                [
                    "client_secret_basic", "client_secret_post", "private_key_jwt", "none",
                ]
            case .headerOnly: ["client_secret_basic"]
            case .bodyOnly: ["client_secret_post"]
            case .bearer: []
            }
        return .json(
            200,
            [
                "issuer": .string(issuer),
                "authorization_endpoint": .string(issuer + "/authorize"),
                "token_endpoint": .string(issuer + "/token"),
                "revocation_endpoint": .string(issuer + "/revoke"),
                "introspection_endpoint": .string(issuer + "/introspect"),
                "response_types_supported": ["code"],
                "grant_types_supported": [
                    "authorization_code", "client_credentials", "refresh_token", "password",
                    "urn:ietf:params:oauth:grant-type:jwt-bearer",
                ],
                "token_endpoint_auth_methods_supported": methods,
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": true,
            ]
        )
    }

    /// The issuer as the caller reached it; `nil` if the `Host` field is not a host.
    func issuer(_ request: Request, _ place: Place) -> String? {
        guard let host = request.fields["Host"], let uri = URI("http://\(host)"),
            uri.path.isEmpty, uri.query == nil
        else { return nil }
        return uri.text + place.prefix
    }
}
