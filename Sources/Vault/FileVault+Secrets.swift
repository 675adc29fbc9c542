package import Credentials
package import Crypto

extension FileVault: SecretStore {
    /// The secrets of one revision of a connection.
    package func secrets(_ id: SecretsID) throws(StoreError) -> Secret? {
        try folder.read(RecordName(id)).map { Secret(bytes: $0.plain) }
    }

    /// Seals the secrets of one revision of a connection; durable on return.
    package func storeSecrets(_ secrets: Secret, as id: SecretsID) throws(StoreError) {
        var plain = secrets.withBytes { (bytes: Span<UInt8>) in
            bytes.indices.map { bytes[$0] }
        }
        defer { plain.wipe() }
        try folder.write(plain, version: 1, as: RecordName(id), expecting: .nothing)
    }

    /// Removes the secrets of one revision of a connection.
    package func deleteSecrets(_ id: SecretsID) throws(StoreError) {
        try folder.remove(RecordName(id))
    }

    /// The revisions whose secrets are stored.
    package func listSecrets() throws(StoreError) -> [SecretsID] {
        try folder.names().compactMap(\.secrets)
    }
}
