package import Bytes

/// One header line of a head.
@frozen
package struct Field: Equatable, Sendable {
    package var name: ByteRange
    /// The value without the white space around it.
    package var value: ByteRange
    package var id: FieldID

    /// Makes a field.
    @inlinable
    package init(name: ByteRange, value: ByteRange, id: FieldID) {
        self.name = name
        self.value = value
        self.id = id
    }

    /// Whether this field has the given lower-case name.
    @inlinable
    package func isNamed(_ name: Span<UInt8>, in bytes: Span<UInt8>) -> Bool {
        ASCII.equals(bytes, self.name, lowercase: name)
    }

    /// Whether a careless receiver may take this field for the one of the given lower-case name.
    ///
    /// Some map `-` to `_`, as CGI does, and so take `X_Tenant` for `X-Tenant`.
    package func resembles(_ name: Span<UInt8>, in bytes: Span<UInt8>) -> Bool {
        guard self.name.count == name.count, self.name.upper <= bytes.count else { return false }
        var index = 0
        while index < name.count {
            let one = Field.plain(bytes[self.name.lower &+ index])
            if one != Field.plain(name[index]) { return false }
            index &+= 1
        }
        return true
    }

    private static func plain(_ byte: UInt8) -> UInt8 {
        byte == Octet.underscore ? Octet.hyphen : ASCII.lowercased(byte)
    }
}
