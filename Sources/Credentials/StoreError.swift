/// Why a store did not do what it was asked; nothing that was stored before is lost by any of these.
package enum StoreError: Error, Hashable, Sendable {
    /// A record cannot be read: cut short, altered, moved from another place, or not a record.
    case damaged(record: String, reason: String)
    /// A record was written by a later version of this program.
    case newerVersion(record: String, version: Int)
    /// The key does not open what is stored.
    case wrongKey(path: String)
    /// There is no room left.
    case full(path: String)
    /// The place may not be written to.
    case readOnly(path: String)
    /// Something else was stored meanwhile; its generation, or `nil` if nothing is stored.
    case conflict(stored: Int?)
    /// The operating system refused, with its error number.
    case io(errno: Int32, path: String)
    /// A store elsewhere cannot be reached or answered wrongly.
    case unreachable(reason: String)
}

extension StoreError: CustomStringConvertible {
    /// What went wrong, in words that a person can act upon.
    package var description: String {
        switch self {
        case .damaged(let record, let reason): "the vault's record \(record) is damaged: \(reason)"
        case .newerVersion(let record, let version):
            "the vault's record \(record) has version \(version), which is newer than this program"
        case .wrongKey(let path): "the vault's key does not open \(path)"
        case .full(let path): "no space left to write \(path)"
        case .readOnly(let path): "\(path) may not be written to"
        case .conflict(let stored?):
            "another process stored generation \(stored) of this credential meanwhile"
        case .conflict(nil): "another process deleted this credential meanwhile"
        case .io(let errno, let path): "the operating system refused \(path) (error \(errno))"
        case .unreachable(let reason): "the vault cannot be reached: \(reason)"
        }
    }
}
