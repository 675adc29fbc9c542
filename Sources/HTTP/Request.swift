/// A whole request in memory: what the control plane receives and what it sends to providers.
package struct Request: Sendable {
    package var method: String
    /// The target in origin-form: a path and perhaps a query.
    package var target: String
    package var fields: Fields
    package var body: [UInt8]

    /// Makes a request.
    package init(
        method: String,
        target: String,
        fields: Fields = Fields(),
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    /// The target up to the question mark, as it was sent.
    package var path: String {
        String(target.prefix { $0 != "?" })
    }

    /// The target behind the question mark, as it was sent; `nil` without a question mark.
    package var query: String? {
        guard let mark = target.firstIndex(of: "?") else { return nil }
        return String(target[target.index(after: mark)...])
    }

    /// The query's names and values, decoded and in order; none at all if its encoding is broken.
    package func queryItems() -> [(String, String)] {
        guard let query else { return [] }
        return FormEncoding.decode(query) ?? []
    }
}
