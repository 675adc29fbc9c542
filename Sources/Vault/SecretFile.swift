package import Crypto
import Glibc

/// A file with one secret text in it, for its owner alone: the admin API's token.
package struct SecretFile: Sendable {
    private static let longest = 4096

    private let path: String
    private let disk: any Disk

    /// Names the file; nothing is read yet.
    package init(path: String, disk: any Disk = KernelDisk()) {
        self.path = path
        self.disk = disk
    }

    /// The text in the file, without white space at its end; nil if there is no file.
    ///
    /// - Throws: `DiskError`, with `EACCES` for a file that others may write, and `EINVAL` for one
    ///   that is empty.
    package func read() throws(DiskError) -> Secret? {
        let status = try disk.status(of: path)
        guard var bytes = try disk.read(path, limit: Self.longest) else { return nil }
        defer { bytes.wipe() }
        guard let status, status.permissions & 0o022 == 0 else {
            throw DiskError(.reading, errno: EACCES, path: path)
        }
        var end = bytes.count
        while end > 0, bytes[end - 1] <= UInt8(ascii: " ") { end -= 1 }
        guard end > 0 else { throw DiskError(.reading, errno: EINVAL, path: path) }
        return Secret(copying: bytes.span.extracting(0..<end))
    }

    /// The text in the file, which is made with a new text if there is none: mode 0600, and durable
    /// when this returns.
    ///
    /// If another process makes the file at the same moment, its text is the one.
    /// - Throws: `DiskError`, as `read` does, and when the file cannot be made.
    package func readOrMake(_ make: () -> Secret) throws(DiskError) -> Secret {
        if let found = try read() { return found }
        let made = make()
        var line = made.withBytes { text in
            var line: [UInt8] = []
            for index in 0..<text.count { line.append(text[index]) }
            line.append(UInt8(ascii: "\n"))
            return line
        }
        defer { line.wipe() }
        do {
            try WholeFile(path: path, disk: disk).put(line, .new)
        } catch {
            guard error.errno == EEXIST else { throw error }
        }
        guard let found = try read() else { throw DiskError(.reading, errno: ENOENT, path: path) }
        return found
    }
}
