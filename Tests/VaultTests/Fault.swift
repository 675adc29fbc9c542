import Credentials
import Glibc
import Synchronization
import Vault

/// What goes wrong with a disk.
enum Fault: Sendable {
    /// One call answers with an error number.
    case once(Int32)
    /// So do all calls after it.
    case always(Int32)
    /// Writes write a few bytes each, and one call fails.
    case trickle(Int32)
    /// As if the process were killed: nothing is done any more, not even cleaning up.
    case death

    /// All that the tests try.
    static let all: [Fault] =
        [EIO, ENOSPC, EDQUOT, EROFS, EACCES, EMFILE].flatMap { [.once($0), .always($0)] }
        + [.trickle(EIO), .trickle(ENOSPC), .death]

    /// The error number that the fault gives; nil where nobody is left to see it.
    private var number: Int32? {
        switch self {
        case .once(let errno), .always(let errno), .trickle(let errno): errno
        case .death: nil
        }
    }

    /// Whether an error says what the fault did.
    func fits(_ error: StoreError) -> Bool {
        guard let number else { return true }
        return switch error {
        case .full: number == ENOSPC || number == EDQUOT
        case .readOnly: number == EROFS || number == EACCES
        case .io(let errno, _): errno == number
        case .damaged, .newerVersion, .wrongKey, .conflict, .unreachable: false
        }
    }

    /// Whether an error says what the fault did.
    func fits(_ error: VaultError) -> Bool {
        guard let number else { return true }
        return switch error {
        case .store(let error): fits(error)
        case .key(.unreadable(_, let errno)), .key(.notMade(_, let errno)): errno == number
        case .key(.notBase64), .key(.wrongLength), .key(.writableByOthers), .key(.missing),
            .key(.lost):
            false
        }
    }
}

/// Counts the calls on a disk and makes the fault strike at one of them.
final class Striker: Sendable {
    private let fault: Fault
    private let due: Int
    private let calls = Mutex(0)

    /// Strikes at the call of that number, counted from 1.
    init(_ fault: Fault, at due: Int) {
        self.fault = fault
        self.due = due
    }

    /// Whether the fault has struck.
    var hasStruck: Bool { calls.withLock { $0 >= due } }

    /// A disk on which it strikes.
    func disk() -> InterceptedDisk {
        let intercept: InterceptedDisk.Intercept = { _, _ in self.strike() }
        return switch fault {
        case .once, .always: InterceptedDisk(intercept)
        case .trickle: InterceptedDisk(longestWrite: 40, intercept)
        case .death: InterceptedDisk(isMortal: true, intercept)
        }
    }

    private func strike() -> Int32? {
        let number = calls.withLock { calls in
            calls += 1
            return calls
        }
        return switch fault {
        case .once(let errno), .trickle(let errno): number == due ? errno : nil
        case .always(let errno): number >= due ? errno : nil
        case .death: number >= due ? EINTR : nil
        }
    }
}
