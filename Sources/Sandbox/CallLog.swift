import JSON

/// The last calls of the token endpoint, for tests that ask what exactly was sent.
struct CallLog: Sendable {
    /// One call, without secrets.
    struct Call: Sendable {
        let at: Double
        let path: String
        let method: ClientAuthentication.Method
        let client: String
        let accept: String
        /// Names and values; of a secret only whether it was there.
        let parameters: [(name: String, value: String)]
        let result: String
    }

    private var calls: [Call] = []
    private let max: Int

    init(max: Int) {
        self.max = max
    }

    /// Notes a call, and forgets the oldest above the cap.
    mutating func append(_ call: Call) {
        calls.append(call)
        if calls.count > 2 * max { calls.removeFirst(calls.count - max) }
    }

    /// The last calls, the newest last.
    var json: JSONValue {
        .array(
            calls.suffix(max).map { call in
                [
                    "at": .number(call.at), "path": .string(call.path),
                    "client": .string(call.client), "client_auth": .string(call.method.rawValue),
                    "accept": .string(call.accept),
                    "parameters": .array(
                        call.parameters.map { .array([.string($0.name), .string($0.value)]) }
                    ),
                    "result": .string(call.result),
                ]
            }
        )
    }

    /// What is kept of a parameter: secrets by their presence, the rest shortened.
    static func kept(_ name: String, _ value: String) -> (name: String, value: String) {
        let secrets: Set = [
            "client_secret", "refresh_token", "code", "code_verifier", "password", "assertion",
            "client_assertion", "token", "access_token",
        ]
        let short = String(name.prefix(100))
        return (short, secrets.contains(name) ? "[secret]" : String(value.prefix(300)))
    }
}
