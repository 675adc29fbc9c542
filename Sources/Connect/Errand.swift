internal import Credentials
internal import JSON

/// What a person is sent for: the account to connect, and where to go afterwards.
struct Errand: Equatable, Sendable {
    let credential: CredentialID
    /// Values for templates, that the app gave for this account.
    let parameters: [String: String]
    /// Where the browser goes when all is done; it was allowed when the ticket was made.
    let returnURL: String?

    init(_ credential: CredentialID, parameters: [String: String], returnURL: String?) {
        self.credential = credential
        self.parameters = parameters
        self.returnURL = returnURL
    }

    /// Reads what `json` wrote.
    init?(_ value: JSONValue?) {
        guard let connection = value?["connection"]?.scalarText,
            case .object(let given)? = value?["parameters"]
        else { return nil }
        credential = CredentialID(connection: connection, tenant: value?["tenant"]?.scalarText)
        parameters = Dictionary(
            given.compactMap { member in member.value.scalarText.map { (member.name, $0) } },
            uniquingKeysWith: { first, _ in first }
        )
        returnURL = value?["return"]?.scalarText
    }

    /// The errand as a JSON object.
    var json: JSONValue {
        let given = parameters.sorted { $0.key < $1.key }
        return .object([
            .init("connection", .string(credential.connection)),
            .init("tenant", .optional(credential.tenant)),
            .init("parameters", .object(given.map { .init($0.key, .string($0.value)) })),
            .init("return", .optional(returnURL)),
        ])
    }
}
