import Crypto
import HTTP

extension Builder {
    /// One connection; `nil` if it has no name.
    func connection(
        _ directive: CheckedDirective,
        _ policy: TokenPolicy
    ) -> ConnectionConfiguration? {
        guard let name = directive.text("NAME"), let block = directive.block else { return nil }
        let grant = block.text("grant").flatMap(Grant.init)
        let api = apiClient(directive, block, grant)
        var result = ConnectionConfiguration(name: name, grant: grant ?? .none, api: api)
        readIdentity(block, into: &result)
        readEndpoints(block, into: &result)
        readTokenCalls(block, into: &result.tokenCalls)
        readConnecting(block, into: &result)
        if let written = block["upstream"] {
            var limits = result.upstream
            limits.connections = written.number("connections") ?? limits.connections
            limits.queue = written.number("queue") ?? limits.queue
            limits.queueTimeout = written.duration("queue_timeout") ?? limits.queueTimeout
            limits.idle = written.duration("idle") ?? limits.idle
            result.upstream = limits
        }
        result.tokens = tokenPolicy(block, over: policy)
        fillIn(&result, block)
        checkGrant(result, block, directive.position)
        checkTemplates(result, block)
        return result
    }

    /// Whether something unseen fills in what is not written: a connector, or a provider that was
    /// named wrongly.
    func isFilledIn(_ block: CheckedBlock) -> Bool {
        if block.has("connector") { return true }
        guard block.has("provider") else { return false }
        return block.text("provider").map { Catalogue.text(of: $0) == nil } ?? true
    }

    private func readIdentity(
        _ block: CheckedBlock,
        into result: inout ConnectionConfiguration
    ) {
        result.label = block.text("label") ?? result.label
        result.provider = block.text("provider")
        for directive in block.all("parameter") {
            guard let name = directive.text("NAME"), let value = directive.text("VALUE") else {
                continue
            }
            result.parameters.append(NamedText(name, value))
        }
        result.fields = secrets(block, "field")
        checkRepeated(block.all("parameter") + block.all("field"))
        result.clientID = block.text("client_id")
        result.clientSecret = block.secret("client_secret")
        result.refreshToken = block.secret("refresh_token")
        result.username = block.secret("username")
        result.password = block.secret("password")
        if let written = block["client_auth"] {
            let read = clientAuthentication(written)
            result.clientAuthentication = read ?? result.clientAuthentication
        }
        result.assertion = block["assertion"].flatMap(assertion)
    }

    private func clientAuthentication(_ written: CheckedDirective) -> ClientAuthentication? {
        switch written.form {
        case "headers":
            let encoding = written.text("encoding").flatMap(ClientAuthentication.Encoding.init)
            return .headers(encoding: encoding ?? .form)
        case "body": return .body
        case "both": return .both
        case "none": return ClientAuthentication.none
        case "private_key_jwt":
            guard let key = written["key"]?.pem,
                let algorithm = written.text("alg").flatMap(SigningAlgorithm.init)
            else { return nil }
            var jwt = ClientAuthentication.PrivateKeyJWT(key: key, algorithm: algorithm)
            jwt.keyID = written.text("kid")
            jwt.audience = written.text("aud")
            return .privateKeyJWT(jwt)
        case "tls":
            guard let certificate = written["certificate"]?.pem, let key = written["key"]?.pem
            else { return nil }
            return .tls(certificate: certificate, key: key)
        default: return nil
        }
    }

    private func assertion(_ written: CheckedDirective) -> AssertionConfiguration? {
        guard let key = written["key"]?.pem,
            let algorithm = written.text("alg").flatMap(SigningAlgorithm.init)
        else { return nil }
        var result = AssertionConfiguration(key: key, algorithm: algorithm)
        result.issuer = written.text("issuer")
        result.subject = written.text("subject")
        result.audience = written.text("audience")
        result.keyID = written.text("kid")
        result.lifetime = written.duration("lifetime") ?? result.lifetime
        return result
    }

    private func readEndpoints(
        _ block: CheckedBlock,
        into result: inout ConnectionConfiguration
    ) {
        result.authorizeURI = block.value("authorize_uri")?.template
        result.tokenURI = block.value("token_uri")?.template
        result.refreshURI = block.value("refresh_uri")?.template
        result.revokeURI = block.value("revoke_uri")?.template
        result.issuer = block.uri("issuer")
        result.redirectURI = block.uri("redirect_uri")
        result.scopes = block.values("scopes").compactMap(\.text)
        result.scopeSeparator = block.text("scope_separator") ?? result.scopeSeparator
        if let issuer = result.issuer, issuer.query != nil, let place = block.value("issuer") {
            findings.error("an issuer has no query (RFC 8414 section 2)", at: place.position)
        }
    }

