internal import Config
internal import HTTP

/// The URI at the provider where a person says yes (RFC 6749 section 4.1.1).
struct AuthorizeURI {
    private var items: [(name: String, value: String)] = []
    private let base: URI

    /// Puts the parameters of a flow together.
    ///
    /// `extra` may replace a standard parameter, and the query that the endpoint has of its own
    /// stays but for parameters that are set here: none may come twice (section 3.1).
    init(_ flow: Flow, at base: URI, of connection: ConnectionConfiguration) {
        self.base = base
        let calls = connection.tokenCalls
        var standard = [
            ("client_id", flow.endpoints.clientID), ("redirect_uri", flow.redirectURI),
            ("response_type", "code"),
        ]
        if let scope = connection.scopeParameter { standard.append(("scope", scope)) }
        standard.append(("state", flow.state.text))
        if let challenge = flow.challenge {
            standard += [("code_challenge", challenge), ("code_challenge_method", "S256")]
        }
        let renamed = standard.map { (name: calls.name(of: $0.0), value: $0.1) }
        let replaced = Set(connection.extra.map(\.name))
        items = renamed.filter { !replaced.contains($0.name) }
        // Resources may be several (RFC 8707 section 2).
        items += calls.resources.map { (name: calls.name(of: "resource"), value: $0.text) }
        items += connection.extra.map { (name: $0.name, value: $0.value) }
    }

    /// The whole URI.
    var text: String {
        let own = Set(items.map(\.name))
        let kept = (base.query ?? "").split(separator: "&").filter { piece in
            let name = piece.prefix { $0 != "=" }
            let decoded = FormEncoding.decode(String(name))?.first?.0
            return decoded.map { !own.contains($0) } ?? true
        }
        let added = items.map { item in
            "\(FormEncoding.percentEncode(item.name))=\(FormEncoding.percentEncode(item.value))"
        }
        let query = (kept.map(String.init) + added).joined(separator: "&")
        return "\(base.text.prefix { $0 != "?" })?\(query)"
    }
}
