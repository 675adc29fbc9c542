extension ConnectionConfiguration {
    /// What the catalogue knows of the connection's provider, by its name or by where it is.
    ///
    /// A connector knows better, and our own machine is no provider.
    var knownProvider: Provider? {
        guard connector == nil else { return nil }
        if let provider { return Provider(named: provider) }
        return [refreshURI, tokenURI, authorizeURI].lazy.compactMap(\.self)
            .compactMap(ownHost).filter { !Loopback.contains($0) }
            .compactMap(Catalogue.provider).first
    }

    /// The directives that are not written and without which, as far as is known, the provider gives
    /// no refresh token: `extra prompt consent`; `nil` for a provider of which nothing is known.
    package var missingForRefresh: [String]? {
        knownProvider?.refreshNeeds.compactMap { need in
            switch need {
            case .scope(let scope):
                scopes.contains(scope) ? nil : "scopes … \(scope)"
            case .extra(let pair):
                extra.contains(pair) ? nil : "extra \(pair.name) \(pair.value)"
            case .tokenParameter(let name):
                tokenCalls.parameters.contains { $0.name == name } ? nil : "token_param \(name)"
            }
        }
    }
}
