package import Config
package import HTTP
internal import JSON

/// What an authorization server says of itself (RFC 8414, OpenID Connect Discovery).
package struct ServerMetadata: Sendable, Equatable {
    /// The issuer's name, which is the configured one to the letter.
    package let issuer: URI
    /// Whether every authorization response names the issuer (RFC 9207 section 3).
    package let promisesIssuer: Bool
    /// The endpoints as written, by their names.
    private let endpoints: [String: String]
    /// Those for clients that show a certificate (RFC 8705 section 5).
    private let aliases: [String: String]

    private static let names = [
        "authorization_endpoint", "token_endpoint", "revocation_endpoint",
    ]

    /// Where the metadata may stand, in the order in which to look.
    ///
    /// The well-known path comes between host and path (RFC 8414 section 3.1), OpenID's behind it.
    package static func locations(of issuer: URI) -> [URI] {
        let place = "\(issuer.scheme == .https ? "https" : "http")://\(issuer.authority)"
        let path = issuer.path.hasSuffix("/") ? String(issuer.path.dropLast()) : issuer.path
        return [
            "\(place)/.well-known/oauth-authorization-server\(path)",
            "\(place)\(path)/.well-known/openid-configuration",
        ].compactMap { URI($0) }
    }

    /// Reads an answer that should be an issuer's metadata.
    ///
    /// - Throws: `MetadataError` with why it is of no use.
    package init(_ response: Response, of issuer: URI) throws(MetadataError) {
        guard response.status == 200 else { throw .status(response.status) }
        guard let value = JSONValue(json: response.body), case .object = value else {
            throw .unreadable
        }
        // Anything else would let one server speak for another (RFC 8414 section 3.3).
        guard value["issuer"] == .string(issuer.text) else { throw .otherIssuer }
        self.issuer = issuer
        promisesIssuer = value["authorization_response_iss_parameter_supported"] == .bool(true)
        endpoints = ServerMetadata.endpoints(of: value)
        aliases = value["mtls_endpoint_aliases"].map(ServerMetadata.endpoints) ?? [:]
    }

    private static func endpoints(of value: JSONValue) -> [String: String] {
        var found: [String: String] = [:]
        for name in names {
            if let text = value[name]?.string { found[name] = text }
        }
        return found
    }

    /// Where an endpoint is for a connection; `nil` if the server names none.
    ///
    /// - Throws: `MetadataError.endpoint` for one that secrets must not be sent to.
    package func destination(
        of endpoint: ConnectionConfiguration.Endpoint,
        for connection: ConnectionConfiguration
    ) throws(MetadataError) -> Destination? {
        let name: String
        switch endpoint {
        case .authorize: name = "authorization_endpoint"
        case .token, .refresh: name = "token_endpoint"
        case .revoke: name = "revocation_endpoint"
        }
        var text = endpoints[name]
        if case .tls = connection.clientAuthentication, endpoint != .authorize {
            text = aliases[name] ?? text
        }
        guard let text else { return nil }
        guard let uri = URI(text) else { throw .endpoint(name, "is no http or https URL") }
        guard let allowed = allowed(uri, for: connection) else {
            let place = "\(uri.scheme == .https ? "https" : "http")://\(uri.authority)"
            throw .endpoint(
                name,
                "leads to \(place), which is not the issuer's own place; write the endpoint "
                    + "itself, or its host under allow_hosts"
            )
        }
        return allowed
    }

    /// The endpoint as a place to go to: the issuer's own origin, or a host that the file names.
    ///
    /// Metadata that may name any host would have refresh tokens posted there.
    private func allowed(
        _ uri: URI,
        for connection: ConnectionConfiguration
    ) -> Destination? {
        if uri.isSamePlace(as: issuer) { return Destination(uri, isNamed: true) }
        // A provider for tests may be spread over the ports of this machine.
        if Loopback.contains(issuer.host) && Loopback.contains(uri.host) {
            return Destination(uri, isNamed: true)
        }
        guard uri.scheme == .https else { return nil }
        let written: [ConnectionConfiguration.Endpoint] = [.authorize, .token, .refresh, .revoke]
        let hosts = written.compactMap { connection.template(of: $0) }.compactMap {
            connection.ownHost(of: $0)
        }
        if hosts.contains(uri.host) { return Destination(uri, isNamed: true) }
        guard connection.api.allowHosts.contains(where: { $0.matches(uri.host) }) else {
            return nil
        }
        return Destination(uri, isNamed: false)
    }
}

/// Why an issuer's metadata is of no use.
package enum MetadataError: Error, Hashable, Sendable {
    case status(Int)
    case unreadable
    case otherIssuer
    /// An endpoint that must not be used, and why.
    case endpoint(String, String)
}

extension MetadataError: CustomStringConvertible {
    /// What happened, in words.
    package var description: String {
        switch self {
        case .status(let status): "it is answered with \(status)"
        case .unreadable: "the answer is no JSON object"
        case .otherIssuer: "the answer names another issuer"
        case .endpoint(let name, let reason): "its \(name) \(reason)"
        }
    }
}
