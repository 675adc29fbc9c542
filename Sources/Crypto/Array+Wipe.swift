internal import COpenSSL

extension [UInt8] {
    /// Overwrites the bytes with zeros, in a way that the optimiser keeps, and empties the array.
    ///
    /// An array that was copied is not shared any more once it is written to: wipe the only copy.
    package mutating func wipe() {
        unsafe withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
        removeAll()
    }
}
