package import Crypto

extension PEM {
    /// The largest file that is read for a key.
    private static let bytesMax = 1 << 20

    /// The private key in it, fit for an algorithm; a file is read anew with each call, which blocks.
    ///
    /// - Throws: `SigningKeyError` with what to mend.
    package func signingKey(
        for algorithm: SigningAlgorithm,
        source: ConfigSource = .system()
    ) throws(SigningKeyError) -> SigningKey {
        switch self {
        case .pem(let content): return try SigningKey(pem: content, for: algorithm)
        case .path(let path):
            switch source.read(path, .secret, PEM.bytesMax) {
            case .success(let file):
                return try SigningKey(pem: Secret(bytes: file.bytes), for: algorithm)
            case .failure(let failure):
                throw .unreadable(reason: failure.description)
            }
        }
    }
}

extension ConnectionConfiguration {
    /// The keys that its token calls are signed with, each with its algorithm and the directive.
    package var signingKeys: [(directive: String, key: PEM, algorithm: SigningAlgorithm)] {
        var keys: [(directive: String, key: PEM, algorithm: SigningAlgorithm)] = []
        if case .privateKeyJWT(let jwt) = clientAuthentication {
            keys.append(("client_auth", jwt.key, jwt.algorithm))
        }
        if let assertion { keys.append(("assertion", assertion.key, assertion.algorithm)) }
        return keys
    }
}
