import Crypto
import HTTP

extension SandboxService {
    /// A request to the authorization endpoint that may be granted.
    private struct Authorization {
        let client: Client
        let redirectURI: String
        let namedRedirectURI: Bool
        let state: String?
        let scope: String
        let challenge: String?
        let isOffline: Bool
    }

    /// Why an authorization request fails: told on a page, or to the redirect URI.
    private enum Denial: Error {
        case page(String)
        case redirect(String, state: String?, code: String, description: String)
    }

    /// Answers the authorization endpoint (RFC 6749 section 3.1): a page that asks, or what it
    /// leads to.
    mutating func authorize(_ request: Request, _ place: Place, at now: Double) -> Response {
        let items: [(String, String)]?
        switch request.method {
        case "GET": items = FormEncoding.decode(request.query ?? "")
        case "POST":
            items = String(validating: request.body, as: UTF8.self).flatMap(FormEncoding.decode)
        case _: return .methodNotAllowed("GET, POST")
        }
        guard let issuer = issuer(request, place),
            let items, let parameters = try? Parameters(items, max: limits.parameters)
        else { return ConsentPage.problem("The request cannot be read.") }
        do throws(Denial) {
            let asked = try authorization(parameters, place.behaviour)
            let answer = request.method == "POST" ? parameters["decision"] : nil
            switch (place.behaviour.consent, answer) {
            case (.denied, _), (_, "deny"?):
                throw Denial.redirect(
                    asked.redirectURI,
                    state: asked.state,
                    code: "access_denied",
                    description: "The person said no."
                )
            case (.granted, _), (_, "allow"?):
                let code = (place.behaviour.callbackCode, code(for: asked, at: now))
                let fields = place.behaviour.addsCallbackFields ? Self.callbackFields : []
                return redirect(
                    asked.redirectURI,
                    [code, ("state", asked.state), ("iss", issuer)] + fields
                )
            case (.asked, _):
                return ConsentPage.ask(
                    client: asked.client.id,
                    scope: asked.scope,
                    parameters: parameters.items.filter { $0.name != "decision" }
                )
            }
        } catch {
            return response(to: error, issuer: issuer)
        }
    }

    /// What providers tell of an account in the callback.
    private static let callbackFields: [(String, String?)] = [
        ("realmId", "9130"), ("accounts-server", "https://accounts.instance.example"),
        ("location", "eu"), ("domain_prefix", "shop"), ("merchantId", "m-1"),
        ("selling_partner_id", "s-1"), ("context", "stores/h-1"),
    ]

    /// Tells a failure on a page, or to the client (RFC 6749 section 4.1.2.1).
    private func response(to denial: Denial, issuer: String) -> Response {
        switch denial {
        case .page(let text):
            return ConsentPage.problem(text)
        case .redirect(let uri, let state, let code, let description):
            return redirect(
                uri,
                [
                    ("error", code), ("error_description", description), ("state", state),
                    ("iss", issuer),
                ]
            )
        }
    }

