internal import Credentials
internal import HTTP
internal import Tokens

/// Which page of the list of connections is asked for.
struct ConnectionPage {
    private static let limitDefault = 100
    private static let limitMax = 1000

    let tenant: String?
    let state: ConnectionState?
    let limit: Int
    /// Where the page begins; `nil`: with the first.
    let cursor: String?

    /// Reads what is asked for from a query.
    ///
    /// - Throws: 400 for a value that cannot be.
    init(_ request: Request) throws(APIError) {
        let query = try QueryReader(request, known: ["tenant", "state", "limit", "cursor"])
        tenant = query.filter("tenant")
        if let text = query.filter("state") {
            guard let state = ConnectionState(rawValue: text) else {
                let known = ConnectionState.allCases.map(\.rawValue).joined(separator: ", ")
                throw .badRequest("'state' is one of: \(known).")
            }
            self.state = state
        } else {
            state = nil
        }
        if let text = query.filter("limit") {
            guard text.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let limit = Int(text),
                (1...Self.limitMax).contains(limit)
            else { throw .badRequest("'limit' is a number from 1 to \(Self.limitMax).") }
            self.limit = limit
        } else {
            limit = Self.limitDefault
        }
        cursor = query.filter("cursor")
        if let cursor, ListPlace(cursor: cursor) == nil {
            throw .badRequest("'cursor' is not one that was given by this list.")
        }
    }
}
