extension Buffer {
    /// Appends one byte.
    @inlinable
    package func append(_ byte: UInt8) {
        reserve(1)
        _ = unsafe withWritable { space in
            unsafe space[0] = byte
            return 1
        }
    }

    /// Appends a literal.
    @inlinable
    package func append(_ text: StaticString) {
        unsafe append(
            memory: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        )
    }

    /// Appends the bytes of a span.
    @inlinable
    package func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe append(memory: $0) }
    }

    /// Appends an array's bytes.
    @inlinable
    package func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append(memory: $0) }
    }

    /// Appends a string's UTF-8; a bare literal goes to the cheaper overload above.
    @_disfavoredOverload
    package func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(memory: UnsafeRawBufferPointer($0)) }
    }

    /// Appends a range of another buffer's readable bytes; what lies outside them is left out.
    @inlinable
    package func append(_ range: ByteRange, of other: Buffer) {
        let lower = min(range.lower, other.count)
        let upper = min(max(range.upper, lower), other.count)
        let source = unsafe UnsafeRawBufferPointer(rebasing: other.readable[lower..<upper])
        unsafe append(memory: source)
    }

    /// Appends a number in decimal.
    package func append(decimal number: Int) {
        appendDigits(UInt(number.magnitude), radix: 10, negative: number < 0)
    }

    /// Appends a number in lower-case hexadecimal, as chunk sizes are written.
    package func append(hex number: Int) {
        appendDigits(UInt(number.magnitude), radix: 16, negative: number < 0)
    }

    /// Appends 64 bits as sixteen lower-case hexadecimal digits.
    package func append(hex16 number: UInt64) {
        reserve(16)
        _ = unsafe withWritable { space in
            // Eight nibbles at a time: spread to bytes, then to digits, as words.
            for half in 0..<2 {
                var nibbles = number &>> (half == 0 ? 32 : 0) & 0xffff_ffff
                nibbles = (nibbles | nibbles &<< 16) & 0x0000_ffff_0000_ffff
                nibbles = (nibbles | nibbles &<< 8) & 0x00ff_00ff_00ff_00ff
                nibbles = (nibbles | nibbles &<< 4) & 0x0f0f_0f0f_0f0f_0f0f
                let letters = (nibbles &+ 0x0606_0606_0606_0606) &>> 4 & 0x0101_0101_0101_0101
                let digits = nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
                unsafe space.storeBytes(
                    of: digits.bigEndian,
                    toByteOffset: half * 8,
                    as: UInt64.self
                )
            }
            return 16
        }
    }

    private func appendDigits(_ number: UInt, radix: UInt, negative: Bool) {
        reserve(24)
        if negative { append(UInt8(ascii: "-")) }
        var length = 1
        var rest = number / radix
        while rest > 0 {
            length += 1
            rest /= radix
        }
        _ = unsafe withWritable { space in
            var rest = number
            var index = length
            while index > 0 {
                index -= 1
                let digit = UInt8(truncatingIfNeeded: rest % radix)
                unsafe space[index] = digit < 10 ? 0x30 &+ digit : 0x57 &+ digit
                rest /= radix
            }
            return length
        }
    }

    @inlinable
    func append(memory source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress, source.count > 0 else { return }
        let length = source.count
        reserve(length)
        _ = unsafe withWritable { space in
            if let target = space.baseAddress {
                unsafe target.copyMemory(from: start, byteCount: length)
            }
            return length
        }
    }
}
