/// A connector that was read: an OAuth 2 provider described by a folder of files.
package struct Connector: Sendable {
    /// How a function is written.
    package enum Implementation: Sendable {
        case mapping(Mapping, file: String)
        /// A file that `node` runs.
        case javascript(file: String)
    }

    /// The folder.
    package let directory: String
    private let functions: [ConnectorFunction: Implementation]

    init(directory: String, functions: [ConnectorFunction: Implementation]) {
        self.directory = directory
        self.functions = functions
    }

    /// How a function is written; `nil` if the connector does not have it.
    package subscript(function: ConnectorFunction) -> Implementation? { functions[function] }

    /// The function that makes credentials of a token endpoint's answer, under either name.
    package var extraction: ConnectorFunction? {
        let names: [ConnectorFunction] = [
            .getCredentialsFromTokenResponse, .getCredentialsFromAccessTokenResponse,
        ]
        return names.first { functions[$0] != nil }
    }

    /// Whether it needs `node`.
    package var hasJavaScript: Bool {
        functions.values.contains { if case .javascript = $0 { true } else { false } }
    }
}

/// Something that is wrong with a connector's files.
package struct ConnectorProblem: Error, Sendable, Equatable {
    package let file: String
    /// `nil`: the file as a whole.
    package let place: YAMLPlace?
    package let message: String

    init(_ error: YAMLError, in file: String) {
        self.file = file
        place = error.place
        message = error.message
    }

    init(_ message: String, in file: String) {
        self.file = file
        place = nil
        self.message = message
    }
}
