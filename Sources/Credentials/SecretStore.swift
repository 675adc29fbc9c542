package import Crypto

/// Keeps the secrets of connections that were made through the admin API, sealed beside the
/// credentials: one text for each of their revisions.
///
/// All calls block, as those of `CredentialStore` do.
package protocol SecretStore: Sendable {
    /// The secrets of one revision; `nil` if there are none.
    ///
    /// - Throws: `StoreError` if there are some that cannot be read.
    func secrets(_ id: SecretsID) throws(StoreError) -> Secret?

    /// Stores the secrets of a revision; durable on return.
    func storeSecrets(_ secrets: Secret, as id: SecretsID) throws(StoreError)

    /// Forgets the secrets of a revision; ones that are not there are no error.
    func deleteSecrets(_ id: SecretsID) throws(StoreError)

    /// The revisions whose secrets are stored, in no order.
    func listSecrets() throws(StoreError) -> [SecretsID]
}

/// Names the secrets of one revision of a connection.
package struct SecretsID: Hashable, Sendable {
    /// The most bytes of a connection's name.
    package static let nameBytesMax = 100
    private static let revisionBytes = 8

    package let connection: String
    /// Sixteen hexadecimal digits.
    package let revision: String

    /// Names the secrets of a new revision, which nothing else is called.
    package init(newRevisionOf connection: String) {
        self.connection = connection
        revision = Hex.encode(Random.bytes(Self.revisionBytes))
    }

    /// Reads `connection@revision`, as `description` writes it.
    package init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= Self.nameBytesMax,
            Hex.decode(String(parts[1]))?.count == Self.revisionBytes
        else { return nil }
        connection = String(parts[0])
        revision = String(parts[1])
    }
}

extension SecretsID: CustomStringConvertible {
    package var description: String { "\(connection)@\(revision)" }
}
