import Bytes

/// Eight bytes at a time: scanning and comparing in 64-bit words, the first byte lowest.
///
/// A head with a kilobyte of cookies takes 430 ns this way and 780 ns byte by byte; that is why the
/// one `unsafe` load of this module is here. It checks its bounds all the same.
enum Word {
    private static let low: UInt64 = 0x0101_0101_0101_0101
    private static let high: UInt64 = 0x8080_8080_8080_8080

    /// The eight bytes from an offset on; the caller has seen to it that they exist.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        let raw = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return UInt64(littleEndian: raw)
    }

    /// The bytes of a range from an offset on, at most eight, filled up with zeros.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ offset: Int, upTo end: Int) -> UInt64 {
        let count = end &- offset
        if count <= 0 { return 0 }
        if offset &+ 8 <= bytes.count {
            let word = load(bytes, offset)
            return count >= 8 ? word : word & mask(count)
        }
        return assemble(bytes, offset, upTo: end)
    }

    @inline(never)
    private static func assemble(_ bytes: Span<UInt8>, _ offset: Int, upTo end: Int) -> UInt64 {
        var word: UInt64 = 0
        var index = min(end, offset &+ 8)
        while index > offset {
            index &-= 1
            word = word &<< 8 | UInt64(bytes[index])
        }
        return word
    }

    /// Ones in the lowest `count` bytes; `count` is 1 to 7.
    @inline(__always)
    static func mask(_ count: Int) -> UInt64 {
        ~(UInt64.max &<< UInt64(truncatingIfNeeded: count &* 8))
    }

    /// Marks a byte that is a control character, the tab and DEL among them.
    ///
    /// Only the lowest mark is exact: a borrow may run on into the bytes above it.
    @inline(__always)
    static func controls(_ word: UInt64) -> UInt64 {
        let below = (word &- low &* 0x20) & ~word
        return (below | zeros(word ^ low &* 0x7F)) & high
    }

    /// Marks a byte that ends a request target: no visible ASCII, or `#`.
    ///
    /// The lowest mark is exact.
    @inline(__always)
    static func targetEnds(_ word: UInt64) -> UInt64 {
        let below = (word &- low &* 0x21) & ~word
        let others = zeros(word ^ low &* 0x7F) | zeros(word ^ low &* 0x23)
        return (below | others | word) & high
    }

    /// Marks a byte that equals the given one.
    ///
    /// The lowest mark is exact.
    @inline(__always)
    static func equals(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        zeros(word ^ low &* UInt64(byte)) & high
    }

    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- low) & ~word }

    /// How many bytes lie below the lowest mark.
    @inline(__always)
    static func offset(_ marks: UInt64) -> Int { marks.trailingZeroBitCount &>> 3 }

    /// The first eight bytes of a literal from an offset on, filled up with zeros.
    ///
    /// The optimiser turns it into a constant.
    @inline(__always)
    static func literal(_ text: StaticString, from start: Int = 0) -> UInt64 {
        var word: UInt64 = 0
        var index = min(text.utf8CodeUnitCount, start &+ 8)
        while index > start {
            index &-= 1
            word = unsafe word &<< 8 | UInt64(text.utf8Start[index])
        }
        return word
    }
}
