package import Credentials
import Glibc

/// Why a vault could not be opened.
package enum VaultError: Error, Hashable, Sendable {
    /// There is something wrong with a key.
    case key(KeyProblem)
    /// There is something wrong with the vault, or the key is not its own.
    case store(StoreError)
}

extension VaultError: CustomStringConvertible {
    /// What is wrong, in words that a person can act upon.
    package var description: String {
        switch self {
        case .key(let problem): problem.description
        case .store(let error): error.description
        }
    }
}

/// Why there is no usable key.
package enum KeyProblem: Error, Hashable, Sendable {
    /// The text is not base 64; `source` is the directive or the file.
    case notBase64(source: String)
    /// The text stands for that many bytes instead of 32.
    case wrongLength(source: String, count: Int)
    /// The group or everybody may change the key file.
    case writableByOthers(path: String)
    /// There is no key file, but a vault that was sealed with one.
    case missing(path: String, folder: String)
    /// The key file cannot be read.
    case unreadable(path: String, errno: Int32)
    /// The key file cannot be made.
    case notMade(path: String, errno: Int32)
    /// The new key file does not hold what was written to it.
    case lost(path: String)
}

extension KeyProblem: CustomStringConvertible {
    /// What is wrong, in words that a person can act upon; never any part of a key.
    package var description: String {
        switch self {
        case .notBase64(let source):
            "the vault key in \(source) is not base 64 (32 bytes, as by `openssl rand -base64 32`)"
        case .wrongLength(let source, let count):
            "the vault key in \(source) has \(count) bytes instead of 32"
        case .writableByOthers(let path):
            "the vault key file \(path) may be changed by others; `chmod 600` it"
        case .missing(let path, let folder):
            "the vault \(folder) holds records, but its key file \(path) is missing"
        case .unreadable(let path, let errno):
            "the vault key file \(path) cannot be read (\(KeyProblem.words(errno)))"
        case .notMade(let path, let errno):
            "the vault key file \(path) cannot be made (\(KeyProblem.words(errno)))"
        case .lost(let path):
            "the vault key file \(path) does not hold the key that was just written to it"
        }
    }

    private static func words(_ number: Int32) -> String {
        switch number {
        case ENOSPC, EDQUOT: "no space left"
        case EACCES, EPERM: "no permission"
        case EROFS: "the file system is read-only"
        case ENOENT: "no such folder"
        default: "error \(number)"
        }
    }
}
