package import Credentials
internal import Crypto

/// A place in the list of all credentials, which is in the order of connections and tenants.
package struct ListPlace: Sendable, Equatable {
    /// The last credential before the place.
    package let id: CredentialID

    /// The place behind a credential.
    init(after id: CredentialID) { self.id = id }

    /// Reads a place that `cursor` gave; `nil` for any other text.
    package init?(cursor: String) {
        guard let bytes = Base64URL.decode(cursor),
            let name = String(validating: bytes, as: UTF8.self), !name.isEmpty
        else { return nil }
        guard let slash = name.firstIndex(of: "/") else {
            id = CredentialID(connection: name)
            return
        }
        id = CredentialID(
            connection: String(name[..<slash]),
            tenant: String(name[name.index(after: slash)...])
        )
    }

    /// The place as text: the connection's name, which holds no slash, and behind one the tenant.
    package var cursor: String {
        Base64URL.encode(Array((id.connection + (id.tenant.map { "/\($0)" } ?? "")).utf8))
    }
}
