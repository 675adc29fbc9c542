package import HTTP

/// What the operator decided about connecting.
package struct ConnectSettings: Sendable {
    /// Where browsers reach the connect pages.
    package let publicURL: URI
    /// Where a finished connect may send the browser.
    package let returnURLs: [URI]
    /// Whether a person must press a button before the provider's page is opened.
    package let confirm: Bool

    /// Takes the decisions.
    package init(publicURL: URI, returnURLs: [URI] = [], confirm: Bool = true) {
        self.publicURL = publicURL
        self.returnURLs = returnURLs
        self.confirm = confirm
    }

    /// The public URL of one of our paths.
    func url(_ path: String) -> String {
        var base = publicURL.text.prefix { $0 != "?" }
        while base.hasSuffix("/") { base.removeLast() }
        return base + path
    }

    /// The origin that browsers name for our pages.
    var origin: String { "\(publicURL.scheme.rawValue)://\(publicURL.authority)" }

    var isSecure: Bool { publicURL.scheme == .https }
}
