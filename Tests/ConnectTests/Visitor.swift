import Connect
import HTTP
import Testing

/// A browser between an app, the connect pages and a provider, in which a test may do anything.
struct Visitor {
    let pages: ConnectPages
    /// The cookies that the pages have set.
    var cookies: [String: String] = [:]

    init(_ pages: ConnectPages) { self.pages = pages }

    /// Asks for a path of the public URL.
    mutating func get(_ target: String, _ fields: Fields = Fields()) async -> Response {
        await send(Request(method: "GET", target: target, fields: fields))
    }

    /// Presses the button.
    mutating func post(_ target: String, _ body: String, _ fields: Fields) async -> Response {
        await send(
            Request(method: "POST", target: target, fields: fields, body: Array(body.utf8))
        )
    }

    mutating func send(_ request: Request) async -> Response {
        var request = request
        if request.fields["Host"] == nil { request.fields.set("Host", "connect.test") }
        if !cookies.isEmpty {
            let text = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            request.fields.append("Cookie", text.joined(separator: "; "))
        }
        let response = await pages.answer(request, isSecure: false)
        for line in response.fields.all("Set-Cookie") {
            let pair = line.split(separator: ";")[0].split(separator: "=", maxSplits: 1)
            if line.contains("Max-Age=0") {
                cookies[String(pair[0])] = nil
            } else {
                cookies[String(pair[0])] = String(pair[1])
            }
        }
        return response
    }

    /// Offers `crm` to be connected; the target of its page.
    func offer(
        _ connection: String = "crm",
        tenant: String? = nil,
        returnURL: String? = nil,
        parameters: [String: String] = [:]
    ) throws -> String {
        let offer = try pages.offer(
            connection: connection,
            tenant: tenant,
            returnURL: returnURL,
            parameters: parameters
        )
        return try #require(URI(offer.url)).target
    }

    /// Presses the button of a page; where the provider is asked.
    mutating func leave(_ page: String) async throws -> [String: String] {
        let parts = page.split(separator: "?")
        let fields: Fields = ["Origin": "https://connect.test", "Sec-Fetch-Site": "same-origin"]
        let response = await post(String(parts[0]), String(parts[1]), fields)
        try #require(response.status == 303, "\(response.text)")
        let uri = try #require(URI(response.fields["Location"] ?? ""))
        let items = try #require(FormEncoding.decode(uri.query ?? ""))
        return Dictionary(items, uniquingKeysWith: { first, _ in "twice: \(first)" })
    }

    /// Comes back from the provider with a code.
    mutating func comeBack(
        _ state: String,
        _ more: String = "code=the-code",
        to path: String = "/oauth-callback"
    ) async -> Response {
        await get("\(path)?\(more)&state=\(state)", ["Sec-Fetch-Site": "cross-site"])
    }
}

extension Response {
    var text: String { String(decoding: body, as: UTF8.self) }
}
