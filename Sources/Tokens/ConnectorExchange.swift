internal import Time
internal import Config
internal import Connectors
internal import Credentials
internal import Crypto
internal import JSON
internal import OAuth

/// Gets tokens as a connector says: its functions, and the usual calls where it has none.
struct ConnectorExchange {
    /// The largest credentials that are kept, in bytes of JSON.
    private static let membersMax = 64 * 1024

    let hooks: HookDesk
    let caller: TokenCaller
    /// The connection as `getOAuthConfig` configures it for the account.
    let values: TemplateValues
    /// What is stored; `nil` while connecting.
    let stored: Credential?
    /// What the provider's callback brought.
    let query: [String: String]
    let end: Instant

    private var connection: ConnectionConfiguration { values.connection }

    private var parameters: [String: String] { stored?.connector?.parameters ?? values.fields }

    /// Exchanges a code or a refresh token.
    func exchange(_ grant: TokenGrant, sentAt: Moment) async -> TokenCaller.Called {
        do throws(HookFailure) {
            switch grant {
            case .authorizationCode(let code, let redirectURI, let verifier):
                return try await connect(code, redirectURI, verifier, grant, sentAt)
            case .refreshToken(let token): return try await refresh(token, grant, sentAt)
            case .clientCredentials, .jwtBearer, .password:
                return await caller.call(grant, with: values, until: end)
            }
        } catch {
            return TokenCaller.Called(outcome: error.outcome, sentAt: sentAt)
        }
    }

    // MARK: Connecting

    private func connect(
        _ code: Secret,
        _ redirectURI: String,
        _ verifier: Secret?,
        _ grant: TokenGrant,
        _ sentAt: Moment
    ) async throws(HookFailure) -> TokenCaller.Called {
        var query = query
        if query["code"] == nil { query["code"] = code.reveal() }
        let callback = Self.object(query)
        let secrets = [code] + (verifier.map { [$0] } ?? [])
        let answer: JSONValue
        var sentAt = sentAt
        if connection.connector?.definition[.getTokenData] != nil {
            var arguments = common
            arguments["queryParameters"] = callback
            arguments["redirectUri"] = .string(redirectURI)
            arguments["codeVerifier"] = verifier.map { .string($0.reveal()) }
            answer = try await object(.getTokenData, arguments, hiding: secrets)
        } else {
            let called = await caller.call(grant, with: values, until: end)
            guard let value = called.answer else { return called }
            answer = value
            sentAt = called.sentAt
        }
        var given = answer
        if let function = connection.connector?.definition.extraction {
            var arguments = common
            arguments["queryParameters"] = callback
            arguments["tokenResponse"] = answer
            given = try await object(function, arguments, hiding: secrets + Self.tokens(of: answer))
        }
        return TokenCaller.Called(outcome: await outcome(of: given, given: nil), sentAt: sentAt)
    }

    // MARK: Refreshing

    private func refresh(
        _ token: Secret,
        _ grant: TokenGrant,
        _ sentAt: Moment
    ) async throws(HookFailure) -> TokenCaller.Called {
        var arguments = common
        arguments["credentials"] = credentials(
            stored?.connector?.members,
            accessToken: stored?.accessToken,
            refreshToken: token
        )
        let secrets = [token] + (stored?.accessToken.map { [$0] } ?? [])
        if connection.connector?.definition[.refreshCredentials] != nil {
            let given = try await object(.refreshCredentials, arguments, hiding: secrets)
            return TokenCaller.Called(
                outcome: await outcome(of: given, given: token),
                sentAt: sentAt
            )
        }
        var asking = connection
        if asking.connector?.saysClientAuthentication == false {
            asking.clientAuthentication = .body
        }
        let values = TemplateValues(asking, tenant: values.tenant, fields: values.fields)
        let called = await caller.call(grant, with: values, until: end)
        guard let answer = called.answer else { return called }
        var given = answer
        let function = ConnectorFunction.getCredentialsFromRefreshTokenResponse
        if connection.connector?.definition[function] != nil {
            arguments["tokenResponse"] = answer
            do throws(HookFailure) {
                let hidden = secrets + Self.tokens(of: answer)
                given = try await object(function, arguments, hiding: hidden)
            } catch {
                let rescued = rescued(answer, after: error.message)
                return TokenCaller.Called(outcome: rescued, sentAt: called.sentAt)
            }
        }
        let outcome = await outcome(of: given, given: token, answer: answer)
        return TokenCaller.Called(outcome: outcome, sentAt: called.sentAt)
    }

    /// The outcome where the provider has answered and what came after failed.
    private func rescued(_ answer: JSONValue?, after message: String) -> TokenOutcome {
        let failure = HookFailure(message: message).outcome
        guard let answer, case .success(var reply) = TokenResponse.read(answer, for: connection),
            reply.refreshToken != nil, stored != nil
        else { return failure }
        reply.defect = message
        return .success(reply)
    }

    // MARK: Credentials

    /// What credentials mean that were given, with the client that is made of them.
    private func outcome(
        of given: JSONValue,
        given token: Secret?,
        answer: JSONValue? = nil
    ) async -> TokenOutcome {
        let read = TokenResponse.read(given, for: connection)
        guard case .success(var reply) = read else {
            return rescued(answer, after: read.message ?? "there is no token")
        }
        let members = merged(given)
        guard members.text.utf8.count <= Self.membersMax else {
            return rescued(answer ?? given, after: "the credentials are larger than 64 KiB")
        }
        reply.fields.merge(ConnectorFields.flat(members)) { own, _ in own }
        var state = ConnectorState(
            parameters: parameters,
            members: Secret(members.text),
            client: nil
        )
        do throws(HookFailure) {
            state.client = try await client(
                state.members,
                reply.accessToken,
                reply.refreshToken ?? token
            )
        } catch {
            return rescued(answer ?? given, after: error.message)
        }
        reply.connector = state
        return .success(reply)
    }

