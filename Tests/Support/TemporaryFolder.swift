import Glibc

/// A folder of a test's own, gone with all that is in it when it is released.
package final class TemporaryFolder {
    /// Where it is, without a slash at the end.
    package let path: String

    package init() throws {
        var template = Array("/tmp/attache-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw TestFailure("cannot make a folder in /tmp: error \(errno)")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        TemporaryFolder.remove(path)
    }

    /// The path of `name` in it.
    package func file(_ name: String) -> String {
        path + "/" + name
    }

    /// Writes a file in it and returns its path.
    @discardableResult
    package func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws -> String {
        try Files.write(text, to: file(name), mode: mode)
        return file(name)
    }

    /// The text of a file in it; nil when there is none.
    package func read(_ name: String) -> String? {
        Files.read(file(name))
    }

    /// Removes a file, or a folder with all that is in it; links are removed, not followed.
    private static func remove(_ path: String) {
        if unsafe unlink(path) == 0 { return }
        for name in Files.names(in: path) { remove(path + "/" + name) }
        unsafe rmdir(path)
    }
}
