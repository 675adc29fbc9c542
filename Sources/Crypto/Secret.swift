internal import COpenSSL

/// A string of secret bytes: a token, a password, a key.
///
/// It cannot be printed, interpolated, dumped or encoded by accident; whoever needs the content has
/// to say `reveal()` or `withBytes`, which a reader of the code can search for. The memory is
/// overwritten when the last reference goes. The memory never changes after `init`, so that
/// secrets may be shared among threads.
@safe
package final class Secret: Sendable {
    /// Where the bytes lie; 0 when there are none.
    ///
    /// A number and no pointer, because the compiler lets immutable numbers cross threads.
    private let address: UInt

    /// How many bytes there are.
    package let count: Int

    /// Copies the UTF-8 bytes of a text.
    package convenience init(_ text: String) {
        var text = text
        unsafe self.init(count: text.utf8.count) { target in
            text.withUTF8 { source in
                unsafe target.copyMemory(from: UnsafeRawBufferPointer(source))
            }
        }
    }

    /// Copies bytes; the caller's own are left as they are.
    package convenience init(bytes: [UInt8]) {
        self.init(copying: bytes.span)
    }

    /// Copies the bytes of a span.
    package convenience init(copying bytes: Span<UInt8>) {
        unsafe self.init(count: bytes.count) { target in
            unsafe bytes.withUnsafeBytes { source in
                unsafe target.copyMemory(from: source)
            }
        }
    }

    /// Takes memory for `count` bytes and has `fill` write all of it.
    private init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        self.count = count
        guard count > 0 else {
            address = 0
            return
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        unsafe fill(memory)
        address = UInt(bitPattern: memory.baseAddress)
    }

    deinit {
        unsafe OPENSSL_cleanse(UnsafeMutableRawPointer(bitPattern: address), count)
        unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }

    /// Whether there are no bytes.
    package var isEmpty: Bool { count == 0 }

    /// The content as text; bytes that are not UTF-8 become replacement characters.
    ///
    /// The string is an ordinary one: keep it no longer than the call that needs it.
    package func reveal() -> String {
        withBytes { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Lends the bytes.
    package func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The closure must not outlive the memory, whatever the optimiser thinks of `self`.
        defer { withExtendedLifetime(self) {} }
        let memory = unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: address),
            count: count
        )
        let bytes = unsafe Span<UInt8>(_unsafeBytes: memory)
        return try body(bytes)
    }
}
