/// A function that a connector can have.
package enum ConnectorFunction: String, Sendable, CaseIterable {
    case getOAuthConfig, makeApiClient, test
    case getTokenData
    case getCredentialsFromTokenResponse
    /// Another name of `getCredentialsFromTokenResponse`.
    case getCredentialsFromAccessTokenResponse
    case getCredentialsFromRefreshTokenResponse
    case refreshCredentials

    /// The name in kebab case, which is its file's: `OAuth` is one word.
    package var fileName: String {
        var name = ""
        for character in rawValue.replacing("OAuth", with: "Oauth") {
            name += character.isUppercase ? "-\(character.lowercased())" : "\(character)"
        }
        return name
    }

    /// What it is given.
    package var arguments: [HookArgument] {
        switch self {
        case .getOAuthConfig: [.connectorParameters, .connectionParameters, .redirectUri, .state]
        case .makeApiClient: [.credentials, .connectorParameters, .connectionParameters]
        // `apiClient`, which no mapping can use.
        case .test: []
        case .getTokenData:
            [
                .connectorParameters, .connectionParameters, .codeVerifier, .queryParameters,
                .redirectUri,
            ]
        case .getCredentialsFromTokenResponse, .getCredentialsFromAccessTokenResponse:
            [.connectorParameters, .connectionParameters, .queryParameters, .tokenResponse]
        case .getCredentialsFromRefreshTokenResponse:
            [.connectorParameters, .connectionParameters, .credentials, .tokenResponse]
        case .refreshCredentials: [.connectorParameters, .connectionParameters, .credentials]
        }
    }
}
