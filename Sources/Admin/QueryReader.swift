internal import HTTP

/// A query's parameters, each known and given once.
struct QueryReader {
    private let values: [String: String]

    /// Reads the query of a request.
    ///
    /// - Throws: 400 for a broken encoding, a parameter that is not among `known`, or one that is
    ///   repeated: a misspelt `tenant` must not mean another account.
    init(_ request: Request, known: [String]) throws(APIError) {
        var values: [String: String] = [:]
        guard let items = FormEncoding.decode(request.query ?? "") else {
            throw .badRequest("The query is not well encoded.")
        }
        for (name, value) in items {
            guard known.contains(name) else {
                throw .badRequest(
                    known.isEmpty
                        ? "No query parameters are known here."
                        : "The query parameters known here are: \(known.joined(separator: ", "))."
                )
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw .badRequest("The query parameter '\(name)' is repeated.")
            }
        }
        self.values = values
    }

    /// The value of a parameter; `nil` where there is none.
    subscript(name: String) -> String? { values[name] }

    /// The value of a parameter that filters; `nil` where there is none or it is empty.
    func filter(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
