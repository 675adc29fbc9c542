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
package struct ClientTLSConfiguration: Sendable, Equatable {
    /// The certificates to trust in the place of the system's.
    package var ca: String?
    /// Our own certificate, and its key.
    package var certificate: PEM?
    package var key: PEM?
    /// The name to ask for and to verify in the place of the URI's host.
    package var serverName: String?

    package init() {}
}
