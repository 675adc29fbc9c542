internal import Config
internal import Connect
internal import Credentials
internal import HTTP
internal import JSON
internal import OAuth
internal import Tokens

/// Connections: listed, shown, made, changed, removed.
extension ManagementAPI {
    func list(_ request: Request) async throws(APIError) -> Response {
        let page = try ConnectionPage(request)
        let found = try await asking { () throws(CredentialRefusal) in
            try await credentials.states(
                tenant: page.tenant,
                state: page.state,
                limit: page.limit,
                after: page.cursor
            )
        }
        var members: [JSONValue.Member] = [
            .init("connections", .array(found.states.compactMap(view).map(\.json))),
            .init("next_cursor", .optional(found.next)),
        ]
        if !found.isWhole { members.append(.init("counting", .bool(true))) }
        return .json(200, .object(members))
    }

    func show(_ name: String, _ request: Request) async throws(APIError) -> Response {
        let query = try QueryReader(request, known: ["tenant"])
        let id = try id(name, query["tenant"], nil)
        return .json(200, try await state(of: id))
    }

    func create(
        _ request: Request,
        _ note: inout ChangeNote?
    ) async throws(APIError) -> Response {
        _ = try QueryReader(request, known: [])
        let draft = try ConnectionDraft(try BodyReader(request, mayBeEmpty: false))
        note?.connection = draft.name
        note?.tenant = draft.tenant
        try Self.check(tenant: draft.tenant)
        try check(returnURL: draft.returnURL)
        let outcome = try await registrar.create(draft)
        let id = CredentialID(connection: outcome.connection.name, tenant: draft.tenant)
        var members: [JSONValue.Member] = []
        if outcome.connection.grant == .authorizationCode {
            do throws(APIError) {
                members.append(try authorizationURL(id, draft.returnURL))
            } catch {
                try await registrar.delete(id.connection)
                throw error
            }
        }
        return .json(201, try await state(of: id, with: members, outcome.warnings))
    }

    /// Refuses a place that a browser may not be sent to, before a refresh token is spent on trying
    /// the connection.
    private func check(returnURL: String?) throws(APIError) {
        guard let returnURL, let offers, !offers.mayReturn(to: returnURL) else { return }
        throw APIError(offer: .returnURLNotAllowed)
    }

    /// The link by which a person connects what has just been made or changed; null without pages to
    /// do so: tokens can still be imported.
    ///
    /// - Throws: 400 for a place that a browser may not be sent to.
    private func authorizationURL(
        _ id: CredentialID,
        _ returnURL: String?
    ) throws(APIError) -> JSONValue.Member {
        var url: String?
        do throws(OfferRefusal) {
            url = try offers?.offer(
                connection: id.connection,
                tenant: id.tenant,
                returnURL: returnURL,
                parameters: [:]
            ).url
        } catch {
            switch error {
            case .unknownConnection, .wrongGrant, .configuration: break
            case .returnURLNotAllowed, .badValue: throw APIError(offer: error)
            }
        }
        return .init("authorization_url", .optional(url))
    }

    func change(
        _ name: String,
        _ request: Request,
        _ note: inout ChangeNote?
    ) async throws(APIError) -> Response {
        let query = try QueryReader(request, known: ["tenant"])
        // What there is not, or not here, is told before what is wrong with the change.
        _ = try registrar.made(name)
        let draft = try ConnectionDraft(try BodyReader(request, mayBeEmpty: false))
        let id = try id(name, query["tenant"], draft.tenant)
        note?.tenant = id.tenant
        try check(returnURL: draft.returnURL)
        let outcome = try await registrar.change(id, by: draft)
        var members: [JSONValue.Member] = []
        if draft.returnURL != nil { members.append(try authorizationURL(id, draft.returnURL)) }
        return .json(200, try await state(of: id, with: members, outcome.warnings))
    }

    func delete(
        _ name: String,
        _ request: Request,
        _ note: inout ChangeNote?
    ) async throws(APIError) -> Response {
        let query = try QueryReader(request, known: ["tenant"])
        let body = try BodyReader(request, mayBeEmpty: true).expecting(["tenant"])
        let gone = Response(status: 204)
        let tenant = try body.text("tenant")
        // It may be damaged, or what an earlier call has left.
        if directory[name] == nil, query["tenant"] ?? tenant == nil, try await registrar.has(name) {
            try await registrar.delete(name)
            return gone
        }
        let id = try id(name, query["tenant"], tenant)
        note?.tenant = id.tenant
        guard id.tenant == nil, directory[name]?.source == .api else {
            try await asking { () throws(CredentialRefusal) in
                _ = try await credentials.delete(id)
            }
            return gone
        }
        try await registrar.delete(name)
        return gone
    }

    // MARK: Parts of calls

    /// The credential that a call is about.
    func id(
        _ name: String,
        _ inQuery: String?,
        _ inBody: String?
    ) throws(APIError) -> CredentialID {
        guard directory[name] != nil else { throw APIError(.unknownConnection(name)) }
        if let inQuery, let inBody, inQuery != inBody {
            throw .badRequest("The query and the body name different tenants.")
        }
        let tenant = inQuery ?? inBody
        try Self.check(tenant: tenant)
        return CredentialID(connection: name, tenant: tenant)
    }

    /// Refuses a tenant that cannot be.
    static func check(tenant: String?) throws(APIError) {
        let most = 256
        guard let tenant, !(1...most).contains(tenant.utf8.count) else { return }
        throw .badRequest("A tenant has 1 to \(most) bytes.")
    }

    /// What the API shows of a credential.
    func state(
        of id: CredentialID,
        with members: [JSONValue.Member] = [],
        _ warnings: [String] = []
    ) async throws(APIError) -> JSONValue {
        let state = try await asking { () throws(CredentialRefusal) in
            try await credentials.state(of: id)
        }
        var members = members
        if !warnings.isEmpty {
            members.append(.init("warnings", .array(warnings.map(JSONValue.string))))
        }
        guard case .object(let shown) = try shown(state) else { return .null }
        return .object(shown + members)
    }

    /// What the API shows of a state; the connection may have gone meanwhile.
    func shown(_ state: CredentialState) throws(APIError) -> JSONValue {
        guard let view = view(state) else {
            throw APIError(.unknownConnection(state.id.connection))
        }
        return view.json
    }

    private func view(_ state: CredentialState) -> ConnectionView? {
        directory[state.id.connection].map { ConnectionView(state: state, entry: $0) }
    }

    func asking<Answer>(
        _ body: () async throws(CredentialRefusal) -> Answer
    ) async throws(APIError) -> Answer {
        do throws(CredentialRefusal) {
            return try await body()
        } catch {
            throw APIError(error)
        }
    }
}