    /// Checks an authorization request; client and redirect URI first, since without them nobody
    /// may be redirected (RFC 6749 section 4.1.2.1).
    private func authorization(
        _ sent: Parameters,
        _ behaviour: Behaviour
    ) throws(Denial) -> Authorization {
        let parameters = sent.renamed(from: behaviour.parameterNames)
        guard let client = parameters["client_id"].flatMap({ clients[$0] }) else {
            throw .page("The client is unknown.")
        }
        let named = parameters["redirect_uri"]
        guard let uri = named ?? client.redirectURIs.first,
            client.redirectURIs.isEmpty || client.redirectURIs.contains(uri),
            let parsed = URI(uri)
        else { throw .page("The redirect URI is missing or not registered.") }
        let state = parameters["state"]
        func denial(_ code: String, _ description: String) -> Denial {
            .redirect(parsed.text, state: state, code: code, description: description)
        }
        guard parameters["response_type"] == "code" else {
            throw denial("unsupported_response_type", "Only code is supported.")
        }
        let challenge = parameters["code_challenge"]
        let isWrong = behaviour.pkce == (challenge == nil ? .required : .refused)
        guard !isWrong else {
            throw denial("invalid_request", "A challenge is missing, or not taken.")
        }
        guard challenge == nil || parameters["code_challenge_method"] == "S256" else {
            throw denial("invalid_request", "The challenge method must be S256.")
        }
        guard challenge?.utf8.count ?? 43 == 43 else {
            throw denial("invalid_request", "The challenge is not that of S256.")
        }
        guard challenge != nil || client.secret != nil else {
            throw denial("invalid_request", "A public client needs PKCE.")
        }
        let asked = parameters["scope"]?.split(separator: behaviour.scopeSeparator)
        let isSeparated = asked?.allSatisfy { !$0.contains(" ") } ?? true
        guard isSeparated, let scope = client.granted(asked?.joined(separator: " ")) else {
            throw denial("invalid_scope", "The client may not ask for this scope.")
        }
        return Authorization(
            client: client,
            redirectURI: uri,
            namedRedirectURI: named != nil,
            state: state,
            scope: scope,
            challenge: challenge,
            isOffline: Self.offlineRequests.contains { parameters[$0.name] == $0.value }
                || asked?.contains { Self.offlineScopes.contains(String($0)) } ?? false
        )
    }

    /// How refresh tokens are asked for, here and there.
    private static let offlineRequests = [
        (name: "access_type", value: "offline"), (name: "token_access_type", value: "offline"),
        (name: "duration", value: "permanent"),
    ]
    private static let offlineScopes: Set = [
        "offline_access", "offline.access", "offline", "refresh_token",
    ]

    private mutating func code(for asked: Authorization, at now: Double) -> String {
        let code = "code_" + Base64URL.encode(Random.bytes(24))
        codes[code] = AuthorizationCode(
            client: asked.client.id,
            redirectURI: asked.redirectURI,
            namedRedirectURI: asked.namedRedirectURI,
            scope: asked.scope,
            challenge: asked.challenge,
            expiresAt: now + AuthorizationCode.lifetime,
            isOffline: asked.isOffline
        )
        return code
    }

    private func redirect(_ uri: String, _ items: [(String, String?)]) -> Response {
        let query = FormEncoding.encode(items.compactMap { item in item.1.map { (item.0, $0) } })
        let joint = uri.contains("?") ? "&" : "?"
        return Response(
            status: 302,
            fields: ["Location": uri + joint + query, "Cache-Control": "no-store"]
        )
    }

    /// Exchanges a code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.6).
    ///
    /// - Throws: `invalid_grant`; a code that is used twice ends what it brought (section 4.1.2).
    mutating func exchange(
        _ parameters: Parameters,
        _ client: Client,
        _ behaviour: Behaviour,
        at now: Double
    ) throws(OAuthError) -> GrantStore.Issue {
        let code = try parameters.required("code")
        guard let found = codes[code], found.client == client.id, now < found.expiresAt else {
            throw OAuthError(.invalidGrant, "The code is unknown or has expired.")
        }
        if let family = found.family {
            grants.revoke(family: family)
            throw OAuthError(.invalidGrant, "The code was used before.")
        }
        let redirectURI = parameters["redirect_uri"]
        guard
            redirectURI == (found.namedRedirectURI ? found.redirectURI : nil)
                || redirectURI == found.redirectURI
        else { throw OAuthError(.invalidGrant, "The redirect URI is not the code's.") }
        guard found.accepts(verifier: parameters["code_verifier"]) else {
            throw OAuthError(.invalidGrant, "The code verifier is wrong.")
        }
        let issue = grants.start(
            client: client.id,
            scope: found.scope,
            behaviour: behaviour,
            refresh: found.isOffline || !behaviour.refreshNeedsAsking,
            at: now
        )
        codes.change(code) { $0.family = issue.family }
        return issue
    }
}
