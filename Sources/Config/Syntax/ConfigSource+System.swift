import Glibc

extension ConfigSource {
    /// The files and the environment of this process.
    package static func system() -> ConfigSource {
        ConfigSource(
            workingDirectory: currentDirectory(),
            read: SystemFile.read,
            matches: SystemFile.matches,
            canonical: SystemFile.canonical,
            environment: { name in
                guard let value = unsafe getenv(name) else { return nil }
                return unsafe String(cString: value)
            }
        )
    }

    private static func currentDirectory() -> String {
        guard let path = unsafe getcwd(nil, 0) else { return "." }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }
}

/// Reads files through the system's calls.
private enum SystemFile {
    static func read(
        _ path: String,
        for purpose: ConfigSource.Purpose,
        limit: Int
    ) -> Result<ConfigSource.File, ConfigSource.Failure> {
        // Not to wait: opening a pipe that nobody writes must not hang the start.
        let waiting = purpose == .secret ? O_NONBLOCK : 0
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | waiting)
        guard descriptor >= 0 else { return .failure(failure(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return .failure(failure(errno)) }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || (purpose == .configuration && kind != S_IFDIR) else {
            return .failure(.notAFile)
        }
        return content(of: descriptor, limit: limit).map { bytes in
            ConfigSource.File(bytes: bytes, mode: UInt32(status.st_mode & 0o7777))
        }
    }

    private static func content(
        of descriptor: Int32,
        limit: Int
    ) -> Result<[UInt8], ConfigSource.Failure> {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failure(failure(errno)) }
            guard count > 0 else { return .success(bytes) }
            guard bytes.count + count <= limit else { return .failure(.tooLarge(limit: limit)) }
            bytes += chunk[..<count]
        }
    }

    static func matches(_ pattern: String) -> [String] {
        var result = unsafe glob_t()
        defer { unsafe globfree(&result) }
        guard unsafe glob(pattern, 0, nil, &result) == 0 else { return [] }
        var paths: [String] = []
        for index in unsafe 0..<Int(result.gl_pathc) {
            guard let path = unsafe result.gl_pathv[index] else { continue }
            unsafe paths.append(String(cString: path))
        }
        return paths
    }

    static func canonical(_ path: String) -> String {
        guard let found = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    private static func failure(_ number: Int32) -> ConfigSource.Failure {
        switch number {
        case ENOENT, ENOTDIR: .notFound
        case EACCES, EPERM: .notAllowed
        case EISDIR: .notAFile
        default: .system(number)
        }
    }
}
