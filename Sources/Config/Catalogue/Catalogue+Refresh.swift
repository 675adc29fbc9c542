extension Provider {
    /// The directives without which it gives no refresh token, and which a connection lacks.
    func missingForRefresh(in connection: ConnectionConfiguration) -> [String] {
        refreshNeeds.compactMap { need in
            switch need {
            case .scope(let scope):
                connection.scopes.contains(scope) ? nil : "scopes … \(scope)"
            case .extra(let pair):
                connection.extra.contains(pair) ? nil : "extra \(pair.name) \(pair.value)"
            case .tokenParameter(let name):
                connection.tokenCalls.parameters.contains { $0.name == name }
                    ? nil : "token_param \(name)"
            }
        }
    }
}

extension Catalogue {
    /// What is known of a connection's provider, by its name or by its token endpoint.
    ///
    /// A connector knows better, and our own machine is no provider.
    static func provider(of connection: ConnectionConfiguration) -> Provider? {
        guard connection.connector == nil else { return nil }
        if let name = connection.provider { return Provider(named: name) }
        guard let host = connection.template(of: .refresh).flatMap(connection.ownHost),
            !Loopback.contains(host)
        else { return nil }
        return provider(at: host)
    }

    /// The directives that a connection lacks to be given a refresh token; `nil` for a provider of
    /// which nothing is known.
    package static func missingForRefresh(in connection: ConnectionConfiguration) -> [String]? {
        provider(of: connection)?.missingForRefresh(in: connection)
    }
}
