package import Bytes

extension FieldID {
    /// Recognises the field name that fills a range.
    package init(name: ByteRange, in bytes: Span<UInt8>) {
        var index = name.lower
        var underscore = false
        while index < name.upper {
            if bytes[index] == Octet.underscore { underscore = true }
            index &+= 1
        }
        self.init(bytes, name, hasUnderscore: underscore)
    }

    /// Recognises a name of which is known that it is a token and whether it holds an underscore.
    @inline(__always)
    init(_ bytes: Span<UInt8>, _ name: ByteRange, hasUnderscore: Bool) {
        if hasUnderscore {
            self = FieldID.likeness(bytes, name)
        } else {
            self = NameKey(bytes, name).id(name.count)
        }
    }

    @inline(never)
    private static func likeness(_ bytes: Span<UInt8>, _ name: ByteRange) -> FieldID {
        let count = min(name.count, 24)
        var letters: [UInt8] = []
        letters.reserveCapacity(count)
        var index = 0
        while index < count {
            let byte = bytes[name.lower &+ index]
            letters.append(byte == Octet.underscore ? Octet.hyphen : byte)
            index &+= 1
        }
        let id = NameKey(letters.span, ByteRange(0, count)).id(name.count)
        return id == .other ? .other : .lookAlike
    }
}

/// The first 24 bytes of a field name in lower case, as three words.
///
/// Setting bit 5 folds letters and leaves digits and hyphens; of the other token characters only
/// `^` and `_` change, into bytes that no known name holds. So the comparison is exact.
private struct NameKey {
    var first: UInt64
    var second: UInt64
    var third: UInt64

    @inline(__always)
    init(_ bytes: Span<UInt8>, _ name: ByteRange) {
        first = NameKey.fold(bytes, name.lower, name.upper)
        second = NameKey.fold(bytes, name.lower &+ 8, name.upper)
        third = NameKey.fold(bytes, name.lower &+ 16, name.upper)
    }

    @inline(__always)
    private static func fold(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> UInt64 {
        let count = end &- start
        if count <= 0 { return 0 }
        let bits = 0x2020_2020_2020_2020 & (count >= 8 ? UInt64.max : Word.mask(count))
        return Word.load(bytes, start, upTo: end) | bits
    }

    @inline(__always)
    private func equals(_ text: StaticString) -> Bool {
        first == Word.literal(text) && second == Word.literal(text, from: 8)
            && third == Word.literal(text, from: 16)
    }

    /// Finds the name among those of its length.
    @inline(__always)
    func id(_ count: Int) -> FieldID {
        switch count {
        case 2: equals("te") ? .te : .other
        case 3: equals("via") ? .via : .other
        case 4: equals("host") ? .host : equals("date") ? .date : equals("link") ? .link : .other
        case 6: sixLetters
        case 7: sevenLetters
        case 8: equals("location") ? .location : .other
        case 9: equals("x-api-key") ? .xApiKey : equals("forwarded") ? .forwarded : .other
        case 10: tenLetters
        case 11: elevenLetters
        case 12: twelveLetters
        case 13: thirteenLetters
        case 14: fourteenLetters
        case 15: equals("accept-encoding") ? .acceptEncoding : family(count)
        case 16: sixteenLetters
        case 17: equals("transfer-encoding") ? .transferEncoding : family(count)
        case 18: equals("proxy-authenticate") ? .proxyAuthenticate : family(count)
        case 19: equals("proxy-authorization") ? .proxyAuthorization : family(count)
        case 22: equals("x-http-method-override") ? .xHTTPMethodOverride : family(count)
        default: family(count)
        }
    }

    private var sixLetters: FieldID {
        if equals("cookie") { return .cookie }
        if equals("origin") { return .origin }
        if equals("expect") { return .expect }
        return equals("server") ? .server : .other
    }

    private var sevenLetters: FieldID {
        if equals("upgrade") { return .upgrade }
        if equals("trailer") { return .trailer }
        if equals("refresh") { return .refresh }
        return equals("alt-svc") ? .altSvc : .other
    }

    private var tenLetters: FieldID {
        if equals("connection") { return .connection }
        if equals("keep-alive") { return .keepAlive }
        return equals("set-cookie") ? .setCookie : .other
    }

    private var elevenLetters: FieldID {
        if equals("traceparent") { return .traceparent }
        return equals("retry-after") ? .retryAfter : family(11)
    }

    private var twelveLetters: FieldID {
        if equals("content-type") { return .contentType }
        if equals("x-request-id") { return .xRequestID }
        return equals("max-forwards") ? .maxForwards : family(12)
    }

    private var thirteenLetters: FieldID {
        if equals("authorization") { return .authorization }
        if equals("private-token") { return .privateToken }
        return equals("x-rewrite-url") ? .xRewriteURL : family(13)
    }

    private var fourteenLetters: FieldID {
        if equals("content-length") { return .contentLength }
        if equals("sec-fetch-site") { return .secFetchSite }
        if equals("http2-settings") { return .http2Settings }
        return equals("x-original-url") ? .xOriginalURL : family(14)
    }

    private var sixteenLetters: FieldID {
        if equals("content-encoding") { return .contentEncoding }
        if equals("content-location") { return .contentLocation }
        if equals("proxy-connection") { return .proxyConnection }
        return equals("www-authenticate") ? .wwwAuthenticate : family(16)
    }

    /// The names of which only the beginning is known.
    private func family(_ count: Int) -> FieldID {
        if first == Word.literal("x-forwar"), count >= 11 {
            let dash: UInt64 = count == 11 ? 0 : UInt64(Octet.hyphen) &<< 24
            let rest = Word.literal("ded") | dash
            if second & 0xFFFF_FFFF == rest { return .xForwarded }
        }
        if first == Word.literal("access-c"), count > 15,
            second & Word.mask(7) == Word.literal("ontrol-")
        {
            return .accessControl
        }
        return .other
    }
}
