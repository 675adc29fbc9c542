internal import Connectors
internal import Crypto
internal import HTTP
package import JSON

/// The members of what `getOAuthConfig` gives.
enum OAuthMember: String, CaseIterable {
    case clientId, clientSecret, authorizeUri, tokenUri, redirectUri, scopes
    case clientAuthLocation, noRefreshToken, skipPkce, extra

    /// The directive that says the same.
    var directive: String {
        switch self {
        case .clientId: "client_id"
        case .clientSecret: "client_secret"
        case .authorizeUri: "authorize_uri"
        case .tokenUri: "token_uri"
        case .redirectUri: "redirect_uri"
        case .scopes: "scopes"
        case .clientAuthLocation: "client_auth"
        case .noRefreshToken: "refresh"
        case .skipPkce: "pkce"
        case .extra: "extra"
        }
    }
}

extension ConnectionConfiguration {
    /// The file's parameters as a connector's functions get them.
    package var connectorParameters: JSONValue {
        .object(parameters.map { JSONValue.Member($0.name, .string($0.value)) })
    }

    /// This connection with what a connector's `getOAuthConfig` gave for one account.
    ///
    /// What the file says itself stays, and endpoints that the connector's mapping gives as
    /// templates. Null says nothing. Endpoints must be at hosts that `allow_hosts` names.
    /// - Throws: what cannot be used.
    package func configured(by value: JSONValue) throws(ConnectorFault) -> ConnectionConfiguration {
        guard case .object(let members) = value else {
            throw ConnectorFault("getOAuthConfig gave no object")
        }
        var result = self
        for member in members where member.value != .null {
            guard let known = OAuthMember(rawValue: member.name) else {
                let names = OAuthMember.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConnectorFault("it is unknown; there are \(names)", member: member.name)
            }
            guard connector?.written.contains(known.directive) != true || known == .extra else {
                continue
            }
            do throws(ConnectorFault) {
                try result.take(known, member.value)
            } catch {
                throw ConnectorFault(error.message, member: member.name)
            }
        }
        return result
    }

    private mutating func take(
        _ member: OAuthMember,
        _ value: JSONValue
    ) throws(ConnectorFault) {
        switch member {
        case .clientId: clientID = try Self.text(value)
        case .clientSecret: clientSecret = Secret(try Self.text(value))
        case .authorizeUri: authorizeURI = try endpoint(value, instead: authorizeURI)
        case .tokenUri: tokenURI = try endpoint(value, instead: tokenURI)
        case .redirectUri:
            guard let uri = URI(try Self.text(value)) else {
                throw ConnectorFault("this is no http or https URL")
            }
            redirectURI = uri
        case .scopes: scopes = try Self.scopes(value)
        case .clientAuthLocation:
            switch value.string {
            case "headers": clientAuthentication = .headers(encoding: .form)
            case "body": clientAuthentication = .body
            case "both": clientAuthentication = .both
            default: throw ConnectorFault("this must be headers, body or both")
            }
            connector?.saysClientAuthentication = true
        case .noRefreshToken: refresh = try !Self.flag(value)
        case .skipPkce: pkce = try !Self.flag(value)
        case .extra: try takeExtra(value)
        }
    }

    /// A template of the mapping stands for itself, and has the file's own rule of hosts.
    private func endpoint(
        _ value: JSONValue,
        instead template: Template?
    ) throws(ConnectorFault) -> Template? {
        if case .mapping = connector?.definition[.getOAuthConfig] { return template }
        let text = try Self.text(value)
        guard let uri = URI(text) else { throw ConnectorFault("this is no http or https URL") }
        guard api.allowHosts.contains(where: { $0.matches(uri.host) }) else {
            throw ConnectorFault("allow_hosts does not name the host '\(uri.host)'")
        }
        return .made(text)
    }

    private mutating func takeExtra(_ value: JSONValue) throws(ConnectorFault) {
        guard case .object(let members) = value else {
            throw ConnectorFault("this must hold names and values")
        }
        for member in members
        where connector?.written.contains("extra \(member.name)") != true {
            extra.removeAll { $0.name == member.name }
            if member.value == .null { continue }
            guard let text = member.value.scalarText else {
                throw ConnectorFault("'\(member.name)' is no text")
            }
            extra.append(NamedText(member.name, text))
        }
    }

    private static func text(_ value: JSONValue) throws(ConnectorFault) -> String {
        guard let text = value.scalarText, !text.isEmpty else {
            throw ConnectorFault("this must be a text")
        }
        return text
    }

    private static func flag(_ value: JSONValue) throws(ConnectorFault) -> Bool {
        guard case .bool(let flag) = value else {
            throw ConnectorFault("this must be true or false")
        }
        return flag
    }

    private static func scopes(_ value: JSONValue) throws(ConnectorFault) -> [String] {
        guard case .array(let items) = value else { throw ConnectorFault("this must be a list") }
        var scopes: [String] = []
        for item in items {
            guard let scope = item.string, !scope.isEmpty else {
                throw ConnectorFault("a scope must be a text")
            }
            scopes.append(scope)
        }
        return scopes
    }
}
