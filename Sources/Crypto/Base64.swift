/// Base 64 with `+`, `/` and padding (RFC 4648 section 4).
package enum Base64 {
    /// The bytes as text, padded with `=`.
    package static func encode(_ bytes: [UInt8]) -> String {
        encode(bytes.span)
    }

    /// The bytes of a span as text, padded with `=`.
    package static func encode(_ bytes: Span<UInt8>) -> String {
        Sextets.encode(bytes, alphabet: .standard, padded: true)
    }

    /// The bytes that a text stands for; nil unless the text is what `encode` would have written.
    ///
    /// Strict (RFC 4648 sections 3.2, 3.3, 3.5): padding must be there, no other characters, no
    /// white space, the unused bits of the last character are zero.
    package static func decode(_ text: String) -> [UInt8]? {
        decode(Array(text.utf8).span)
    }

    /// The bytes that ASCII characters stand for; strict like the other form.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var end = text.count
        while end > 0, text.count &- end < 2, text[end &- 1] == UInt8(ascii: "=") { end &-= 1 }
        return Sextets.decode(text, upTo: end, alphabet: .standard)
    }
}

/// Base 64 with `-`, `_` and no padding (RFC 4648 section 5; RFC 7636 appendix A).
package enum Base64URL {
    /// The bytes as text.
    package static func encode(_ bytes: [UInt8]) -> String {
        Sextets.encode(bytes.span, alphabet: .filenameSafe, padded: false)
    }

    /// The bytes that a text stands for; nil unless the text is what `encode` would have written.
    package static func decode(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        return Sextets.decode(text.span, upTo: text.count, alphabet: .filenameSafe)
    }
}
