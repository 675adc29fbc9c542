import HTTP

extension SandboxService {
    /// The grants that the token endpoint knows.
    private enum GrantType: String {
        case clientCredentials = "client_credentials"
        case refreshToken = "refresh_token"
        case authorizationCode = "authorization_code"
        case password
        case jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        case accountCredentials = "account_credentials"
    }

    /// The one account that the grant `password` knows.
    private static let person = (name: "person", password: "person-secret")

    /// A call of the token endpoint, as far as it could be read.
    private struct TokenCall {
        let request: Request
        let parameters: Result<Parameters, OAuthError>
        /// Who the caller says it is.
        let client: String
        let grant: String

        init(_ request: Request, _ behaviour: Behaviour, max: Int) {
            self.request = request
            parameters = Result { () throws(OAuthError) in
                try Parameters(of: request, in: behaviour.parameters, max: max)
                    .renamed(from: behaviour.parameterNames)
            }
            let readable = try? parameters.get()
            let named = readable.flatMap {
                try? ClientAuthentication(of: request, $0, behaviour).id
            }
            client = String((named ?? readable?["client_id"] ?? "").prefix(200))
            grant = readable?["grant_type"] ?? ""
        }

        /// The grant's name for the counts: one of a fixed set.
        var counted: String { GrantType(rawValue: grant)?.rawValue ?? "other" }
    }

    /// Answers a call of the token endpoint (RFC 6749 section 3.2).
    mutating func token(_ request: Request, _ place: Place, at now: Double) -> SandboxReply {
        guard request.method == "POST" else { return SandboxReply(.methodNotAllowed("POST")) }
        var behaviour = place.behaviour
        var call = TokenCall(request, behaviour, max: limits.parameters)
        let entry = script.take(grant: call.grant, client: call.client)
        if let personality = entry?.personality {
            behaviour = Personality.behaviour(of: [personality])
            call = TokenCall(request, behaviour, max: limits.parameters)
        }
        let mark = statistics.began(client: call.client, isRefresh: call.grant == "refresh_token")
        behaviour.adapt(to: request, try? call.parameters.get())
        let fault = entry?.fault ?? behaviour.fault
        let delay = entry?.delay ?? behaviour.delay
        let (response, result) = decide(call, behaviour, entry, fault, at: now)
        statistics.decided(mark, grant: call.counted, result)
        note(call, result, at: now)
        return SandboxReply(response, delay: delay, fault: fault, call: mark)
    }

    /// Does what a call asks for, or plays what stands in its place.
    private mutating func decide(
        _ call: TokenCall,
        _ behaviour: Behaviour,
        _ entry: ScriptEntry?,
        _ fault: Fault?,
        at now: Double
    ) -> (Response, CallResult) {
        let isLost = fault?.losesAnswer ?? false
        if let entry, entry.canned != nil || entry.fault != nil {
            let canned = entry.canned?.response(at: now)
            guard entry.commits else {
                return (canned ?? Response(status: 200), .played)
            }
            return commit(call, behaviour, at: now, instead: canned, isLost: isLost)
        }
        if let canned = behaviour.instead { return (canned.response(at: now), .played) }
        if let fault, !fault.commits { return (Response(status: 200), .played) }
        let afterwards = behaviour.afterwards?.response(at: now)
        return commit(call, behaviour, at: now, instead: afterwards, isLost: isLost)
    }

    /// Grants or refuses, and then perhaps answers something else.
    private mutating func commit(
        _ call: TokenCall,
        _ behaviour: Behaviour,
        at now: Double,
        instead: Response?,
        isLost: Bool
    ) -> (Response, CallResult) {
        do {
            let issue = try grant(call, behaviour, at: now)
            let right = TokenReplyWriter(behaviour: behaviour, now: now).response(issue)
            let isAnswered = !isLost && instead == nil && !behaviour.cutsReply
            return (instead ?? right, .committed(answered: isAnswered))
        } catch {
            return (instead ?? error.response(), .refused(error.code.rawValue))
        }
    }

