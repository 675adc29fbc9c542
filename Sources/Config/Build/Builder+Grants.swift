extension Builder {
    /// Checks that a connection has what its grant needs.
    func checkGrant(
        _ connection: ConnectionConfiguration,
        _ block: CheckedBlock,
        _ position: SourcePosition
    ) {
        let name = connection.name
        guard block.has("grant") else {
            if !isFilledIn(block) {
                findings.error("connection '\(name)' has no 'grant'", at: position)
            }
            return
        }
        guard block["grant"] != nil else { return }
        var needed: [String] = []
        switch connection.grant {
        case .clientCredentials: needed = ["token_uri", "client_id"]
        case .refreshToken:
            needed = block.has("refresh_uri") ? ["client_id"] : ["token_uri", "client_id"]
        case .authorizationCode: needed = ["authorize_uri", "token_uri", "client_id"]
        case .jwtBearer: needed = ["token_uri", "assertion"]
        case .password: needed = ["token_uri", "username", "password"]
        case .none:
            checkUnused(block)
            return
        }
        // Where 'client_auth' is written wrongly, nobody knows whether it wants a secret.
        let isProofKnown = block["client_auth"] != nil || !block.has("client_auth")
        if needed.contains("client_id"), isProofKnown,
            wantsSecret(connection.clientAuthentication)
        {
            needed.append("client_secret")
        }
        // Discovery gives the endpoints; a provider or a connector gives anything.
        let discovered = block.has("issuer") ? ["token_uri", "authorize_uri"] : []
        for directive in needed
        where !block.has(directive) && !discovered.contains(directive) && !isFilledIn(block) {
            let hint = directive == "client_secret" ? " (or says 'client_auth none')" : ""
            let message = """
                connection '\(name)' has no '\(directive)', which grant \
                \(connection.grant.rawValue) needs\(hint)
                """
            findings.error(message, at: position)
        }
        checkMisplaced(connection, block)
    }

    private func wantsSecret(_ authentication: ClientAuthentication) -> Bool {
        switch authentication {
        case .headers, .body, .both: true
        case .none, .privateKeyJWT, .tls: false
        }
    }

    /// Directives that another grant has.
    private func checkMisplaced(_ connection: ConnectionConfiguration, _ block: CheckedBlock) {
        let homes: [(String, [Grant])] = [
            ("refresh_token", [.refreshToken]),
            ("refresh_param", [.refreshToken, .authorizationCode, .password]),
            ("assertion", [.jwtBearer]),
            ("username", [.password]),
            ("password", [.password]),
            ("authorize_uri", [.authorizationCode]),
            ("redirect_uri", [.authorizationCode]),
        ]
        for (name, grants) in homes where !grants.contains(connection.grant) {
            for directive in block.all(name) where !directive.isFilledIn {
                let message = "'\(name)' has no effect with grant \(connection.grant.rawValue)"
                findings.warning(message, at: directive.position)
            }
        }
    }

    /// With no token there are no token calls.
    private func checkUnused(_ block: CheckedBlock) {
        let names = [
            "token_uri", "refresh_uri", "authorize_uri", "revoke_uri", "issuer", "scopes",
            "client_auth", "refresh_token", "token_param", "refresh_param", "token_header",
            "resource", "rename", "token_body", "token_field", "expires_unit", "keep", "lookup",
        ]
        for name in names {
            for directive in block.all(name) where !directive.isFilledIn {
                findings.warning("'\(name)' has no effect with grant none", at: directive.position)
            }
        }
    }
}
