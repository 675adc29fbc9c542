import Credentials
import Glibc

/// A call on the file system that failed.
package struct DiskError: Error, Hashable, Sendable {
    /// Whether the call was to change something.
    package enum Purpose: Sendable {
        /// It was to read.
        case reading
        /// It was to write, make, rename, remove or sync.
        case writing
    }

    /// What the call was for.
    package let purpose: Purpose
    /// The error number of the operating system.
    package let errno: Int32
    /// The file or folder that the call was about.
    package let path: String

    /// Notes a failed call.
    package init(_ purpose: Purpose, errno: Int32, path: String) {
        self.purpose = purpose
        self.errno = errno
        self.path = path
    }
}

extension StoreError {
    /// What a failed call means for somebody who keeps credentials.
    init(_ error: DiskError) {
        switch (error.purpose, error.errno) {
        case (.writing, ENOSPC), (.writing, EDQUOT):
            self = .full(path: error.path)
        case (.writing, EROFS), (.writing, EACCES), (.writing, EPERM):
            self = .readOnly(path: error.path)
        case (.reading, _), (.writing, _):
            self = .io(errno: error.errno, path: error.path)
        }
    }
}
