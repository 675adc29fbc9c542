import Config
import Credentials
import Crypto
import Hooks
import IO
import Proxy
import Vault

/// Looks whether what a configuration requires of the system is there and right.
enum Inspection {
    /// The largest file that is read.
    private static let fileBytesMax = 16 << 20

    /// All that is wrong, each with its place; nothing is made or changed.
    static func problems(of configuration: Configuration) -> [Diagnostic] {
        configuration.requirements.flatMap { requirement in
            let unread = requirement.files.compactMap(unreadable)
            return unread.isEmpty ? [problem(with: requirement)].compactMap(\.self) : unread
        }
    }

    private static func unreadable(_ file: Requirement.File) -> Diagnostic? {
        switch ConfigSource.system().read(file.path, .secret, fileBytesMax) {
        case .success: nil
        case .failure(let failure):
            Diagnostic(.error, at: file.position, "'\(file.name)': \(failure) ('\(file.shown)')")
        }
    }

    private static func problem(with requirement: Requirement) -> Diagnostic? {
        let reason: String?
        switch requirement.subject {
        case .log(let file):
            reason = System.reasonNotToAppend(to: file.path).map {
                "cannot open '\(file.shown)': \($0)"
            }
        case .vault(let settings, let folder, let key):
            return vaultProblem(settings, folder, key)
        case .listenerTLS(let settings):
            var listener = ListenerConfiguration(name: "")
            listener.tls = [settings]
            reason = tlsProblem { () throws(IOError) in try Worker.checkTLS(listener) }
        case .clientTLS(let settings):
            reason = tlsProblem { () throws(IOError) in try Worker.checkTLS(settings) }
        case .signingKey(let key, let algorithm): reason = keyProblem(key, algorithm)
        case .node: reason = nodeProblem()
        }
        return reason.map { Diagnostic(.error, at: requirement.position, $0) }
    }

    private static func tlsProblem(_ check: () throws(IOError) -> Void) -> String? {
        do throws(IOError) {
            try check()
            return nil
        } catch {
            return Assembly.describe(error)
        }
    }

    private static func keyProblem(_ key: PEM, _ algorithm: SigningAlgorithm) -> String? {
        do throws(SigningKeyError) {
            _ = try key.signingKey(for: algorithm)
            return nil
        } catch {
            return error.description
        }
    }

    private static func nodeProblem() -> String? {
        do throws(Node.Failure) {
            _ = try Node().find()
            return nil
        } catch {
            guard case .noNode(let reason) = error else { return nil }
            return "this connector has JavaScript, but \(reason)"
        }
    }

    private static func vaultProblem(
        _ settings: FileVaultConfiguration,
        _ folder: Requirement.File,
        _ key: SourcePosition
    ) -> Diagnostic? {
        do throws(VaultError) {
            try VaultAssembly.check(settings)
            return nil
        } catch {
            // The words name the folder, and a reference may have given that.
            let reason = error.description.replacing(settings.path, with: folder.shown)
            let isOfKey =
                switch error {
                case .key, .store(.wrongKey): true
                case .store: false
                }
            return Diagnostic(
                .error,
                at: isOfKey ? key : folder.position,
                "vault \(folder.shown): \(reason)"
            )
        }
    }
}
