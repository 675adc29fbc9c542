internal import Connectors
internal import Crypto
internal import HTTP
package import JSON

extension ConnectionConfiguration {
    /// The connection with every default filled in, by the names of directives, secrets masked.
    package var shown: [JSONValue.Member] {
        identity + endpoints + calls + connecting + tokens.shown + [
            .init("upstream", shownUpstream), .init("api_client", api.shown),
        ]
    }

    private var identity: [JSONValue.Member] {
        [
            .init("name", .string(name)), .init("label", .string(label)),
            .init("provider", .optional(provider)),
            .init("connector", .optional(connector?.definition.directory)),
            .init("parameter", Shown.pairs(parameters)), .init("field", Shown.secrets(fields)),
            .init("grant", .string(grant.rawValue)), .init("client_id", .optional(clientID)),
            .init("client_secret", Shown.secret(clientSecret)),
            .init("client_auth", clientAuthentication.shown),
            .init("refresh_token", Shown.secret(refreshToken)),
            .init("username", Shown.secret(username)), .init("password", Shown.secret(password)),
            .init("assertion", assertion?.shown ?? .null),
        ]
    }

    private var endpoints: [JSONValue.Member] {
        [
            .init("authorize_uri", .optional(authorizeURI?.source)),
            .init("token_uri", .optional(tokenURI?.source)),
            .init("refresh_uri", .optional(template(of: .refresh)?.source)),
            .init("revoke_uri", .optional(revokeURI?.source)),
            .init("issuer", .optional(issuer?.text)),
            .init("redirect_uri", .optional(redirectURI?.text)),
            .init("scopes", Shown.texts(scopes)),
            .init("scope_separator", .string(scopeSeparator)),
        ]
    }

    private var calls: [JSONValue.Member] {
        [
            .init("resource", Shown.texts(tokenCalls.resources.map(\.text))),
            .init("token_param", Shown.secrets(tokenCalls.parameters)),
            .init("refresh_param", Shown.secrets(tokenCalls.refreshParameters)),
            .init("token_header", Shown.secrets(tokenCalls.headers)),
            .init("rename", Shown.names(tokenCalls.renames)),
            .init("token_body", .string(tokenCalls.body.rawValue)),
            .init("token_field", Shown.names(tokenCalls.fieldPaths)),
            .init("expires_unit", .string((tokenCalls.expiresUnit ?? .seconds).rawValue)),
            .init("keep", Shown.texts(tokenCalls.keep)),
        ]
    }

    private var connecting: [JSONValue.Member] {
        [
            .init("pkce", .bool(pkce)), .init("refresh", .bool(refresh)),
            .init("extra", Shown.pairs(extra)), .init("callback_param", Shown.names(callbackNames)),
            .init("callback_keep", Shown.texts(callbackKeep)),
            .init("lookup", .array(lookups.map(\.shown))), .init("test", test?.shown ?? .null),
        ]
    }

    private var shownUpstream: JSONValue {
        Shown.object([
            "connections": Shown.number(upstream.connections),
            "queue": Shown.number(upstream.queue),
            "queue_timeout": Shown.time(upstream.queueTimeout), "idle": Shown.time(upstream.idle),
        ])
    }
}

extension APIClientConfiguration {
    fileprivate var shown: JSONValue {
        Shown.object([
            "base_uri": .string(baseURI.source),
            "allow_hosts": Shown.texts(allowHosts.map(\.description)),
            "header": Shown.templates(headers), "default_header": Shown.templates(defaultHeaders),
            "query": Shown.templates(query),
            "tls": Shown.object([
                "ca": .optional(tls.ca), "certificate": Shown.pem(tls.certificate),
                "key": Shown.pem(tls.key), "server_name": .optional(tls.serverName),
            ]),
        ])
    }
}

extension ClientAuthentication {
    fileprivate var shown: JSONValue {
        switch self {
        case .headers(let encoding):
            Shown.object([
                "method": .string("headers"), "encoding": .string(encoding.rawValue),
            ])
        case .body: Shown.object(["method": .string("body")])
        case .both: Shown.object(["method": .string("both")])
        case .none: Shown.object(["method": .string("none")])
        case .privateKeyJWT(let jwt):
            Shown.object([
                "method": .string("private_key_jwt"), "key": Shown.pem(jwt.key),
                "alg": .string(jwt.algorithm.rawValue), "kid": .optional(jwt.keyID),
                "aud": .optional(jwt.audience),
            ])
        case .tls(let certificate, let key):
            Shown.object([
                "method": .string("tls"), "certificate": Shown.pem(certificate),
                "key": Shown.pem(key),
            ])
        }
    }
}

extension AssertionConfiguration {
    fileprivate var shown: JSONValue {
        Shown.object([
            "key": Shown.pem(key), "alg": .string(algorithm.rawValue),
            "issuer": .optional(issuer), "subject": .optional(subject),
            "audience": .optional(audience), "kid": .optional(keyID),
            "lifetime": Shown.time(lifetime),
        ])
    }
}

extension LookupConfiguration {
    fileprivate var shown: JSONValue {
        Shown.object([
            "method": .string(method), "uri": .string(uri.source),
            "fields": Shown.names(fields),
        ])
    }
}

extension TestConfiguration {
    fileprivate var shown: JSONValue {
        Shown.object([
            "method": .string(method), "path": .string(path),
            "expect": Shown.number(expectedStatus),
        ])
    }
}

extension TokenPolicy {
    /// The rules of refreshing by the names of directives.
    var shown: [JSONValue.Member] {
        let backoff = [failureBackoff.lowerBound, failureBackoff.upperBound]
        return [
            .init("refresh_before", Shown.time(refreshBefore)),
            .init("refresh_share", .string("\(Int((refreshShare * 100).rounded()))%")),
            .init("refresh_wait", Shown.time(refreshWait)),
            .init("request_timeout", Shown.time(requestTimeout)),
            .init(
                "failure_backoff",
                .string(backoff.map(ValueReader.shown).joined(separator: ".."))
            ),
            .init("min_forced_interval", Shown.time(minimumForcedInterval)),
            .init("assume_lifetime", Shown.time(assumeLifetime)),
            .init("keep_alive", Shown.time(keepAlive)),
            .init("concurrency", Shown.number(concurrency)),
        ]
    }
}
