internal import Credentials
internal import Crypto
internal import HTTP
internal import Tokens

/// One page of the list of connections, and which it is.
struct ConnectionPage {
    private static let limitDefault = 100
    private static let limitMax = 1000

    private let tenant: String?
    private let state: ConnectionState?
    private let limit: Int
    /// The last one of the page before.
    private let after: CredentialID?

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
        if let text = query.filter("cursor") {
            guard let id = Self.id(ofCursor: text) else {
                throw .badRequest("'cursor' is not one that was given by this list.")
            }
            after = id
        } else {
            after = nil
        }
    }

    /// Cuts the page out of all states, which are in order.
    func cut(from all: [CredentialState]) -> (states: [CredentialState], nextCursor: String?) {
        let rest = all.filter { state in
            (tenant == nil || state.id.tenant == tenant)
                && (self.state == nil || state.state == self.state)
                && (after.map { Self.isBefore($0, state.id) } ?? true)
        }
        let states = Array(rest.prefix(limit))
        guard rest.count > limit, let last = states.last else { return (states, nil) }
        return (states, Self.cursor(of: last.id))
    }

    private static func isBefore(_ one: CredentialID, _ other: CredentialID) -> Bool {
        (one.connection, one.tenant ?? "") < (other.connection, other.tenant ?? "")
    }

    /// The connection's name, which holds no slash, and behind one the tenant.
    private static func cursor(of id: CredentialID) -> String {
        Base64URL.encode(Array((id.connection + (id.tenant.map { "/\($0)" } ?? "")).utf8))
    }

    private static func id(ofCursor text: String) -> CredentialID? {
        guard let bytes = Base64URL.decode(text),
            let name = String(validating: bytes, as: UTF8.self), !name.isEmpty
        else { return nil }
        guard let slash = name.firstIndex(of: "/") else { return CredentialID(connection: name) }
        return CredentialID(
            connection: String(name[..<slash]),
            tenant: String(name[name.index(after: slash)...])
        )
    }
}
