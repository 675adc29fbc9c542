import FoundationEssentials
import Support

/// Somebody who connects accounts through the proxy's pages.
final class Person {
    let browser: Browser
    private let proxy: Attache

    init(_ proxy: Attache, with browser: Browser = Browser()) {
        self.browser = browser
        self.proxy = proxy
    }

    /// Asks the admin API for a link and opens it: the page with the button.
    func open(_ connection: String, _ request: String = "{}") throws -> Browser.Page {
        let answer = try proxy.admin("POST", "/connections/\(connection)/authorize", request)
        guard answer.status == 201 else {
            throw TestFailure("\(answer.status) \(answer.text)\n\(proxy.process.transcript)")
        }
        let link = try JSONDecoder().decode(Link.self, from: Data(answer.body))
        return try browser.open(link.authorization_url)
    }

    /// Opens the page and presses its button: what the provider shows.
    func begin(
        _ connection: String,
        _ request: String = "{}",
        stoppingBefore stop: String? = nil
    ) throws -> Browser.Page {
        let page = try open(connection, request)
        guard page.status == 200, let form = page.forms.first else {
            throw TestFailure("no form: \(page.status) \(page.text)\n\(proxy.process.transcript)")
        }
        return try browser.submit(form, of: page, stoppingBefore: stop)
    }

    private struct Link: Decodable {
        var authorization_url: String
    }
}
