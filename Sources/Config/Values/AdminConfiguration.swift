package import Crypto
package import HTTP

/// The admin listener (`admin`).
package struct AdminConfiguration: Sendable {
    /// Each with the hosts that are answered there; never any host.
    package var binds: [BindConfiguration] = []
    /// The token as it was written.
    package var token: Secret?
    /// Where the token lies, or is made on first start, when none was written.
    package var tokenPath: String
    /// Where browsers reach the connect pages; `nil`: there are none.
    package var publicURL: URI?
    /// Where a finished connect may send the browser.
    package var returnURLs: [URI] = []
    /// What 424 answers give as `connect_url`.
    package var helpURL: Template?
    /// Whether a person must press a button before the provider's page is opened.
    package var confirm = true
    package var console = true
    package var metrics = true

    package init(tokenPath: String) {
        self.tokenPath = tokenPath
    }
}
