package import Config
package import Crypto

/// What a connector's functions made of one credential, beside the tokens.
package struct ConnectorState: Equatable, Sendable {
    /// What was given by whoever connected.
    package var parameters: [String: String]
    /// What the functions returned, the tokens left out: an object in JSON.
    package var members: Secret
    /// How the API is called with the access token, where JavaScript says it.
    package var client: MadeClient?

    /// Takes down what was made.
    package init(parameters: [String: String], members: Secret, client: MadeClient?) {
        self.parameters = parameters
        self.members = members
        self.client = client
    }
}

/// How a `ConnectorState` is stored.
struct ConnectorRecord: Codable {
    private var parameters: [String: String]
    private var members: String
    private var client: Client?

    /// A stored `MadeClient`.
    private struct Client: Codable {
        var baseURI: String?
        var headers: [[String]]
        var query: [[String]]

        enum CodingKeys: String, CodingKey {
            case baseURI = "base_uri"
            case headers, query
        }
    }

    init(_ state: ConnectorState) {
        parameters = state.parameters
        members = state.members.reveal()
        client = state.client.map { client in
            Client(
                baseURI: client.baseURI,
                headers: client.headers.map { [$0.name, $0.value.reveal()] },
                query: client.query.map { [$0.name, $0.value.reveal()] }
            )
        }
    }

    /// The state that was taken down.
    var state: ConnectorState {
        ConnectorState(
            parameters: parameters,
            members: Secret(members),
            client: client.map { client in
                MadeClient(
                    baseURI: client.baseURI,
                    headers: client.headers.compactMap(ConnectorRecord.pair),
                    query: client.query.compactMap(ConnectorRecord.pair)
                )
            }
        )
    }

    private static func pair(_ pair: [String]) -> NamedSecret? {
        guard pair.count == 2 else { return nil }
        return NamedSecret(pair[0], Secret(pair[1]))
    }
}
