extension Secret: Hashable {
    /// Compares contents in a time that depends on the lengths alone.
    package static func == (left: Secret, right: Secret) -> Bool {
        left.withBytes { first in
            right.withBytes { second in ConstantTime.equal(first, second) }
        }
    }

    /// Feeds the content to a hasher (which is seeded anew in each process).
    package func hash(into hasher: inout Hasher) {
        withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
    }
}