    private mutating func grant(
        _ call: TokenCall,
        _ behaviour: Behaviour,
        at now: Double
    ) throws(OAuthError) -> GrantStore.Issue {
        let parameters = try call.parameters.get()
        guard let type = GrantType(rawValue: try parameters.required("grant_type")) else {
            _ = try authenticated(call.request, parameters, behaviour, at: now)
            throw OAuthError(.unsupportedGrantType, "The grant type is not supported.")
        }
        let client =
            type == .jwtBearer
            ? try granting(call.request, parameters, at: now)
            : try authenticated(call.request, parameters, behaviour, at: now)
        let isElsewhere = type == .refreshToken && behaviour.refreshesElsewhere
        guard call.request.path.hasSuffix(isElsewhere ? "/refresh" : "/token") else {
            throw OAuthError(.unsupportedGrantType, "The grant type is not this endpoint's.")
        }
        switch type {
        case .clientCredentials, .jwtBearer:
            guard !behaviour.hasAccountGrant else {
                throw OAuthError(.unsupportedGrantType, "The grant type is not supported.")
            }
            guard client.secret != nil || client.key != nil else {
                throw OAuthError(.unauthorizedClient, "A public client has nothing of its own.")
            }
            guard let scope = client.granted(parameters["scope"]) else {
                throw OAuthError(.invalidScope, "The client may not ask for this scope.")
            }
            return grants.issueToClient(client.id, scope: scope, behaviour: behaviour, at: now)
        case .refreshToken:
            let token = try parameters.required("refresh_token")
            do {
                return try grants.redeem(token, client: client.id, behaviour: behaviour, at: now)
            } catch {
                throw OAuthError(.invalidGrant, error.description)
            }
        case .password:
            guard parameters["username"] == Self.person.name,
                parameters["password"] == Self.person.password
            else { throw OAuthError(.invalidGrant, "The name or the password is wrong.") }
            guard let scope = client.granted(parameters["scope"]) else {
                throw OAuthError(.invalidScope, "The client may not ask for this scope.")
            }
            return grants.start(client: client.id, scope: scope, behaviour: behaviour, at: now)
        case .accountCredentials:
            let query = call.request.query.flatMap(FormEncoding.decode) ?? []
            guard behaviour.hasAccountGrant, query.contains(where: { $0.0 == "account_id" }) else {
                throw OAuthError(.unsupportedGrantType, "The grant type is not supported.")
            }
            return grants.issueToClient(client.id, scope: "all", behaviour: behaviour, at: now)
        case .authorizationCode:
            return try exchange(parameters, client, behaviour, at: now)
        }
    }

    private mutating func note(_ call: TokenCall, _ result: CallResult, at now: Double) {
        let parameters = try? call.parameters.get()
        calls.append(
            CallLog.Call(
                at: now,
                path: String(call.request.path.prefix(300)),
                method: ClientAuthentication.method(of: call.request, parameters),
                client: call.client,
                accept: String((call.request.fields["Accept"] ?? "").prefix(300)),
                parameters: parameters?.items.map { CallLog.kept($0.name, $0.value) } ?? [],
                result: result.name
            )
        )
    }
}

extension Family.Refusal {
    /// The refusal as a sentence.
    var description: String {
        switch self {
        case .unknown: "The refresh token is unknown."
        case .revoked: "The refresh token was revoked."
        case .expired: "The refresh token has expired."
        case .reused: "The refresh token was used before."
        }
    }
}

extension CallResult {
    /// One or two words for the list of calls.
    var name: String {
        switch self {
        case .committed(answered: true): "committed"
        case .committed(answered: false): "committed, answer lost"
        case .refused(let code): code
        case .played: "played"
        }
    }
}

extension Behaviour {
    /// Settles what depends on how a call was made.
    fileprivate mutating func adapt(to request: Request, _ parameters: Parameters?) {
        if case .formUnlessAsked = replyForm {
            let accepts = request.fields["Accept"]?.contains("application/json") ?? false
            replyForm = accepts ? .json : .form
        }
        if lifetimeNeedsAsking, parameters?["expires_in"] == nil { lifetimeForm = .absent }
    }
}
