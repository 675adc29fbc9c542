package import Config
package import Crypto

/// The values that templates may ask for, of one connection and one account.
///
/// Names of our own win over fields; of these the account's win over the file's `field`s, and those
/// over its `parameter`s.
package struct TemplateValues: Sendable {
    /// What has a value of our own, which no other may hide.
    private static let ownNames: Set<String> = [
        "access_token", "token_type", "client_id", "client_secret", "connection", "tenant",
    ]

    package let connection: ConnectionConfiguration
    package let tenant: String?
    /// What is kept with the credentials, the parameters of whoever connected included.
    package let fields: [String: String]
    private let accessToken: Secret?
    private let tokenType: String?

    /// The values where there is a token, or none.
    package init(_ connection: ConnectionConfiguration, snapshot: TokenSnapshot?) {
        self.connection = connection.calling(with: snapshot?.client)
        tenant = snapshot?.id.tenant
        fields = snapshot?.fields ?? [:]
        accessToken = snapshot?.accessToken
        tokenType = snapshot?.tokenType
    }

    /// The values before a token is stored, and for calls that bring one.
    package init(
        _ connection: ConnectionConfiguration,
        tenant: String?,
        fields: [String: String],
        accessToken: Secret? = nil,
        tokenType: String? = nil
    ) {
        self.connection = connection
        self.tenant = tenant
        self.fields = fields
        self.accessToken = accessToken
        self.tokenType = tokenType
    }

    /// Why values cannot be kept for templates under their names, in words; `nil` if they can.
    package static func problem(of parameters: [String: String]) -> String? {
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, !ownNames.contains(name) else {
                return "'\(name)' cannot be the name of a parameter"
            }
            guard value.utf8.allSatisfy({ $0 != 0 && $0 != 0x0A && $0 != 0x0D }) else {
                return "the parameter '\(name)' may hold no line ends"
            }
        }
        return nil
    }

    /// The value of a field, nil when there is none.
    package subscript(_ name: String) -> String? {
        switch name {
        case "access_token": return accessToken?.reveal()
        case "token_type": return tokenType
        case "client_id": return connection.clientID
        case "client_secret": return connection.clientSecret?.reveal()
        case "connection": return connection.name
        case "tenant": return tenant
        default: break
        }
        if let kept = fields[name] { return kept }
        if let field = connection.fields.last(where: { $0.name == name }) {
            return field.value.reveal()
        }
        return connection.parameter(name)
    }
}
