internal import Config
internal import Credentials
internal import Crypto
internal import HTTP
internal import Log
internal import OAuth
internal import Tokens

extension ConnectPages {
    /// The end of a flow: the person is back.
    func callback(_ name: String?, _ request: Request) async -> Response {
        guard request.method == "GET" else { return methodRefused(allowed: "GET") }
        let flow: Flow
        let query: CallbackReader
        do throws(ConnectFault) {
            (flow, query) = try await recognised(request)
        } catch {
            // Nobody knows yet whose answer this is, and so where it could be sent.
            logger.log(.info, "callback refused", ["code": error.code])
            return Page.fault(error)
        }
        var response: Response
        let id = flow.errand.credential
        do throws(ConnectFault) {
            let connection = try await finish(flow, query, name, request)
            logger.log(.info, "connected", ["connection": id.connection])
            response = ended(flow, label: connection.label, fault: nil)
        } catch {
            logger.log(
                .info,
                "connect failed",
                ["connection": id.connection, "code": error.code, "reason": error.reason]
            )
            response = ended(flow, label: id.connection, fault: error)
        }
        response.fields.append("Set-Cookie", cookie.clearing(cookie.name(flow.state)))
        return response
    }

    /// The flow that an answer belongs to, which this browser began and which now is used up.
    private func recognised(
        _ request: Request
    ) async throws(ConnectFault) -> (Flow, CallbackReader) {
        guard let query = CallbackReader(request.query ?? "") else { throw .malformed }
        guard let (name, state) = query.state(envelope) else { throw .stateBroken }
        guard now() < state.expiresAt else { throw .stateExpired }
        try await checkUnspent(state.mark, until: state.expiresAt, or: .stateSpent)
        guard let carried = cookie.value(state, in: request),
            let flow = Flow(carried, envelope), flow.state.equals(state)
        else { throw .otherBrowser }
        try await spend(state.mark, until: state.expiresAt, or: .stateSpent)
        let expected = connection(flow.errand.credential.connection)?.callbackName(of: "state")
        guard expected == nil || expected == name else { throw .stateBroken }
        return (flow, query)
    }

    /// Checks the answer and turns it into stored credentials.
    private func finish(
        _ flow: Flow,
        _ query: CallbackReader,
        _ name: String?,
        _ request: Request
    ) async throws(ConnectFault) -> ConnectionConfiguration {
        let plan = try await plan(for: flow.errand, state: flow.state)
        guard isRightPlace(name, flow) else { throw .wrongPlace }
        guard plan.endpoints == flow.endpoints else { throw .changed }
        guard flow.endpoints.mayBeFromIssuer(query["iss"]) else { throw .wrongIssuer }
        if let error = query["error"] {
            let description = query["error_description"] ?? ""
            throw .provider(
                ProviderText.code(error, hiding: []) ?? "provider_error",
                ProviderText.cleaned(description, hiding: [])
            )
        }
        let connection = plan.connection
        guard let code = query[connection.callbackName(of: "code")] else { throw .noCode }
        do throws(CredentialRefusal) {
            _ = try await credentials.connect(
                flow.errand.credential,
                with: .authorizationCode(
                    Secret(code),
                    redirectURI: flow.redirectURI,
                    verifier: flow.verifier
                ),
                fields: query.kept(by: connection).merging(flow.errand.parameters) { $1 },
                query: query.values
            )
        } catch {
            throw .missingRefreshToken(error, of: connection) ?? ConnectFault(error)
        }
        if connection.hasTest { try await test(flow.errand.credential) }
        return connection
    }

    /// Makes the connection's test; one that fails is told, and the credentials stay.
    private func test(_ id: CredentialID) async throws(ConnectFault) {
        do throws(CredentialRefusal) {
            _ = try await credentials.test(id)
        } catch {
            throw .testFailed(error.description)
        }
    }

    /// Whether the answer came to the address that the provider was given: without `iss` it is what
    /// tells two providers apart (RFC 9700 section 4.4.2).
    private func isRightPlace(_ name: String?, _ flow: Flow) -> Bool {
        let connection = flow.errand.credential.connection
        switch flow.redirectURI {
        case settings.url(ConnectPath.callbackPath): return name == nil
        case settings.url(ConnectPath.callback(of: connection)): return name == connection
        // Another address, which forwards to one of ours.
        case _: return name == nil || name == connection
        }
    }

    /// Sends the browser back to the app, or tells the person how it ended.
    private func ended(_ flow: Flow, label: String, fault: ConnectFault?) -> Response {
        let id = flow.errand.credential
        guard let returnURL = flow.errand.returnURL else {
            return fault.map(Page.fault) ?? Page.connected(label: label, tenant: id.tenant)
        }
        var result = [("connection", id.connection)]
        if let tenant = id.tenant { result.append(("tenant", tenant)) }
        result.append(("status", fault == nil ? "connected" : "error"))
        if let fault { result.append(("error", fault.code)) }
        return Response(status: 303, fields: ["Location": ReturnURL.with(result, returnURL)])
    }
}
