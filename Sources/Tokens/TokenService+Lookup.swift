internal import Time
internal import Config
internal import Credentials
internal import HTTP
internal import IO
internal import Log
internal import OAuth

/// The calls after connecting whose answers give fields (`lookup`).
extension TokenService {
    /// How often a lookup is tried that may work the next time: whoever connects would have to begin
    /// anew without it.
    private static let attemptsMax = 3
    private static let attemptPause: Duration = .milliseconds(300)

    /// The fields that a connection's lookups give to a new token; each may use those before it.
    ///
    /// - Throws: why one of them gave nothing: the fields are needed.
    func lookups(
        with reply: TokenReply,
        over values: TemplateValues
    ) async throws(CredentialRefusal) -> [String: String] {
        var found: [String: String] = [:]
        for lookup in values.connection.lookups {
            let known = values.fields.merging(reply.fields) { $1 }.merging(found) { $1 }
            let current = TemplateValues(
                values.connection,
                tenant: values.tenant,
                fields: known,
                accessToken: reply.accessToken,
                tokenType: reply.tokenType
            )
            found.merge(try await fields(of: lookup, with: current)) { $1 }
        }
        return found
    }

    private func fields(
        of lookup: LookupConfiguration,
        with values: TemplateValues
    ) async throws(CredentialRefusal) -> [String: String] {
        let call: APIRequest
        do throws(TemplateError) {
            call = try APIRequest.lookup(lookup, with: values)
        } catch {
            throw .refused(code: "lookup", message: "the lookup cannot be made: \(error)")
        }
        var attempt = 1
        while true {
            do throws(CredentialRefusal) {
                return try await ask(call, lookup, for: values.connection)
            } catch .unavailable where attempt < Self.attemptsMax {
                attempt += 1
                await loop.sleep(until: loop.now + Self.attemptPause)
            }
        }
    }

    private func ask(
        _ call: APIRequest,
        _ lookup: LookupConfiguration,
        for connection: ConnectionConfiguration
    ) async throws(CredentialRefusal) -> [String: String] {
        let place = "the lookup at \(call.destination.uri.host)"
        let outgoing = OutboundCaller.Call(
            destination: call.destination,
            request: call.request,
            tls: OutboundTLS(api: connection.apiTLS),
            concurrency: connection.tokens.concurrency,
            timeout: connection.tokens.requestTimeout
        )
        let response: Response
        do throws(CallFailure) {
            let end = loop.now + connection.tokens.requestTimeout * 2
            response = try await outbound.send(outgoing, until: end).response
        } catch {
            throw Self.refusal(error, "lookup", place)
        }
        do throws(LookupError) {
            return try lookup.fields(of: response)
        } catch {
            let message = "\(place) gave nothing: \(error)"
            throw error.mayPass
                ? .unavailable(code: "lookup", message: message)
                : .refused(code: "lookup", message: message)
        }
    }

    /// What a call without an answer means for a person's wish.
    static func refusal(
        _ failure: CallFailure,
        _ code: String,
        _ place: String
    ) -> CredentialRefusal {
        let message = failure.message(of: place)
        return failure.mayPass
            ? .unavailable(code: code, message: message)
            : .refused(code: code, message: message)
    }

    /// A flight's outcome with the fields of the lookups, where nobody connected to make them.
    ///
    /// A rotated refresh token must not be lost over a lookup: it is stored, and the next flight
    /// looks again. What can be asked anew fails, so that no request goes out without its fields.
    func completed(
        _ outcome: TokenOutcome,
        with values: TemplateValues,
        renewal: FlightRules.Renewal
    ) async -> TokenOutcome {
        let names = values.connection.lookups.flatMap(\.fields).map(\.name)
        guard case .success(var reply) = outcome,
            !names.allSatisfy({ values.fields[$0] != nil })
        else { return outcome }
        do throws(CredentialRefusal) {
            reply.fields.merge(try await lookups(with: reply, over: values)) { $1 }
            return .success(reply)
        } catch {
            logger.log(
                .error,
                "a lookup failed",
                ["connection": values.connection.name, "reason": error.description]
            )
            switch renewal {
            case .refreshToken, .refreshTokenOrAnew, .never: return outcome
            case .asksAnew:
                return .transient(
                    retryAfter: nil,
                    code: error.code,
                    message: error.description
                )
            }
        }
    }
}
