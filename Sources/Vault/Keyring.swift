package import Crypto

/// The key that seals a vault, and the one before it, which still opens what it sealed.
package struct Keyring: Sendable {
    /// A key and the 8 bytes by which a record says that it is the one.
    struct Entry: Sendable {
        let key: SecretKey
        let fingerprint: [UInt8]

        init(_ key: SecretKey) {
            self.key = key
            fingerprint = key.fingerprint(label: "attache vault key", count: 8)
        }
    }

    let current: Entry
    let previous: Entry?

    /// Takes the keys of a vault.
    package init(current: SecretKey, previous: SecretKey? = nil) {
        self.current = Entry(current)
        self.previous = previous.map { Entry($0) }
    }

    /// The keys of one purpose, derived from these: the first one seals, each of them opens.
    package func derived(for purpose: String) -> [SecretKey] {
        [current, previous].compactMap { $0?.key.derived(for: purpose) }
    }

    /// The key that a record names; nil if it is neither.
    func key(withFingerprint fingerprint: [UInt8]) -> SecretKey? {
        if fingerprint == current.fingerprint { return current.key }
        if let previous, fingerprint == previous.fingerprint { return previous.key }
        return nil
    }
}
