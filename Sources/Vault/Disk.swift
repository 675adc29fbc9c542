/// The calls on the file system that a vault consists of.
///
/// A seam so that tests can fail each call in turn and cut the power between any two. Paths are as
/// given to the kernel; files that are being written are known by a descriptor.
package protocol Disk: Sendable {
    /// What is at a path, links followed; nil if there is nothing.
    func status(of path: String) throws(DiskError) -> FileStatus?

    /// Makes a folder with mode 0700; one that is there is no error.
    func makeFolder(_ path: String) throws(DiskError)

    /// The names of all that is in a folder.
    func names(in folder: String) throws(DiskError) -> [String]

    /// A whole regular file; nil if there is none, an error if it has more than `limit` bytes.
    func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]?

    /// Makes an empty file with mode 0600 and opens it for writing; an error if there is one.
    func create(_ path: String) throws(DiskError) -> Int32

    /// Writes some of the bytes at the end of the file; answers how many, at least one.
    func write(_ bytes: Span<UInt8>, to file: Int32, path: String) throws(DiskError) -> Int

    /// Returns when what was written to the file will survive a loss of power.
    func sync(_ file: Int32, path: String) throws(DiskError)

    /// Closes a descriptor; it is closed even if this throws.
    func close(_ file: Int32, path: String) throws(DiskError)

    /// Puts one file in the place of another in one step.
    func rename(_ old: String, to new: String) throws(DiskError)

    /// Gives a file a second name; an error if that name is taken.
    func link(_ old: String, to new: String) throws(DiskError)

    /// Removes a name; one that is not there is no error.
    func remove(_ path: String) throws(DiskError)

    /// Returns when the names in the folder will survive a loss of power.
    func syncFolder(_ path: String) throws(DiskError)

    /// Opens the file whose bytes are used as locks, making it if need be.
    func openLocks(_ path: String) throws(DiskError) -> Int32

    /// Takes one byte of the file for this descriptor, waiting at most so long for another one to
    /// give it up; says whether it was taken. Closing the descriptor, or death, gives it up.
    func lock(
        byte: Int64,
        of file: Int32,
        path: String,
        waitMilliseconds: Int32
    ) throws(DiskError) -> Bool
}

/// What a vault has to know of a file.
package struct FileStatus: Sendable {
    /// Whether it is a folder.
    package let isFolder: Bool
    /// The permission bits, as in 0o600.
    package let permissions: UInt32
    /// Another one, with near certainty, once a file was replaced by another.
    package let stamp: UInt64

    /// Notes what is at a path.
    package init(isFolder: Bool, permissions: UInt32, stamp: UInt64) {
        self.isFolder = isFolder
        self.permissions = permissions
        self.stamp = stamp
    }
}
