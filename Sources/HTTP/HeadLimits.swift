/// How large a message head may be.
package struct HeadLimits: Sendable, Equatable {
    /// The most bytes of one line, its CRLF included.
    package var lineBytes: Int
    /// The most bytes of a head, the empty line at its end included.
    package var headBytes: Int
    /// The most fields of a head.
    package var fieldCount: Int

    /// Makes limits; 16 KiB for a line, 32 KiB for a head and 100 fields unless said otherwise.
    package init(lineBytes: Int = 16_384, headBytes: Int = 32_768, fieldCount: Int = 100) {
        self.lineBytes = lineBytes
        self.headBytes = headBytes
        self.fieldCount = fieldCount
    }
}
