import Crypto
import HTTP

/// The length and digest of a body that a driver did not keep.
package struct RequestSummary: Sendable, Equatable {
    package let length: Int
    /// SHA-256; `nil` if the driver did not compute it.
    package let digest: [UInt8]?

    /// Makes a summary of a body that has been read and dropped.
    package init(length: Int, digest: [UInt8]?) {
        self.length = length
        self.digest = digest
    }

    /// The summary of a body in memory.
    init(of body: [UInt8]) {
        self.init(length: body.count, digest: SHA256.digest(body))
    }
}
