import Crypto

/// A client that is registered with the scripted provider.
struct Client: Sendable {
    let id: String
    /// `nil` for a public client, which proves nothing but its name.
    let secret: String?
    /// What it signs statements with (RFC 7523), in the place of a secret.
    var key: VerifyingKey?
    /// Where codes may be sent, compared as text (RFC 9700 section 2.1); none: everywhere.
    let redirectURIs: [String]
    /// What it may ask for; none: everything.
    let scopes: [String]

    /// The client that every sandbox starts with.
    static let demo = Client(id: "demo", secret: "demo-secret", redirectURIs: [], scopes: [])

    /// Whether a caller that sent this secret, or none, is the client.
    func accepts(_ offered: String?) -> Bool {
        guard key == nil else { return false }
        guard let secret else { return offered == nil || offered == "" }
        guard let offered else { return false }
        return ConstantTime.equal(Array(secret.utf8), Array(offered.utf8))
    }

    /// The scopes that a request for these gets; `nil` if one of them is not allowed.
    func granted(_ requested: String?) -> String? {
        let asked = (requested ?? "").split(separator: " ").map(String.init)
        if asked.isEmpty { return scopes.isEmpty ? "read" : scopes.joined(separator: " ") }
        guard scopes.isEmpty || asked.allSatisfy(scopes.contains) else { return nil }
        return asked.joined(separator: " ")
    }
}
