package import HTTP

/// How a connection's API is called (`api_client`).
package struct APIClientConfiguration: Sendable {
    /// Where requests go: an absolute URI, of which parts may be fields.
    package var baseURI: Template
    /// The hosts that a templated base URI may lead to.
    package var allowHosts: [HostPattern] = []
    /// Headers that replace the caller's.
    package var headers: [NamedTemplate] = []
    /// Headers for requests that come without them.
    package var defaultHeaders: [NamedTemplate] = []
    /// Query parameters that replace the caller's.
    package var query: [NamedTemplate] = []
    package var tls = ClientTLSConfiguration()

    package init(baseURI: Template) {
        self.baseURI = baseURI
    }
}

/// What is special in the TLS to an upstream; its certificate is verified always.
package struct ClientTLSConfiguration: Sendable, Hashable {
    /// The certificates to trust in the place of the system's.
    package var ca: String?
    /// Our own certificate, and its key.
    package var certificate: String?
    package var key: String?
    /// The name to ask for and to verify in the place of the URI's host.
    package var serverName: String?

    package init() {}
}

extension APIClientConfiguration {
    /// The host that every request goes to, if the base URI names it; `nil`: fields decide.
    package var literalHost: String? { baseURI.literalHost }

    /// The base URI for one set of fields, sure to lead to a host that the configuration allows.
    ///
    /// A URI that a field gave whole must be `https`, unless `allow_hosts` names its very host.
    ///
    /// - Throws: what `Template.renderURI` throws, and `hostNotAllowed`.
    package func resolveBaseURI(lookup: (String) -> String?) throws(TemplateError) -> URI {
        let uri = try baseURI.renderURI(lookup: lookup)
        guard literalHost == nil else { return uri }
        let matching = allowHosts.filter { $0.matches(uri.host) }
        guard !matching.isEmpty else { throw .hostNotAllowed(uri.host) }
        let isNamed = matching.contains { !$0.matchesSubdomains }
        guard uri.scheme == .https || !baseURI.startsWithField || isNamed else {
            throw .uri("a URL that a field gives must be https")
        }
        return uri
    }
}
