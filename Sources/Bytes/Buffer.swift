/// A growable run of bytes with a read end and a write end: what a socket fills and a parser drains.
///
/// Confined to one event loop and reused without end, so that moving bytes allocates nothing. The
/// readable bytes are `readIndex..<writeIndex`; ranges from a parser count from `readIndex`.
@safe
package final class Buffer {
    @usableFromInline package private(set) var base: UnsafeMutableRawPointer
    @usableFromInline package private(set) var capacity: Int
    @usableFromInline package private(set) var readIndex = 0
    @usableFromInline package private(set) var writeIndex = 0

    /// Makes an empty buffer with room for `capacity` bytes (at least 64).
    package init(capacity: Int) {
        self.capacity = max(64, capacity)
        unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    /// How many bytes can be read.
    @inlinable package var count: Int { writeIndex &- readIndex }

    @inlinable package var isEmpty: Bool { readIndex == writeIndex }

    /// How many bytes fit behind the last one without growing or moving.
    @inlinable package var room: Int { capacity &- writeIndex }

    /// Forgets all bytes, keeping the memory.
    @inlinable
    package func clear() {
        readIndex = 0
        writeIndex = 0
    }

    /// Forgets the first `count` readable bytes.
    @inlinable
    package func consume(_ count: Int) {
        readIndex = min(readIndex &+ max(0, count), writeIndex)
        if readIndex == writeIndex { clear() }
    }

    /// Forgets all but the first `count` readable bytes.
    @inlinable
    package func truncate(to count: Int) {
        writeIndex = min(writeIndex, readIndex &+ max(0, count))
    }

    /// Lends the readable bytes.
    @inlinable
    package func withReadable<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe UnsafeRawBufferPointer(start: base + readIndex, count: count)
        let typed = unsafe Span<UInt8>(_unsafeBytes: bytes)
        return try body(typed)
    }

    /// Lends the free space behind the last byte; the closure answers how many bytes it wrote there.
    @inlinable
    package func withWritable(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        let space = unsafe UnsafeMutableRawBufferPointer(start: base + writeIndex, count: room)
        let written = unsafe body(space)
        let kept = min(max(0, written), room)
        writeIndex &+= kept
        return written
    }

    /// The readable bytes as memory, for system calls; valid until the buffer changes.
    @inlinable
    package var readable: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base + readIndex, count: count)
    }

    /// Moves the readable bytes to the front, so that all free space lies behind them.
    package func compact() {
        guard readIndex > 0 else { return }
        let length = count
        unsafe base.copyMemory(from: base + readIndex, byteCount: length)
        readIndex = 0
        writeIndex = length
    }

    /// Sees to it that `count` more bytes fit: moves, then doubles.
    @inlinable
    package func reserve(_ count: Int) {
        if room < count { makeRoom(count) }
    }

    @usableFromInline
    func makeRoom(_ wanted: Int) {
        if capacity - count >= wanted {
            compact()
            return
        }
        var larger = capacity * 2
        while larger - count < wanted { larger *= 2 }
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        let length = count
        unsafe moved.copyMemory(from: base + readIndex, byteCount: length)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = larger
        readIndex = 0
        writeIndex = length
    }
}

extension Buffer {
    /// Moves a later range of the readable bytes to right behind an earlier one; answers both as one.
    package func join(_ front: ByteRange, _ later: ByteRange) -> ByteRange {
        let length = min(later.upper, count) - later.lower
        guard length > 0, later.lower >= front.upper else { return front }
        if later.lower > front.upper {
            let target = unsafe base + readIndex + front.upper
            unsafe target.copyMemory(from: base + readIndex + later.lower, byteCount: length)
        }
        return ByteRange(front.lower, front.upper + length)
    }
}

extension Buffer {
    /// Lowers a decimal number among the readable bytes by one, in its place; false if it is zero.
    ///
    /// A digit that it loses becomes a space. What is no number stays as it is.
    package func countDown(_ range: ByteRange) -> Bool {
        guard range.lower >= 0, range.lower < range.upper, range.upper <= count else { return true }
        let start = unsafe base + readIndex + range.lower
        let digits = unsafe UnsafeMutableRawBufferPointer(start: start, count: range.count)
        let zero = UInt8(ascii: "0")
        let nine = UInt8(ascii: "9")
        guard unsafe digits.allSatisfy({ $0 >= zero && $0 <= nine }) else { return true }
        guard let last = unsafe digits.lastIndex(where: { $0 != zero }) else { return false }
        unsafe digits[last] -= 1
        for index in last + 1..<range.count { unsafe digits[index] = nine }
        if last == 0, range.count > 1, unsafe digits[0] == zero {
            unsafe digits[0] = UInt8(ascii: " ")
        }
        return true
    }
}
