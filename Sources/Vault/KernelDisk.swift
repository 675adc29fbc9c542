import CLinux
import Glibc

/// The file system of the machine.
package struct KernelDisk: Disk {
    /// Makes the one disk there is.
    package init() {}

    /// What is at a path, by stat(2).
    package func status(of path: String) throws(DiskError) -> FileStatus? {
        var entry = stat()
        guard unsafe stat(path, &entry) == 0 else {
            if errno == ENOENT { return nil }
            throw DiskError(.reading, errno: errno, path: path)
        }
        return FileStatus(
            isFolder: entry.st_mode & S_IFMT == S_IFDIR,
            permissions: entry.st_mode & 0o7777,
            stamp: KernelDisk.stamp(of: entry)
        )
    }

    /// Inode, time of writing and length in one number: a file is never written in place, so two
    /// of its versions that follow one another differ in the inode at least.
    private static func stamp(of entry: stat) -> UInt64 {
        let time =
            UInt64(truncatingIfNeeded: entry.st_mtim.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: entry.st_mtim.tv_nsec)
        let inode = UInt64(truncatingIfNeeded: entry.st_ino)
        return (time &* 31 &+ inode) &* 31 &+ UInt64(truncatingIfNeeded: entry.st_size)
    }

    /// Makes a folder for its owner alone, by mkdir(2).
    package func makeFolder(_ path: String) throws(DiskError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        throw DiskError(.writing, errno: errno, path: path)
    }

    /// The names in a folder but for `.` and `..`, by readdir(3).
    package func names(in folder: String) throws(DiskError) -> [String] {
        guard let stream = unsafe opendir(folder) else {
            throw DiskError(.reading, errno: errno, path: folder)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw DiskError(.reading, errno: errno, path: folder) }
        return names
    }

    /// A whole regular file, by read(2) up to its end.
    package func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]? {
        // Without O_NONBLOCK a pipe of that name would hold the thread for ever.
        let file = retrying { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw DiskError(.reading, errno: errno, path: path)
        }
        defer { _ = Glibc.close(file) }
        var entry = stat()
        guard unsafe fstat(file, &entry) == 0 else {
            throw DiskError(.reading, errno: errno, path: path)
        }
        guard entry.st_mode & S_IFMT == S_IFREG else {
            throw DiskError(.reading, errno: EINVAL, path: path)
        }
        guard entry.st_size <= limit else {
            throw DiskError(.reading, errno: EFBIG, path: path)
        }
        var bytes = [UInt8](repeating: 0, count: Int(entry.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { space in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: space[filled...])
                return retrying { unsafe Glibc.read(file, rest.baseAddress, rest.count) }
            }
            guard count >= 0 else { throw DiskError(.reading, errno: errno, path: path) }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// Makes a new file for its owner alone, by open(2); links are not followed.
    package func create(_ path: String) throws(DiskError) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let file = retrying { unsafe open(path, flags, 0o600) }
        guard file >= 0 else { throw DiskError(.writing, errno: errno, path: path) }
        return file
    }

    /// Writes as much as the kernel takes, by write(2).
    package func write(
        _ bytes: Span<UInt8>,
        to file: Int32,
        path: String
    ) throws(DiskError) -> Int {
        let count = unsafe bytes.withUnsafeBytes { bytes in
            retrying { unsafe Glibc.write(file, bytes.baseAddress, bytes.count) }
        }
        guard count > 0 else {
            throw DiskError(.writing, errno: count < 0 ? errno : EIO, path: path)
        }
        return count
    }

    /// Has the kernel write a file out, by fsync(2).
    package func sync(_ file: Int32, path: String) throws(DiskError) {
        // Not tried again on EIO: the kernel reports a lost page once and then forgets it.
        guard retrying({ fsync(file) }) == 0 else {
            throw DiskError(.writing, errno: errno, path: path)
        }
    }

    /// Closes a descriptor, by close(2).
    package func close(_ file: Int32, path: String) throws(DiskError) {
        // On Linux the descriptor is gone after EINTR too; a network file system may report here
        // what it could not write.
        guard Glibc.close(file) == 0 || errno == EINTR else {
            throw DiskError(.writing, errno: errno, path: path)
        }
    }

    /// Replaces a file in one step, by rename(2).
    package func rename(_ old: String, to new: String) throws(DiskError) {
        guard unsafe Glibc.rename(old, new) == 0 else {
            throw DiskError(.writing, errno: errno, path: new)
        }
    }

    /// Gives a file a second name, by link(2).
    package func link(_ old: String, to new: String) throws(DiskError) {
        guard unsafe Glibc.link(old, new) == 0 else {
            throw DiskError(.writing, errno: errno, path: new)
        }
    }

    /// Removes a name, by unlink(2).
    package func remove(_ path: String) throws(DiskError) {
        if unsafe unlink(path) == 0 || errno == ENOENT { return }
        throw DiskError(.writing, errno: errno, path: path)
    }

    /// Has the kernel write a folder out, by fsync(2).
    package func syncFolder(_ path: String) throws(DiskError) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let folder = retrying { unsafe open(path, flags) }
        guard folder >= 0 else { throw DiskError(.writing, errno: errno, path: path) }
        defer { _ = Glibc.close(folder) }
        try sync(folder, path: path)
    }

    /// Opens the lock file, by open(2); links are not followed.
    package func openLocks(_ path: String) throws(DiskError) -> Int32 {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let file = retrying { unsafe open(path, flags, 0o600) }
        guard file >= 0 else { throw DiskError(.writing, errno: errno, path: path) }
        return file
    }

    /// Locks a byte for the open file description, by fcntl(2).
    package func lock(
        byte: Int64,
        of file: Int32,
        path: String,
        waitMilliseconds: Int32
    ) throws(DiskError) -> Bool {
        let answer = attache_lock_byte(file, byte, waitMilliseconds)
        guard answer >= 0 else { throw DiskError(.writing, errno: -answer, path: path) }
        return answer == 0
    }

    /// Makes a call again as long as a signal interrupts it.
    private func retrying<Number: BinaryInteger>(_ call: () -> Number) -> Number {
        while true {
            let answer = call()
            if answer != -1 || errno != EINTR { return answer }
        }
    }
}
