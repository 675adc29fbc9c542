package import Connectors

/// A connection's connector, and how far the file goes beyond it.
package struct ConnectorConfiguration: Sendable {
    package let definition: Connector
    /// What the file says itself, which the connector does not replace: directives by name, and
    /// `extra NAME`.
    package let written: Set<String>
    /// Whether it is said where the client's secret goes; if not, refreshes have it in their body.
    package var saysClientAuthentication: Bool

    init(_ definition: Connector, written: Set<String>) {
        self.definition = definition
        self.written = written
        saysClientAuthentication = written.contains("client_auth")
    }

    /// Whether `getOAuthConfig` must be asked anew for each account.
    package var asksForEachAccount: Bool {
        switch definition[.getOAuthConfig] {
        case .javascript: true
        case .mapping(let mapping, _): mapping.refers(to: ConnectorConfiguration.later)
        case nil: false
        }
    }

    /// What is not known before an account is being connected.
    static let later: Set<HookArgument> = [.connectionParameters, .redirectUri, .state]
}

/// Why what a connector gave cannot be used.
package struct ConnectorFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The member that is wrong; `nil` for the whole.
    package let member: String?
    package let message: String

    /// Says why.
    package init(_ message: String, member: String? = nil) {
        self.member = member
        self.message = message
    }

    package var description: String { member.map { "'\($0)': \(message)" } ?? message }
}
