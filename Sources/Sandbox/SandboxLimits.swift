/// The caps that keep the sandbox's memory constant, whatever it is sent.
package struct SandboxLimits: Sendable {
    /// Access tokens, refresh-token families, clients and codes; the oldest are forgotten.
    var accessTokens = 200_000
    var families = 200_000
    var clients = 10_000
    var codes = 10_000
    /// Signed statements whose second use is refused.
    var statements = 10_000
    /// Entries of the script; one more is refused with 507.
    var scriptEntries = 1000
    /// Bytes of a scripted body.
    var scriptBodyBytes = 65_536
    /// Token calls that `GET /sandbox/calls` remembers.
    var calls = 256
    /// Bytes of a body for the provider and for the control API; more is refused with 413.
    var controlBodyBytes = 262_144
    /// Parameters of a token call.
    var parameters = 100

    /// The caps that `attache sandbox` uses.
    package init() {}

    /// Smaller caps, for tests of what happens at them.
    package init(accessTokens: Int, families: Int, scriptEntries: Int) {
        self.accessTokens = accessTokens
        self.families = families
        self.scriptEntries = scriptEntries
    }
}
