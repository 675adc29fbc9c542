internal import Time
package import Config
internal import Connectors
package import Credentials
internal import Crypto
internal import HTTP
internal import IO
internal import JSON
internal import OAuth

/// What a connection's connector says for one account.
extension TokenService {
    /// The connection as its connector's `getOAuthConfig` configures it for an account.
    ///
    /// - Parameters:
    ///   - values: the connection, and the parameters of whoever connects as its fields.
    ///   - redirectURI: where the provider sends the browser.
    ///   - state: what tells flows apart.
    /// - Returns: the connection with its client, endpoints and scopes.
    /// - Throws: why the connector does not say it.
    package func configured(
        _ values: TemplateValues,
        redirectURI: String? = nil,
        state: String? = nil
    ) async throws(CredentialRefusal) -> ConnectionConfiguration {
        let end = loop.now + values.connection.tokens.requestTimeout
        do throws(HookFailure) {
            return try await configure(
                values,
                parameters: values.fields,
                redirectURI: redirectURI,
                state: state,
                until: end
            )
        } catch {
            throw error.refusal
        }
    }

    /// The connection as `configured` says, by parameters that may be stored, until a deadline.
    func configure(
        _ values: TemplateValues,
        parameters: [String: String],
        redirectURI: String? = nil,
        state: String? = nil,
        until end: Instant
    ) async throws(HookFailure) -> ConnectionConfiguration {
        let connection = values.connection
        guard connection.connector?.asksForEachAccount == true else { return connection }
        var arguments: JSONValue = [
            "connectorParameters": connection.connectorParameters,
            "connectionParameters": .object(
                parameters.map { JSONValue.Member($0.key, .string($0.value)) }
            ),
        ]
        arguments["redirectUri"] = redirectURI.map { .string($0) }
        arguments["state"] = state.map { .string($0) }
        let secrets = connection.parameters.map { Secret($0.value) }
        let value = try await hooks.call(
            .getOAuthConfig,
            of: connection,
            with: arguments,
            hiding: secrets,
            until: end
        )
        do throws(ConnectorFault) {
            return try connection.configured(by: value ?? .null)
        } catch {
            throw HookFailure(message: "getOAuthConfig: \(error)", mayPass: false)
        }
    }

    /// Exchanges a code or a refresh token as a connector says.
    func exchange(
        _ grant: TokenGrant,
        with values: TemplateValues,
        from stored: Credential?,
        query: [String: String],
        until end: Instant
    ) async -> TokenCaller.Called {
        let sentAt = moment()
        var redirectURI: String?
        if case .authorizationCode(_, let uri, _) = grant { redirectURI = uri }
        let connection: ConnectionConfiguration
        do throws(HookFailure) {
            connection = try await configure(
                values,
                parameters: stored?.connector?.parameters ?? values.fields,
                redirectURI: redirectURI,
                state: query["state"],
                until: end
            )
        } catch {
            return TokenCaller.Called(outcome: error.outcome, sentAt: sentAt)
        }
        let configured = TemplateValues(
            connection,
            tenant: values.tenant,
            fields: values.fields
        )
        let exchange = ConnectorExchange(
            hooks: hooks,
            caller: caller,
            values: configured,
            stored: stored,
            query: query,
            end: end
        )
        return await exchange.exchange(grant, sentAt: sentAt)
    }

    /// What a connector makes of an access token that a person brings.
    func connectorState(
        of values: TemplateValues,
        accessToken: Secret
    ) async throws(CredentialRefusal) -> ConnectorState? {
        guard values.connection.connector != nil else { return nil }
        let end = loop.now + values.connection.tokens.requestTimeout
        let exchange = ConnectorExchange(
            hooks: hooks,
            caller: caller,
            values: values,
            stored: nil,
            query: [:],
            end: end
        )
        do throws(HookFailure) {
            let client = try await exchange.client(nil, accessToken, nil)
            return ConnectorState(parameters: values.fields, members: Secret("{}"), client: client)
        } catch {
            throw error.refusal
        }
    }

    /// Runs a connector's `test` with the API's client; false if it has none.
    ///
    /// - Throws: `test_failed` if it says that the connection does not work.
    func runTest(
        of connection: ConnectionConfiguration,
        with snapshot: TokenSnapshot?
    ) async throws(CredentialRefusal) -> Bool {
        guard connection.connector?.definition[.test] != nil else { return false }
        let values = TemplateValues(connection, snapshot: snapshot)
        let api: Destination
        let client: JSONValue
        do throws(TemplateError) {
            api = try values.connection.baseURI { values[$0] }
            client = try Self.apiClient(values, at: api)
        } catch {
            throw .refused(code: "configuration", message: error.description)
        }
        var secrets = connection.parameters.map { Secret($0.value) }
        if let token = snapshot?.accessToken { secrets.append(token) }
        do throws(HookFailure) {
            let value = try await hooks.call(
                .test,
                of: connection,
                with: ["apiClient": client],
                api: api,
                hiding: secrets,
                until: loop.now + connection.tokens.requestTimeout * 2
            )
            if value == .bool(false) {
                throw HookFailure(message: "the connector's test gave false", mayPass: false)
            }
            return true
        } catch {
            throw .refused(code: "test_failed", message: error.message)
        }
    }

    /// The API's client as JavaScript gets it.
    private static func apiClient(
        _ values: TemplateValues,
        at base: Destination
    ) throws(TemplateError) -> JSONValue {
        let api = values.connection.api
        return [
            "baseUri": .string(base.uri.text),
            "headers": try object(api.defaultHeaders + api.headers, .header, values),
            "query": try object(api.query, .raw, values),
        ]
    }

    private static func object(
        _ templates: [NamedTemplate],
        _ context: Template.Context,
        _ values: TemplateValues
    ) throws(TemplateError) -> JSONValue {
        var result: JSONValue = [:]
        for named in templates {
            result[named.name] = try named.render(context: context) { values[$0] }
                .map { .string($0) }
        }
        return result
    }
}

extension HookFailure {
    /// What it means for a person.
    fileprivate var refusal: CredentialRefusal {
        mayPass
            ? .unavailable(code: "connector", message: message)
            : .refused(code: "connector", message: message)
    }
}
