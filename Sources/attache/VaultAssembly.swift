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
