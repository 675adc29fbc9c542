import Crypto
import HTTP
import JSON

/// The control API. All of it takes and gives JSON, and answers loopback callers only:
///
/// - `POST /sandbox/clients` `{"client_id", "client_secret"?, "redirect_uris"?: [], "scopes"?: []}`
///   registers a client, or replaces it; without a secret it is public. With `"public_key"` (PEM)
///   and `"alg"` it proves itself by signing (RFC 7523), and in no other way.
/// - `POST /sandbox/grant` `{"client_id"?, "scope"?}` starts a family as if a person had consented;
///   answers its refresh token and access token. The client is `demo` by default.
/// - `GET /sandbox/families/ID` tells of a family: refreshes committed, tokens issued, revoked.
/// - `POST /sandbox/expire` `{"access_token"? | "client_id"? | "family"?, "refresh"?: bool}` ends
///   the access tokens meant, all without a choice; with `refresh` the families too.
/// - `POST /sandbox/script` an entry or a list of entries (`ScriptEntry`): `grant`, `client`, `skip`,
///   `times`, `personality`, `delay_ms`, `fault` (with `bytes`, `interval_ms`), `status`, `headers`,
///   `body`, `commit`. `DELETE` empties the queue.
/// - `GET /sandbox/stats` counts; `lost` are committed calls whose answer was spoilt on purpose.
/// - `GET /sandbox/calls` the last calls of the token endpoint, without secrets.
/// - `POST /sandbox/reset` puts everything back to the start.
extension SandboxService {
    /// Answers the control API.
    mutating func control(_ request: Request, _ place: Place, at now: Double) -> Response {
        if let refusal = ControlGuard.refusal(of: request) { return refusal }
        let path = place.segments.dropFirst().joined(separator: "/")
        do {
            switch (request.method, path) {
            case ("GET", "stats"): return .json(200, stats(at: now))
            case ("GET", "calls"): return .json(200, ["calls": calls.json])
            case ("POST", "reset"):
                reset()
                return Response(status: 204)
            case ("POST", "clients"): return try register(body(of: request))
            case ("POST", "grant"): return try start(body(of: request), place, at: now)
            case ("POST", "expire"): return try expire(body(of: request), at: now)
            case ("POST", "script"): return try enqueue(body(of: request))
            case ("DELETE", "script"):
                script = Script(max: limits.scriptEntries)
                return Response(status: 204)
            case ("GET", _) where path.hasPrefix("families/"):
                return family(String(path.dropFirst("families/".count)))
            case (_, "stats"), (_, "calls"): return .methodNotAllowed("GET")
            case (_, "reset"), (_, "clients"), (_, "grant"), (_, "expire"):
                return .methodNotAllowed("POST")
            case (_, "script"): return .methodNotAllowed("POST, DELETE")
            case _: return .refusal(404, "not_found", "There is nothing at this path.")
            }
        } catch {
            return .refusal(400, "bad_request", error.message)
        }
    }

    private func body(of request: Request) throws(ControlError) -> JSONValue {
        if request.body.isEmpty { return .object([]) }
        guard let json = JSONValue(json: request.body) else {
            throw ControlError("The body is not JSON, or nested too deep.")
        }
        return json
    }

    private mutating func register(_ json: JSONValue) throws(ControlError) -> Response {
        guard let id = try text(json, "client_id"), !id.isEmpty, id.utf8.count <= 200 else {
            throw ControlError("client_id must be a text of 1 to 200 bytes.")
        }
        let secret = try text(json, "client_secret")
        let key = try key(json)
        clients[id] = Client(
            id: id,
            secret: secret,
            key: key,
            redirectURIs: try texts(json, "redirect_uris"),
            scopes: try texts(json, "scopes")
        )
        return .json(201, ["client_id": .string(id), "public": .bool(secret == nil && key == nil)])
    }

