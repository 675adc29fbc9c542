package import Crypto
import Glibc

/// Where a vault's key comes from.
package enum KeySource: Sendable {
    /// The text of the configuration: base 64 of 32 bytes.
    case given(Secret)
    /// A file with such a text, made when there is none and the vault is new.
    case file(path: String)
}

/// The file that holds a key in base 64, for its owner alone.
struct KeyFile {
    private static let longest = 4096

    /// The path, as configured.
    let path: String
    /// Where the file is.
    let disk: any Disk

    /// Reads a key from text, of which one newline at the end is no part.
    static func parse(_ text: Secret, source: String) throws(KeyProblem) -> SecretKey {
        let decoded = text.withBytes { bytes in
            var end = bytes.count
            if end > 0, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
            if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            return Base64.decode(bytes.extracting(0..<end))
        }
        guard var bytes = decoded, !bytes.isEmpty else { throw .notBase64(source: source) }
        defer { bytes.wipe() }
        guard let key = SecretKey(Secret(bytes: bytes)) else {
            throw .wrongLength(source: source, count: bytes.count)
        }
        return key
    }

    /// The key, and a warning if others may read the file; nil if there is no file.
    func read() throws(KeyProblem) -> (key: SecretKey, warning: String?)? {
        let status: FileStatus?
        var bytes: [UInt8]
        do {
            status = try disk.status(of: path)
            guard let found = try disk.read(path, limit: KeyFile.longest) else { return nil }
            bytes = found
        } catch {
            throw .unreadable(path: path, errno: error.errno)
        }
        defer { bytes.wipe() }
        let permissions = status?.permissions ?? 0
        guard permissions & 0o022 == 0 else { throw .writableByOthers(path: path) }
        let key = try KeyFile.parse(Secret(bytes: bytes), source: path)
        guard permissions & 0o044 != 0 else { return (key, nil) }
        return (key, "the vault key file \(path) may be read by others; `chmod 600` it")
    }

    /// Makes a new key, puts it in the file and reads it back.
    ///
    /// If another process makes the file at the same moment, its key is the one.
    func make() throws(KeyProblem) -> SecretKey {
        let key = SecretKey.random()
        var isOurs = true
        do {
            var text = key.base64().withBytes { text in
                var line: [UInt8] = []
                for index in 0..<text.count { line.append(text[index]) }
                line.append(UInt8(ascii: "\n"))
                return line
            }
            defer { text.wipe() }
            try WholeFile(path: path, disk: disk).put(text, .new)
        } catch {
            guard error.errno == EEXIST else { throw .notMade(path: path, errno: error.errno) }
            isOurs = false
        }
        guard let found = try read()?.key, !isOurs || found == key else {
            throw .lost(path: path)
        }
        return found
    }
}
