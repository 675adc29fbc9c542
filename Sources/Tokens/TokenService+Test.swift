internal import Time
internal import Config
package import Credentials
internal import HTTP
internal import IO
package import OAuth

extension TokenService {
    /// Finds out whether a connection works: makes the call of its `test`, like a caller's request.
    ///
    /// A token that is due is refreshed first, and one that the API refuses is refreshed once. A
    /// connection without a `test` works if it has a token.
    /// - Throws: why it does not work; `test_failed` if the API says so.
    package func test(_ id: CredentialID) async throws(CredentialRefusal) -> TestResult {
        let live = try known(id)
        live.users += 1
        defer { live.users -= 1 }
        guard let connection = live.connection else { throw .unknownConnection(id.connection) }
        let deadline = loop.now + connection.tokens.requestTimeout * 4 + Self.vaultPatience
        var snapshot: TokenSnapshot?
        if connection.grant != Grant.none { snapshot = try await fresh(id, until: deadline) }
        if connection.test == nil, try await runTest(of: connection, with: snapshot) {
            return TestResult(
                state: try shown(live),
                status: nil,
                message: "the connector's test says that the connection works"
            )
        }
        guard let test = connection.test else {
            let what = snapshot == nil ? "needs no token" : "has a valid token"
            return TestResult(
                state: try shown(live),
                status: nil,
                message: "the connection \(what); there is no `test` to make"
            )
        }
        var status = try await make(test, for: connection, with: snapshot, tenant: id.tenant)
        if status == 401, let old = snapshot,
            case .replay(let new) = await rejected(
                id,
                generation: old.generation,
                mayReplay: true,
                until: deadline
            )
        {
            status = try await make(test, for: connection, with: new, tenant: id.tenant)
        }
        let message = "\(test.method) \(test.path) was answered with \(status)"
        let isExpected = test.expectedStatus.map { $0 == status } ?? (200...299 ~= status)
        guard isExpected else { throw .refused(code: "test_failed", message: message) }
        return TestResult(state: try shown(live), status: status, message: message)
    }

    private func fresh(
        _ id: CredentialID,
        until deadline: Instant
    ) async throws(CredentialRefusal) -> TokenSnapshot {
        switch await token(for: id, until: deadline) {
        case .token(let snapshot, _): return snapshot
        case .needsAuthorization(let code, let message):
            throw .refused(code: code, message: message)
        case .unavailable(_, let message):
            throw .unavailable(code: "token_unavailable", message: message)
        case .timedOut: throw .timedOut
        }
    }

    /// Makes the call; the status of its answer.
    private func make(
        _ test: TestConfiguration,
        for connection: ConnectionConfiguration,
        with snapshot: TokenSnapshot?,
        tenant: String?
    ) async throws(CredentialRefusal) -> Int {
        let values =
            snapshot.map { TemplateValues(connection, snapshot: $0) }
            ?? TemplateValues(connection, tenant: tenant, fields: [:])
        let call: APIRequest
        do throws(TemplateError) {
            call = try APIRequest.test(test, with: values)
        } catch {
            throw .refused(code: "configuration", message: error.description)
        }
        let outgoing = OutboundCaller.Call(
            destination: call.destination,
            request: call.request,
            tls: OutboundTLS(api: connection.apiTLS),
            concurrency: connection.tokens.concurrency,
            timeout: connection.tokens.requestTimeout,
            bodyMax: 0
        )
        do throws(CallFailure) {
            let end = loop.now + connection.tokens.requestTimeout * 2
            return try await outbound.send(outgoing, until: end).response.status
        } catch {
            throw Self.refusal(error, "test_failed", "the API at \(call.destination.uri.host)")
        }
    }

    /// The provider's endpoints for one account, with what the server says of itself (RFC 8414).
    ///
    /// - Throws: why they are not known; `unavailable` if that may pass.
    package func endpoints(
        for values: TemplateValues
    ) async throws(CredentialRefusal) -> Endpoints {
        do throws(Unprepared) {
            return try await caller.endpoints(
                for: values,
                needing: [.authorize, .token],
                until: loop.now + values.connection.tokens.requestTimeout * 2
            )
        } catch {
            throw error.refusal
        }
    }
}