    private func key(_ json: JSONValue) throws(ControlError) -> VerifyingKey? {
        guard let pem = try text(json, "public_key") else { return nil }
        guard let algorithm = try text(json, "alg").flatMap(SigningAlgorithm.init) else {
            throw ControlError("alg must be RS256, PS256, ES256 or EdDSA.")
        }
        do throws(SigningKeyError) {
            return try VerifyingKey(pem: pem, for: algorithm)
        } catch {
            throw ControlError("public_key: \(error)")
        }
    }

    private mutating func start(
        _ json: JSONValue,
        _ place: Place,
        at now: Double
    ) throws(ControlError) -> Response {
        guard let client = clients[try text(json, "client_id") ?? Client.demo.id] else {
            throw ControlError("The client is unknown.")
        }
        guard let scope = client.granted(try text(json, "scope")) else {
            throw ControlError("The client may not have this scope.")
        }
        let issue = grants.start(
            client: client.id,
            scope: scope,
            behaviour: place.behaviour,
            at: now
        )
        return .json(
            201,
            [
                "family": .string(issue.family), "scope": .string(issue.scope),
                "access_token": .string(issue.accessToken),
                "expires_in": .number(place.behaviour.accessLifetime),
                "refresh_token": issue.refreshToken.map { .string($0) } ?? .null,
            ]
        )
    }

    private mutating func expire(_ json: JSONValue, at now: Double) throws(ControlError) -> Response
    {
        let token = try text(json, "access_token")
        let client = try text(json, "client_id")
        let family = try text(json, "family")
        var alsoRefresh = false
        switch json["refresh"] {
        case nil: break
        case .bool(let flag)?: alsoRefresh = flag
        case _: throw ControlError("refresh must be true or false.")
        }
        let before = grants.familiesRevoked
        if alsoRefresh {
            let ended = grants.families.all.filter { found in
                (client == nil || found.client == client) && (family == nil || found.id == family)
                    && (token.map { grants.access[$0]?.family == found.id } ?? true)
            }
            for found in ended { grants.revoke(family: found.id) }
        }
        let meant = token.map { grants.live($0, at: now) != nil }
        var killed = meant == true ? 1 : 0
        if let token {
            grants.kill(token)
        } else {
            killed = grants.killAccess(at: now) { found in
                (client == nil || found.client == client)
                    && (family == nil || found.family == family)
            }
        }
        return .json(
            200,
            [
                "expired": .number(killed),
                "families_revoked": .number(grants.familiesRevoked - before),
            ]
        )
    }

    private mutating func enqueue(_ json: JSONValue) throws(ControlError) -> Response {
        let values: [JSONValue]
        if case .array(let list) = json { values = list } else { values = [json] }
        var entries: [ScriptEntry] = []
        for value in values { entries.append(try ScriptEntry(value, limits: limits)) }
        guard script.append(entries) else {
            return .refusal(507, "full", "The script has \(limits.scriptEntries) entries at most.")
        }
        return .json(201, ["queued": .number(script.count)])
    }

    private func family(_ id: String) -> Response {
        guard let family = grants.families[id] else {
            return .refusal(404, "not_found", "There is no such family.")
        }
        return .json(
            200,
            [
                "family": .string(family.id), "client_id": .string(family.client),
                "scope": .string(family.scope), "refreshes": .number(family.refreshes),
                "refresh_tokens_issued": .number(family.issued),
                "refresh_tokens_live": .number(family.live.count),
                "access_tokens_issued": .number(family.accessIssued),
                "revoked": .bool(family.isRevoked),
            ]
        )
    }

    private func text(_ json: JSONValue, _ name: String) throws(ControlError) -> String? {
        switch json[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        case _: throw ControlError("\(name) must be a text.")
        }
    }

    private func texts(_ json: JSONValue, _ name: String) throws(ControlError) -> [String] {
        switch json[name] {
        case nil, .null?: return []
        case .array(let list)? where list.count <= 100 && list.allSatisfy { $0.string != nil }:
            return list.compactMap(\.string)
        case _: throw ControlError("\(name) must be a list of at most 100 texts.")
        }
    }
}
