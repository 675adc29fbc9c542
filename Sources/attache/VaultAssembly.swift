import Admin
import Config
import Log
import Registry
import Tokens
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
        do throws(VaultError) {
            return try FileVault.open(
                folder: settings.path,
                key: keySource(settings),
                previousKey: settings.previousKey
            )
        } catch {
            throw Assembly.Failure(message: "vault \(settings.path): \(error)")
        }
    }

    /// Sees whether the vault can be opened, or made, and makes nothing.
    ///
    /// - Throws: `VaultError` with what is wrong with the vault or its key.
    static func check(_ settings: FileVaultConfiguration) throws(VaultError) {
        try FileVault.check(
            folder: settings.path,
            key: keySource(settings),
            previousKey: settings.previousKey
        )
    }

    private static func keySource(_ settings: FileVaultConfiguration) -> KeySource {
        settings.key.map { .given($0) } ?? .file(path: settings.keyPath)
    }

    /// What makes connections through the admin API, with those that it made before; they are kept
    /// in a folder beside the vault.
    static func registrar(
        _ configuration: Configuration,
        of vault: FileVault,
        _ tokens: TokenService,
        _ log: Logger
    ) async -> Registrar {
        let registrar = Registrar(
            tokens,
            registry: ConnectionRegistry(
                folder: EntryFolder(path: "\(vault.path).connections"),
                secrets: vault
            ),
            directory: tokens.directory,
            policy: configuration.tokens,
            logger: log
        )
        await registrar.load()
        return registrar
    }
}
