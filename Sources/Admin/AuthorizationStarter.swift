package import Credentials

/// Makes the links by which people connect their accounts.
package protocol AuthorizationStarter: Sendable {
    /// A link to our own page that leads a browser to the provider and back.
    ///
    /// - Throws: why there is none.
    func authorization(
        _ id: CredentialID,
        returnURL: String?,
        parameters: [String: String]
    ) throws(AuthorizationRefusal) -> Authorization
}

/// A link by which somebody connects an account.
package struct Authorization: Sendable {
    package let url: String
    package let expiresAt: WallTime

    /// Notes a link.
    package init(url: String, expiresAt: WallTime) {
        self.url = url
        self.expiresAt = expiresAt
    }
}

/// Why there is no link to connect with.
package enum AuthorizationRefusal: Error, Sendable, Equatable {
    /// A finished connect may not send the browser there.
    case returnURLNotAllowed
    /// The connection has no such grant, or nothing serves the pages.
    case impossible(String)
}
