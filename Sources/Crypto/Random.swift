internal import COpenSSL

/// Random bytes fit for keys, nonces and state parameters.
package enum Random {
    /// Makes `count` unpredictable bytes (none for a negative count).
    ///
    /// They come from OpenSSL; should its generator ever be unable to seed itself, from the kernel's,
    /// which is as good, so that no caller has to handle an error that cannot be mended.
    package static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        guard let length = Int32(exactly: bytes.count), length > 0 else {
            return fromKernel(bytes.count)
        }
        let made = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe RAND_bytes($0.baseAddress, length)
        }
        return made == 1 ? bytes : fromKernel(bytes.count)
    }

    /// Makes bytes with the kernel's generator.
    private static func fromKernel(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in generator.next() }
    }
}
