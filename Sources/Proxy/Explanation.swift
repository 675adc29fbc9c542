package import Config

/// What would happen to one request, without a secret in it.
package struct Explanation: Sendable {
    /// The listener it would come to.
    package var listener: String
    /// Whether the URL names that listener; if not, it is one where the request could come.
    package var isListenerTold: Bool
    /// The name of the caller that was recognised.
    package var caller: String?
    /// The route's pattern.
    package var route: String?
    package var connection: String?
    package var tenant: String?
    /// Whose token would be injected, as `connection` or `connection/tenant`.
    package var token: String?
    /// Whether the connect pages answer it, and no route.
    package var isPage = false
    /// Whether the proxy itself answers it at once, as `OPTIONS *`.
    package var isAnswered = false
    /// Where it would go; fields that are secret or come with the credentials stand as `{{name}}`.
    package var url: String?
    /// Fields that only the credentials can give.
    package var awaited: [String] = []
    /// The names of fields that would be added, and of those that would not go upstream.
    package var headersSet: [String] = []
    package var headersDropped: [String] = []
    package var timeouts: RouteConfiguration.Timeouts?
    /// Why it would be refused.
    package var refusal: Refusal?
}
