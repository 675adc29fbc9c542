import Support

/// This package's files, found from where this file was compiled.
enum SourceTree {
    /// The package's folder.
    static let root: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    /// Every Swift file under Sources and Tests.
    static let swift: [SourceFile] = ["Sources", "Tests"].flatMap(files).map { path in
        SourceFile(path: path, text: read(path) ?? "")
    }

    /// The text of a file of the package; nil when there is none.
    static func read(_ path: String) -> String? {
        Files.read(root + "/" + path)
    }

    /// The folders under Sources: the modules.
    static var modules: [String] {
        Files.names(in: root + "/Sources").filter { !$0.hasPrefix(".") }
    }

    /// Whether git knows this folder, and can be asked.
    static var isRepository: Bool {
        Files.exists(root + "/.git") && Program.path(of: "git") != nil
    }

    /// What git tracks.
    static func tracked() throws -> [String] {
        let list = try ChildProcess.run("git", ["-C", root, "ls-files"])
        return list.split(separator: "\n").map(String.init)
    }

    private static func files(under folder: String) -> [String] {
        Files.names(in: root + "/" + folder).flatMap { name in
            let path = folder + "/" + name
            return name.hasSuffix(".swift") ? [path] : files(under: path)
        }
    }
}
