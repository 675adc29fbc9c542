/// A browser as far as OAuth flows need one: cookies, redirects, forms, and the fields by which
/// servers tell where a request comes from.
///
/// It speaks to this machine, whatever the host in a URL is called.
package final class Browser {
    /// What the window shows.
    package struct Page {
        package var url: WebAddress
        package var response: ProbeResponse

        package var status: Int { response.status }
        package var text: String { response.text }

        /// The forms in it, in order.
        package var forms: [WebForm] { WebForm.all(in: text) }
    }

    /// A cookie as it is kept; ports do not separate cookies.
    package struct Cookie {
        package var host: String
        package var path: String
        package var name: String
        package var value: String
        package var sameSite: String
        package var isHTTPOnly: Bool
        package var isSecure: Bool
    }

    private static let redirectsMax = 20

    package var cookies: [Cookie] = []
    /// Every URL that was asked for, in order.
    package private(set) var history: [String] = []

    private let authority: String?

    /// Makes a browser without cookies; it trusts the authority whose certificate is in a file.
    package init(trusting authority: String? = nil) {
        self.authority = authority
    }

    /// Opens a URL as if a person had typed it, and follows redirects up to one to a URL that begins
    /// with `stop`, which is not asked for: it is the `Location` of the page that is returned.
    ///
    /// `site`: the URL of the page whose link leads there; nil for none.
    package func open(
        _ url: String,
        from site: String? = nil,
        stoppingBefore stop: String? = nil
    ) throws -> Page {
        let initiator = try site.map { try WebAddress($0) }
        return try load(Visit(try WebAddress(url), from: initiator), stop)
    }

    /// Sends a form of a page, with its own values and some others, and follows redirects.
    package func submit(
        _ form: WebForm,
        of page: Page,
        with values: [(String, String)] = [],
        stoppingBefore stop: String? = nil
    ) throws -> Page {
        let names = Set(values.map(\.0))
        let items = form.values.filter { !names.contains($0.name) } + values.map { ($0, $1) }
        let body = items.map { "\(WebForm.encoded($0.name))=\(WebForm.encoded($0.value))" }
            .joined(separator: "&")
        var target = try page.url.resolving(form.action ?? page.url.text)
        guard form.method == "post" else {
            target = try WebAddress("\(target.text.prefix { $0 != "?" })?\(body)")
            return try load(Visit(target, from: page.url), stop)
        }
        return try load(Visit(target, method: "POST", body: body, from: page.url), stop)
    }

    /// Loads what a `Location` names that was not followed.
    package func follow(_ page: Page, stoppingBefore stop: String? = nil) throws -> Page {
        guard let location = page.response["Location"] else {
            throw TestFailure("no redirect: \(page.status) \(page.text)")
        }
        return try load(Visit(try page.url.resolving(location), from: page.url), stop)
    }

    // MARK: Requests

    private struct Visit {
        var url: WebAddress
        var method: String
        var body: String?
        var initiator: WebAddress?
        /// Whether every step until now was within one site.
        var isSameSite: Bool

        init(_ url: WebAddress, method: String = "GET", body: String? = nil, from: WebAddress?) {
            self.url = url
            self.method = method
            self.body = body
            initiator = from
            isSameSite = from.map { $0.host == url.host } ?? true
        }

        /// What `Sec-Fetch-Site` says.
        var relation: String {
            guard let initiator else { return "none" }
            if !isSameSite { return "cross-site" }
            return initiator.origin == url.origin ? "same-origin" : "same-site"
        }
    }

    private func load(_ first: Visit, _ stop: String?) throws -> Page {
        var visit = first
        var isSameOrigin = true
        for _ in 0..<Self.redirectsMax {
            if visit.initiator.map({ $0.origin != visit.url.origin }) ?? false {
                isSameOrigin = false
            }
            let response = try send(visit, isSameOrigin: isSameOrigin)
            let page = Page(url: visit.url, response: response)
            guard (300..<400).contains(response.status), let location = response["Location"]
            else { return page }
            let next = try visit.url.resolving(location)
            if let stop, next.text.hasPrefix(stop) { return page }
            let keeps = [307, 308].contains(response.status)
            visit.isSameSite = visit.isSameSite && next.host == visit.url.host
            visit.url = next
            if !keeps {
                visit.method = "GET"
                visit.body = nil
            }
        }
        throw TestFailure("too many redirects: \(history.suffix(Self.redirectsMax))")
    }

    private func send(_ visit: Visit, isSameOrigin: Bool) throws -> ProbeResponse {
        history.append(visit.url.text)
        let relation =
            visit.relation == "same-origin" && !isSameOrigin ? "same-site" : visit.relation
        var fields = [
            ("Sec-Fetch-Site", relation), ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"), ("Accept", "text/html"),
        ]
        if visit.method == "POST" {
            fields.append(("Content-Type", "application/x-www-form-urlencoded"))
            fields.append(("Origin", visit.initiator?.origin ?? "null"))
        }
        let sent = cookies.filter { cookie in
            cookie.host == visit.url.host && visit.url.path.hasPrefix(cookie.path)
                && (visit.url.isSecure || !cookie.isSecure)
                && (visit.isSameSite || cookie.sameSite == "none"
                    || cookie.sameSite == "lax" && visit.method == "GET")
        }
        if !sent.isEmpty {
            let text = sent.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
            fields.append(("Cookie", text))
        }
        let response = try fetch(visit, fields)
        for line in response.all("Set-Cookie") { keep(line, from: visit.url) }
        return response
    }

    private func fetch(_ visit: Visit, _ fields: [(String, String)]) throws -> ProbeResponse {
        guard visit.url.isSecure else {
            return try HTTPProbe.fetch(
                visit.url.target,
                method: visit.method,
                port: visit.url.port,
                host: visit.url.authority,
                fields: fields,
                body: visit.body
            )
        }
        guard let authority else { throw TestFailure("no authority for \(visit.url.text)") }
        return try SecureProbe(authority: authority).fetch(
            visit.url,
            method: visit.method,
            fields: fields,
            body: visit.body
        )
    }

    // MARK: Cookies

    /// Keeps, replaces or forgets the cookie of a `Set-Cookie` line.
    package func keep(_ line: String, from url: WebAddress) {
        var parts = line.split(separator: ";").map { $0.drop { $0 == " " } }
        let pair = parts.removeFirst().split(
            separator: "=",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        var cookie = Cookie(
            host: url.host,
            path: "/",
            name: String(pair[0]),
            value: String(pair.count > 1 ? pair[1] : ""),
            sameSite: "lax",
            isHTTPOnly: false,
            isSecure: false
        )
        var isGone = false
        var hasDomain = false
        for part in parts {
            let halves = part.split(separator: "=", maxSplits: 1)
            let value = halves.count > 1 ? String(halves[1]) : ""
            switch (halves.first ?? "").lowercased() {
            case "path": cookie.path = value
            case "samesite": cookie.sameSite = value.lowercased()
            case "httponly": cookie.isHTTPOnly = true
            case "max-age": isGone = (Int(value) ?? 0) <= 0
            case "secure": cookie.isSecure = true
            case "domain": hasDomain = true
            case _: continue
            }
        }
        // RFC 6265bis sections 4.1.3 and 5.7: a page without TLS sets no secure cookie, and the
        // prefix promises that the cookie is the very host's.
        let isBound = cookie.isSecure && !hasDomain && cookie.path == "/"
        if cookie.isSecure && !url.isSecure || cookie.name.hasPrefix("__Host-") && !isBound {
            return
        }
        cookies.removeAll { $0.host == cookie.host && $0.name == cookie.name }
        if !isGone { cookies.append(cookie) }
    }
}
