import HTTP

extension Builder {
    /// Warns of what is legal in a connection and probably not meant.
    func lint(_ connection: ConnectionConfiguration, _ block: CheckedBlock) {
        lintURIs(block)
        lintURIs(block["api_client"]?.block)
        let host = connection.template(of: .refresh).flatMap(connection.ownHost)
        // The provider of the sandbox and of tests has no secrets worth a warning.
        if host.map(Loopback.contains) != true {
            lintSecrets(["client_secret", "refresh_token", "password"], block)
            lintValues(["token_param", "refresh_param", "token_header"], block)
        }
        if connection.ownHost(of: connection.api.baseURI).map(Loopback.contains) != true {
            lintValues(["field"], block)
        }
        if connection.clientAuthentication == .both, let written = block["client_auth"] {
            let message = """
                'client_auth both' sends the secret twice, which RFC 6749 section 2.3 forbids; \
                use it only where the provider wants it
                """
            findings.warning(message, at: written.position)
        }
        if case .tls(let proof, _) = connection.clientAuthentication,
            let own = connection.api.tls.certificate, own != proof,
            let written = block["api_client"]?.block?["tls"]
        {
            let message = """
                the API gets another certificate than the provider: tokens that are bound to that \
                of 'client_auth tls' (RFC 8705 section 3) do not work with this one
                """
            findings.warning(message, at: written.position)
        }
        if connection.grant == .password, let written = block["grant"] {
            let message = "the grant 'password' is obsolete (RFC 9700 section 2.4)"
            findings.warning(message, at: written.position)
        }
        lintBuffer(connection.tokens, block)
        guard connection.grant != .none, let provider = connection.knownProvider else { return }
        lintRefresh(connection, block, provider)
        lintPKCE(connection, block, provider)
        lintLifetime(connection, block, provider)
    }

    /// Values under names of the operator's choice that say what they are.
    private func lintValues(_ names: [String], _ block: CheckedBlock) {
        for name in names {
            for directive in block.all(name) where !directive.isFilledIn {
                guard let name = directive.text("NAME"), let value = directive["VALUE"],
                    value.isLiteral, PlainValue.isSecretive(name)
                else { continue }
                warnOfSecret(at: value)
            }
        }
    }

    /// A buffer as long as the token's life would mean a refresh for each request; the share saves
    /// us from that, but then the buffer is not what was written.
    func lintBuffer(_ policy: TokenPolicy, _ block: CheckedBlock?) {
        guard let block, policy.refreshBefore >= policy.assumeLifetime else { return }
        guard let written = block["refresh_before"] ?? block["assume_lifetime"] else { return }
        let message = """
            'refresh_before' (\(ValueReader.shown(policy.refreshBefore))) is not smaller than \
            'assume_lifetime' (\(ValueReader.shown(policy.assumeLifetime)))
            """
        findings.warning(message, at: written.position)
    }

    /// Where to say something of a provider: at its name, or at the endpoint that gave it away.
    private func place(_ names: [String], of block: CheckedBlock) -> SourcePosition? {
        (names + ["provider", "token_uri"]).lazy.compactMap { block[$0] }
            .first { !$0.isFilledIn }?.position
    }

    /// The parameter that yields a refresh token is missing.
    private func lintRefresh(
        _ connection: ConnectionConfiguration,
        _ block: CheckedBlock,
        _ provider: Provider
    ) {
        guard connection.grant == .authorizationCode, connection.refresh else { return }
        for directive in connection.missingForRefresh ?? [] {
            let name = String(directive.prefix { $0 != " " })
            guard let position = place([name], of: block) else { continue }
            let message = """
                \(provider.title) gives a refresh token only with '\(directive)'; write it, or \
                'refresh off'
                """
            findings.warning(message, at: position)
        }
    }

    /// PKCE where it breaks the flow or changes what refreshing does.
    private func lintPKCE(
        _ connection: ConnectionConfiguration,
        _ block: CheckedBlock,
        _ provider: Provider
    ) {
        guard connection.grant == .authorizationCode, connection.pkce,
            let problem = provider.pkceProblem, let position = place(["pkce"], of: block)
        else { return }
        let message = "'pkce off' is meant for \(provider.title): \(problem)"
        findings.warning(message, at: position)
    }

    /// A buffer that eats the token's whole life, and a life that nobody says.
    private func lintLifetime(
        _ connection: ConnectionConfiguration,
        _ block: CheckedBlock,
        _ provider: Provider
    ) {
        let tokens = top["tokens"]?.block
        switch provider.lifetime {
        case .unknown: return
        case .untold:
            guard block["assume_lifetime"] == nil, tokens?["assume_lifetime"] == nil,
                let position = place([], of: block)
            else { return }
            let message = """
                \(provider.title) does not say how long a token lives; write 'assume_lifetime'
                """
            findings.warning(message, at: position)
        case .seconds(let life):
            let before = connection.tokens.refreshBefore
            guard before >= life,
                let written = block["refresh_before"] ?? tokens?["refresh_before"],
                !written.isFilledIn
            else { return }
            let message = """
                'refresh_before' (\(ValueReader.shown(before))) is not smaller than the \
                \(ValueReader.shown(life)) that a token of \(provider.title) lives
                """
            findings.warning(message, at: written.position)
        }
    }
}