    private func readTokenCalls(
        _ block: CheckedBlock,
        into result: inout TokenCallConfiguration
    ) {
        result.body =
            block.text("token_body").flatMap(TokenCallConfiguration.Body.init) ?? result.body
        result.resources = block.values("resource").compactMap(\.uri)
        result.parameters = secrets(block, "token_param")
        result.refreshParameters = secrets(block, "refresh_param")
        result.headers = secrets(block, "token_header")
        result.renames = pairs(block, "rename", "NAME", "NEWNAME")
        result.fieldPaths = pairs(block, "token_field", "NAME", "PATH")
        result.expiresUnit =
            block.text("expires_unit").flatMap(TokenCallConfiguration.ExpiresUnit.init)
        result.keep = Builder.unique(block.values("keep").compactMap(\.text))
        checkRepeated(block.all("rename"))
        checkRepeated(block.all("token_field"))
        checkRepeated(block.all("token_header"))
        for directive in block.all("token_header") {
            guard let place = directive["VALUE"], let value = place.secret else { continue }
            let isSendable = value.withBytes { bytes in
                !bytes.indices.contains { bytes[$0] < 0x20 && bytes[$0] != 9 || bytes[$0] == 0x7F }
            }
            guard !isSendable else { continue }
            findings.error("'token_header': a control character in a header", at: place.position)
        }
    }

    private func readConnecting(
        _ block: CheckedBlock,
        into result: inout ConnectionConfiguration
    ) {
        result.pkce = block.flag("pkce") ?? result.pkce
        result.refresh = block.flag("refresh") ?? result.refresh
        for pair in pairs(block, "extra", "NAME", "VALUE") {
            result.extra.removeAll { $0.name == pair.name }
            if pair.value != "-" { result.extra.append(pair) }
        }
        checkRepeated(block.all("extra"))
        checkExtra(block)
        result.callbackNames = pairs(block, "callback_param", "code|state", "NAME")
        result.callbackKeep = Builder.unique(block.values("callback_keep").compactMap(\.text))
        for directive in block.all("lookup") {
            guard let method = directive.text("METHOD"),
                let uri = directive["URI"]?.template
            else { continue }
            let fields = (directive.values["NAME=PATH"] ?? []).compactMap(\.assignment)
            let lookup = LookupConfiguration(method: method, uri: uri, fields: fields)
            result.lookups.append(lookup)
        }
        if let test = block["test"], let method = test.text("METHOD"), let path = test.text("PATH")
        {
            let status = test.number("expect")
            let configuration = TestConfiguration(
                method: method,
                path: path,
                expectedStatus: status
            )
            result.test = configuration
        }
    }

    /// Refuses parameters that the flow itself sets, and whose values protect it.
    private func checkExtra(_ block: CheckedBlock) {
        let own = ["state", "redirect_uri", "code_challenge", "code_challenge_method"]
        for place in block.all("extra").compactMap({ $0["NAME"] }) {
            guard let name = place.text, own.contains(name) else { continue }
            findings.error(
                "'extra \(name)': this parameter is set for each flow",
                at: place.position
            )
        }
    }

    private func secrets(_ block: CheckedBlock, _ name: String) -> [NamedSecret] {
        block.all(name).compactMap { directive in
            guard let name = directive.text("NAME"), let value = directive["VALUE"]?.secret else {
                return nil
            }
            return NamedSecret(name, value)
        }
    }

    private func pairs(
        _ block: CheckedBlock,
        _ name: String,
        _ first: String,
        _ second: String
    ) -> [NamedText] {
        block.all(name).compactMap { directive in
            guard let name = directive.text(first), let value = directive.text(second) else {
                return nil
            }
            return NamedText(name, value)
        }
    }

    /// Refuses directives that say two things of one name (whatever its case).
    func checkRepeated(_ directives: [CheckedDirective]) {
        var seen: [String: SourcePosition] = [:]
        for directive in directives {
            guard let name = directive["NAME"], let text = name.text else { continue }
            let key = text.lowercased()
            if let first = seen[key] {
                let message =
                    "'\(directive.name) \(name.source.shortened)' stands already at \(first)"
                findings.error(message, at: name.position)
            }
            seen[key] = seen[key] ?? name.position
        }
    }
}
