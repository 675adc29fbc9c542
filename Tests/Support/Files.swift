import Glibc

/// Whole small files, read and written at once.
package enum Files {
    /// The text of the file at `path`; nil when it cannot be opened.
    package static func read(_ path: String) -> String? {
        bytes(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of the file at `path`; nil when it cannot be opened.
    package static func bytes(_ path: String) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe Glibc.read(file, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return all }
            all += piece[..<count]
        }
    }

    /// Makes or replaces the file at `path`, readable by its owner alone unless `mode` says more.
    package static func write(_ text: String, to path: String, mode: UInt32 = 0o600) throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw TestFailure("cannot write \(path): error \(errno)") }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress, $0.count)
            }
            guard count > 0 else { throw TestFailure("cannot write \(path): error \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes a folder at `path`, for its owner alone.
    package static func makeFolder(_ path: String) throws {
        guard unsafe mkdir(path, 0o700) == 0 else {
            throw TestFailure("cannot make \(path): error \(errno)")
        }
    }

    /// The names in the folder at `path`, without `.` and `..`, sorted; empty when it is no folder.
    package static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether something is at `path`.
    package static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }
}
