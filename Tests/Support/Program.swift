import Glibc

/// Where programs are.
package enum Program {
    /// The path of a program; nil when it is nowhere.
    ///
    /// It is looked for in PATH and in the folders of servers, which a user's PATH lacks on
    /// Debian. A name with a slash is a path already.
    package static func path(of name: String) -> String? {
        if name.contains("/") { return isExecutable(name) ? name : nil }
        let path = environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return folders.map { $0 + "/" + name }.first(where: isExecutable)
    }

    /// The `attache` that was built with this test bundle: it lies beside it.
    package static func attache() throws -> String {
        var target = [CChar](repeating: 0, count: 4096)
        let length = unsafe readlink("/proc/self/exe", &target, target.count)
        guard length > 0 else { throw TestFailure("cannot read /proc/self/exe: error \(errno)") }
        let bytes = target[..<length].map { UInt8(bitPattern: $0) }
        let bundle = String(decoding: bytes, as: UTF8.self)
        let folder = bundle[..<(bundle.lastIndex(of: "/") ?? bundle.startIndex)]
        guard isExecutable(folder + "/attache") else {
            throw TestFailure("\(folder)/attache is not built: run swift build first")
        }
        return folder + "/attache"
    }

    /// A variable of the environment; nil when it is unset or empty.
    package static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    private static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0
    }
}
