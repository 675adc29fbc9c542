package import Crypto
package import HTTP

/// Where credentials are kept (`vault`).
package enum VaultConfiguration: Sendable {
    case file(FileVaultConfiguration)
    case redis(RedisVaultConfiguration)
    case awsSecretsManager(AWSVaultConfiguration)
}

/// A vault in a folder of this machine.
package struct FileVaultConfiguration: Sendable, Equatable {
    package var path: String
    /// The key as it was written.
    package var key: Secret?
    /// Where the key lies, or is made on first start, when none was written.
    package var keyPath: String
    /// A key that still opens records while they are written anew under `key`.
    package var previousKey: Secret?

    package init(path: String, keyPath: String) {
        self.path = path
        self.keyPath = keyPath
    }
}

/// A vault in redis, which several machines share.
package struct RedisVaultConfiguration: Sendable, Equatable {
    /// `redis://` or `rediss://`; it may hold a password.
    package var url: Secret
    package var prefix = "attache:"
    package var key: Secret

    package init(url: Secret, key: Secret) {
        self.url = url
        self.key = key
    }
}

/// A vault in AWS Secrets Manager.
package struct AWSVaultConfiguration: Sendable, Equatable {
    package var region: String
    package var prefix = "attache/"
    /// `nil`: the region's own.
    package var endpoint: URI?

    package init(region: String) {
        self.region = region
    }
}
