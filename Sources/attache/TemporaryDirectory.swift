import Glibc

/// A folder that nobody else can read and that is gone when the demo ends.
struct TemporaryDirectory {
    let path: String

    /// Makes the folder under `TMPDIR` or `/tmp`.
    init() throws(Assembly.Failure) {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var name = Array("\(parent)/attache-demo-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&name) != nil else {
            throw Assembly.Failure(message: "cannot make a folder in \(parent)")
        }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the folder with all that is in it.
    func remove() {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        if let folder = unsafe opendir(path) {
            while let entry = unsafe readdir(folder) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { start in
                    unsafe start.withMemoryRebound(to: CChar.self, capacity: 256) {
                        unsafe String(cString: $0)
                    }
                }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            unsafe closedir(folder)
            unsafe rmdir(path)
        } else {
            unsafe unlink(path)
        }
    }
}
