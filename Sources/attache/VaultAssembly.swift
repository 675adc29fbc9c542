import Config
import Registry
import Vault

/// Opens the vault that a configuration names.
enum VaultAssembly {
    /// The file vault, its key read or made.
    ///
    /// - Throws: `Assembly.Failure` with what is wrong with the vault or its key.
    static func open(_ configuration: Configuration) throws(Assembly.Failure) -> FileVault {
        guard case .file(let settings) = configuration.vault else {
            throw Assembly.Failure(message: "only 'vault file' is supported yet")
        }
        let key: KeySource
        if let given = settings.key {
            key = .given(given)
        } else {
            key = .file(path: settings.keyPath)
        }
        do throws(VaultError) {
            return try FileVault.open(
                folder: settings.path,
                key: key,
                previousKey: settings.previousKey
            )
        } catch {
            throw Assembly.Failure(message: "vault \(settings.path): \(error)")
        }
    }

    /// The registry of the connections that the admin API makes, in a folder beside the vault.
    static func registry(of vault: FileVault) -> ConnectionRegistry {
        ConnectionRegistry(
            folder: EntryFolder(path: "\(vault.path).connections"),
            secrets: vault
        )
    }
}
