package import HTTP

/// A place that a credential may be sent to.
package struct Destination: Sendable, Hashable {
    package let uri: URI
    /// Whether the file itself names the host, which may then be at any address; any other must be
    /// at a public one.
    package let isNamed: Bool

    package init(_ uri: URI, isNamed: Bool) {
        self.uri = uri
        self.isNamed = isNamed
    }
}

extension ConnectionConfiguration {
    /// Where the provider is talked to.
    package enum Endpoint: Sendable {
        case authorize, token, refresh, revoke
    }

    /// What is written of an endpoint; refreshes go to `token_uri` unless `refresh_uri` is written.
    package func template(of endpoint: Endpoint) -> Template? {
        switch endpoint {
        case .authorize: authorizeURI
        case .token: tokenURI
        case .refresh: refreshURI ?? tokenURI
        case .revoke: revokeURI
        }
    }

    /// Where an endpoint is for one set of fields; `nil` if the configuration has none.
    ///
    /// - Throws: what `destination(of:lookup:)` throws.
    package func endpoint(
        _ endpoint: Endpoint,
        lookup: (String) -> String?
    ) throws(TemplateError) -> Destination? {
        guard let template = template(of: endpoint) else { return nil }
        return try destination(of: template, lookup: lookup)
    }

    /// The base URI of the API for one set of fields.
    ///
    /// - Throws: what `destination(of:lookup:)` throws.
    package func baseURI(lookup: (String) -> String?) throws(TemplateError) -> Destination {
        try destination(of: api.baseURI, lookup: lookup)
    }

    /// Where a template leads for one set of fields, sure to be a host that the file allows.
    ///
    /// A host is the file's own if it stands there, be it in `allow_hosts`, or if nothing but the
    /// connection's `parameter`s decides it. Any other must match a pattern of `allow_hosts`, and
    /// then a URI that a field gave whole must be `https` too.
    ///
    /// - Throws: what `Template.renderURI` throws, and `hostNotAllowed`.
    package func destination(
        of template: Template,
        lookup: (String) -> String?
    ) throws(TemplateError) -> Destination {
        let uri = try template.renderURI(lookup: lookup)
        if let own = ownPlace(of: template), own.isSamePlace(as: uri) {
            return Destination(uri, isNamed: true)
        }
        return try allowed(uri, from: template)
    }

    /// Where a connector's script may send a request.
    ///
    /// The connection's endpoints and the `parameter`s that are URLs are the file's own places.
    /// Any other host must match `allow_hosts`.
    /// - Throws: `hostNotAllowed`; `uri` for one that must be `https`.
    package func destination(ofScript uri: URI) throws(TemplateError) -> Destination {
        let endpoints = [authorizeURI, tokenURI, refreshURI, revokeURI, api.baseURI]
        let own =
            endpoints.compactMap { $0.flatMap(ownPlace) } + parameters.compactMap { URI($0.value) }
        if own.contains(where: { $0.isSamePlace(as: uri) }) {
            return Destination(uri, isNamed: true)
        }
        return try allowed(uri, from: .made(uri.text))
    }

    /// A place that the file alone does not decide, if `allow_hosts` names it.
    private func allowed(
        _ uri: URI,
        from template: Template
    ) throws(TemplateError) -> Destination {
        let matching = api.allowHosts.filter { $0.matches(uri.host) }
        guard !matching.isEmpty else { throw .hostNotAllowed(uri.host) }
        let isWrittenOut = matching.contains { !$0.matchesSubdomains }
        // Nothing of such a URI is the file's own.
        let isWhole = template.isMade || template.startsWithField
        guard uri.scheme == .https || !isWhole || isWrittenOut else {
            throw .uri("a URL that a field gives must be https")
        }
        return Destination(uri, isNamed: isWrittenOut)
    }

    /// The host of a template, if the file alone decides it.
    package func ownHost(of template: Template) -> String? { ownPlace(of: template)?.host }

    /// Scheme, host and port as the file alone gives them; the rest of the URI means nothing.
    private func ownPlace(of template: Template) -> URI? {
        let hostFields = template.hostFields
        guard !template.isMade, hostFields.allSatisfy({ parameter($0) != nil }) else { return nil }
        do throws(TemplateError) {
            return try template.renderURI { parameter($0) ?? "x" }
        } catch {
            return nil
        }
    }

    /// The file's own value of a field.
    package func parameter(_ name: String) -> String? {
        parameters.last { $0.name == name }?.value
    }
}

extension URI {
    /// Whether both lead to one server in one manner.
    package func isSamePlace(as other: URI) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }
}
