internal import HTTP
internal import JSON

extension Response {
    /// An answer of JSON.
    static func json(_ status: Int, _ value: JSONValue) -> Response {
        Response(
            status: status,
            fields: ["Content-Type": "application/json"],
            body: Array((value.text + "\n").utf8)
        )
    }

    /// An answer of a word, for health checks.
    static func word(_ status: Int, _ word: String) -> Response {
        Response(
            status: status,
            fields: ["Content-Type": "text/plain; charset=utf-8"],
            body: Array(word.utf8)
        )
    }
}