    /// What was stored with what was given over it; null and tokens are left out, and times that
    /// belong to an older token.
    private func merged(_ given: JSONValue) -> JSONValue {
        let old = stored?.connector.flatMap { JSONValue(json: Array($0.members.reveal().utf8)) }
        var members = ConnectorFields.members(of: old).filter { !$0.name.hasPrefix("expires_") }
        for member in ConnectorFields.members(of: given) where member.value != .null {
            members.removeAll { $0.name == member.name }
            members.append(member)
        }
        return .object(members.filter { !ConnectorFields.tokens.contains($0.name) })
    }

    /// The API's client for a token, where JavaScript makes it.
    func client(
        _ members: Secret?,
        _ accessToken: Secret,
        _ refreshToken: Secret?
    ) async throws(HookFailure) -> MadeClient? {
        guard case .javascript = connection.connector?.definition[.makeApiClient] else {
            return nil
        }
        var arguments = common
        arguments["credentials"] = credentials(
            members,
            accessToken: accessToken,
            refreshToken: refreshToken
        )
        let secrets = [accessToken] + (refreshToken.map { [$0] } ?? [])
        let value = try await object(.makeApiClient, arguments, hiding: secrets)
        let inner = value["args"] ?? value
        let hasOwnBase = connection.connector?.written.contains("base_uri") == true
        let client = MadeClient(
            baseURI: hasOwnBase ? nil : inner["baseUri"]?.string,
            headers: ConnectorFields.texts(inner["headers"]),
            query: ConnectorFields.texts(inner["query"])
        )
        if let problem = connection.problem(with: client) {
            throw HookFailure(message: "makeApiClient: \(problem)", mayPass: false)
        }
        return client
    }

    // MARK: Arguments

    private var common: JSONValue {
        [
            "connectorParameters": connection.connectorParameters,
            "connectionParameters": Self.object(parameters),
        ]
    }

    private func credentials(
        _ members: Secret?,
        accessToken: Secret?,
        refreshToken: Secret?
    ) -> JSONValue {
        let text = members?.reveal() ?? "{}"
        var result = JSONValue(json: Array(text.utf8)) ?? [:]
        if members == nil { result = Self.object(values.fields) }
        result["access_token"] = accessToken.map { .string($0.reveal()) }
        result["refresh_token"] = refreshToken.map { .string($0.reveal()) }
        return result
    }

    private func object(
        _ function: ConnectorFunction,
        _ arguments: JSONValue,
        hiding secrets: [Secret]
    ) async throws(HookFailure) -> JSONValue {
        let value = try await hooks.call(
            function,
            of: connection,
            with: arguments,
            hiding: secrets + secretsOfConnection,
            until: end
        )
        guard let value, case .object = value else {
            throw HookFailure(message: "\(function.rawValue) gave no object")
        }
        return value
    }

    private var secretsOfConnection: [Secret] {
        let members = stored?.connector?.members
        let kept = members.flatMap { JSONValue(json: Array($0.reveal().utf8)) }
        return (connection.clientSecret.map { [$0] } ?? []) + Self.tokens(of: kept)
            + connection.parameters.map { Secret($0.value) }
    }

    private static func object(_ texts: [String: String]) -> JSONValue {
        .object(
            texts.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, .string($0.value)) }
        )
    }

    /// All texts of an object, of which any may be a secret.
    private static func tokens(of value: JSONValue?) -> [Secret] {
        ConnectorFields.members(of: value).compactMap { $0.value.string.map { Secret($0) } }
    }
}

extension HookFailure {
    /// What it means for whoever wanted a token.
    var outcome: TokenOutcome {
        .transient(retryAfter: nil, code: "connector", message: message)
    }
}

extension TokenOutcome {
    /// What went wrong, in words.
    fileprivate var message: String? {
        switch self {
        case .success: nil
        case .transient(_, _, let message), .invalidGrant(let message),
            .configuration(_, let message), .unexplained(let message):
            message
        }
    }
}

/// What of a connector's credentials is a field.
enum ConnectorFields {
    /// The most fields of one credential, and the longest value in bytes.
    private static let countMax = 200
    private static let valueMax = 8 * 1024
    /// What is kept at places of its own.
    static let tokens: Set<String> = ["access_token", "refresh_token"]

    /// The members of an object; none of anything else.
    static func members(of value: JSONValue?) -> [JSONValue.Member] {
        if case .object(let members)? = value { members } else { [] }
    }

    /// The texts of an object's members.
    static func texts(_ value: JSONValue?) -> [NamedSecret] {
        members(of: value).compactMap { member in
            member.value.scalarText.map { NamedSecret(member.name, Secret($0)) }
        }
    }

    /// Every single value in an object by its path, as templates name it.
    static func flat(_ value: JSONValue) -> [String: String] {
        var fields: [String: String] = [:]
        var rest = members(of: value).map { (path: $0.name, value: $0.value) }
        while let next = rest.popLast(), fields.count < countMax {
            if case .object = next.value {
                rest += members(of: next.value).map { ("\(next.path).\($0.name)", $0.value) }
            }
            guard let text = next.value.scalarText, text.utf8.count <= valueMax,
                !text.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 })
            else { continue }
            fields[next.path] = text
        }
        return fields
    }
}
