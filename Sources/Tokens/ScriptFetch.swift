internal import Config
internal import Crypto
internal import HTTP
internal import IO
internal import JSON
internal import OAuth
internal import Time

/// Makes the requests of a connector's script, by the rules that hold for our own.
struct ScriptFetch: Sendable {
    let outbound: OutboundCaller
    let connection: ConnectionConfiguration
    /// Where the API's client leads, if the script has one.
    let api: Destination?

    /// The answer to a request of `fetch`; blocks until it is there.
    func answer(_ asked: JSONValue, until end: Instant) -> JSONValue {
        let answer = Handover<JSONValue>()
        outbound.loop.start { answer.put(await send(asked, until: end)) }
        return answer.take(until: end) ?? ["error": "there was no answer in time"]
    }

    private func send(_ asked: JSONValue, until end: Instant) async -> JSONValue {
        guard let uri = asked["url"]?.string.flatMap({ URI($0) }) else {
            return ["error": "fetch takes a whole http or https URL"]
        }
        guard let method = asked["method"]?.string,
            let body = asked["body"]?.string.flatMap({ Base64.decode($0) })
        else { return ["error": "this is no request"] }
        let isForAPI = api?.uri.isSamePlace(as: uri) == true
        let destination: Destination
        do throws(TemplateError) {
            destination =
                if isForAPI, let api { Destination(uri, isNamed: api.isNamed) } else {
                    try connection.destination(ofScript: uri)
                }
        } catch {
            return ["error": .string("\(error)")]
        }
        let call = OutboundCaller.Call(
            destination: destination,
            request: Request(
                method: method,
                target: uri.target,
                fields: Self.fields(asked["headers"]),
                body: body
            ),
            tls: isForAPI
                ? OutboundTLS(api: connection.apiTLS)
                : OutboundTLS(provider: connection, proving: false),
            concurrency: connection.tokens.concurrency,
            timeout: connection.tokens.requestTimeout
        )
        do throws(CallFailure) {
            let response = try await outbound.send(call, until: end).response
            guard response.body.count <= TokenResponse.bodyBytesMax else {
                return ["error": "the answer is larger than 256 KiB"]
            }
            return [
                "status": .number(response.status),
                // JavaScript's headers hold no other characters.
                "headers": .array(
                    response.fields.filter { $0.value.utf8.allSatisfy { $0 < 0x80 } }
                        .map { [.string($0.name), .string($0.value)] }
                ),
                "body": .string(Base64.encode(response.body)),
            ]
        } catch {
            return ["error": .string(error.message(of: uri.host))]
        }
    }

    /// What the script wrote, and what nobody is without; nothing here reads a coded answer.
    private static func fields(_ pairs: JSONValue?) -> Fields {
        var fields: Fields = ["Accept": "*/*", "User-Agent": "attache"]
        guard case .array(let pairs)? = pairs else { return fields }
        for case .array(let pair) in pairs {
            guard let name = pair.first?.string, let value = pair.last?.string else { continue }
            fields.set(name, value)
        }
        fields.remove("Accept-Encoding")
        return fields
    }
}
