/// A half-open range of byte offsets into a buffer; small, because every head holds many.
@frozen
package struct ByteRange: Equatable, Sendable {
    @usableFromInline package var start: UInt32
    @usableFromInline package var end: UInt32

    /// Makes the range `start..<end`; an `end` before `start` counts as empty.
    @inlinable
    package init(_ start: Int, _ end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: max(start, end))
    }

    /// The range that holds nothing.
    @inlinable package static var empty: ByteRange { ByteRange(0, 0) }

    @inlinable package var lower: Int { Int(start) }
    @inlinable package var upper: Int { Int(end) }
    @inlinable package var count: Int { Int(end) - Int(start) }
    @inlinable package var isEmpty: Bool { start == end }
}
