/// Names one credential: a connection and, where it serves several accounts, the tenant.
package struct CredentialID: Hashable, Sendable, Codable {
    /// The connection's name, as in the configuration.
    package let connection: String
    /// The account; `nil` for a connection that has only one.
    package let tenant: String?

    /// Names the credential of a connection, or of one tenant of it.
    package init(connection: String, tenant: String? = nil) {
        self.connection = connection
        self.tenant = tenant
    }
}

extension CredentialID {
    /// Whether the names are the same bytes; texts that only look alike name different accounts.
    package static func == (left: CredentialID, right: CredentialID) -> Bool {
        guard left.connection.utf8.elementsEqual(right.connection.utf8) else { return false }
        guard let one = left.tenant, let other = right.tenant else {
            return left.tenant == nil && right.tenant == nil
        }
        return one.utf8.elementsEqual(other.utf8)
    }
}

extension CredentialID: CustomStringConvertible {
    /// `connection` or `connection/tenant`, for messages.
    package var description: String { tenant.map { "\(connection)/\($0)" } ?? connection }
}
