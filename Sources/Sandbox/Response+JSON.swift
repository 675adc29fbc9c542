import HTTP
import JSON

extension Response {
    /// A response with a JSON body.
    static func json(_ status: Int, _ value: JSONValue) -> Response {
        Response(
            status: status,
            fields: ["Content-Type": "application/json"],
            body: Array(value.text.utf8)
        )
    }

    /// The control API's refusal: a code and a sentence.
    static func refusal(_ status: Int, _ code: String, _ message: String) -> Response {
        .json(status, ["error": .string(code), "message": .string(message)])
    }

    /// A refusal of a method, with the ones that would do (RFC 9110 section 15.5.6).
    static func methodNotAllowed(_ allowed: String) -> Response {
        var response = refusal(405, "method_not_allowed", "Use \(allowed).")
        response.fields.append("Allow", allowed)
        return response
    }

    /// A page of HTML.
    static func page(_ status: Int, _ html: String) -> Response {
        Response(
            status: status,
            fields: [
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
                "Cache-Control": "no-store",
            ],
            body: Array(html.utf8)
        )
    }
}
