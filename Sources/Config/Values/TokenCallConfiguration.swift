package import HTTP

/// How a connection's token calls look, and what is read from the replies.
package struct TokenCallConfiguration: Sendable {
    /// How the parameters of a token call travel.
    package enum Body: String, Sendable, CaseIterable {
        case form, json, query
    }

    /// What a number in `expires_in` counts.
    package enum ExpiresUnit: String, Sendable, CaseIterable {
        case seconds = "s"
        case milliseconds = "ms"
    }

    package var body = Body.form
    /// The resources asked for (RFC 8707).
    package var resources: [URI] = []
    /// Parameters of every token call; values may be secret.
    package var parameters: [NamedSecret] = []
    /// Parameters of refreshes only.
    package var refreshParameters: [NamedSecret] = []
    package var headers: [NamedSecret] = []
    /// Standard parameters and what this provider calls them.
    package var renames: [NamedText] = []
    /// Our fields, and the paths in the reply where their values stand.
    package var fieldPaths: [NamedText] = []
    /// What a number in `expires_in` counts; `nil`: seconds.
    package var expiresUnit: ExpiresUnit?
    /// Fields of the reply that are kept with the credentials.
    package var keep: [String] = []

    package init() {}

    /// What this provider calls a standard parameter.
    package func name(of parameter: String) -> String {
        renames.first { $0.name == parameter }?.value ?? parameter
    }
}
