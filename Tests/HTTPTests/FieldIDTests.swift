import Bytes
import HTTP
import Testing

@Suite struct FieldIDTests {
    private static let names: [(String, FieldID)] = [
        ("Host", .host), ("Connection", .connection), ("Keep-Alive", .keepAlive),
        ("Proxy-Connection", .proxyConnection), ("Transfer-Encoding", .transferEncoding),
        ("Content-Length", .contentLength), ("TE", .te), ("Trailer", .trailer),
        ("Upgrade", .upgrade), ("Expect", .expect), ("HTTP2-Settings", .http2Settings),
        ("Authorization", .authorization), ("Proxy-Authorization", .proxyAuthorization),
        ("Proxy-Authenticate", .proxyAuthenticate), ("WWW-Authenticate", .wwwAuthenticate),
        ("X-Api-Key", .xApiKey), ("Private-Token", .privateToken), ("Cookie", .cookie),
        ("Set-Cookie", .setCookie), ("Forwarded", .forwarded), ("X-Forwarded", .xForwarded),
        ("X-Forwarded-For", .xForwarded), ("X-Forwarded-Proto", .xForwarded),
        ("X-Forwarded-", .xForwarded), ("X-Forwarded-Anything-At-All", .xForwarded),
        ("Origin", .origin), ("Sec-Fetch-Site", .secFetchSite),
        ("Access-Control-Allow-Origin", .accessControl),
        ("Access-Control-Request-Method", .accessControl), ("Access-Control-X", .accessControl),
        ("X-Request-Id", .xRequestID), ("Traceparent", .traceparent),
        ("Accept-Encoding", .acceptEncoding), ("Content-Type", .contentType),
        ("Content-Encoding", .contentEncoding), ("Location", .location),
        ("Content-Location", .contentLocation), ("Link", .link), ("Refresh", .refresh),
        ("Date", .date), ("Via", .via), ("Max-Forwards", .maxForwards), ("Server", .server),
        ("Retry-After", .retryAfter), ("Alt-Svc", .altSvc),
        ("X-HTTP-Method-Override", .xHTTPMethodOverride), ("X-Original-URL", .xOriginalURL),
        ("X-Rewrite-URL", .xRewriteURL),
    ]

    /// Recognises a name that stands alone and one with bytes around it: both ways of loading.
    private func recognise(_ name: String) -> Set<FieldID> {
        let alone = Array(name.utf8)
        let amid = Array("xx\(name): and more behind it than a word has".utf8)
        return [
            FieldID(name: ByteRange(0, alone.count), in: alone.span),
            FieldID(name: ByteRange(2, 2 + alone.count), in: amid.span),
        ]
    }

    @Test func `recognises every name in any case`() {
        for (name, id) in FieldIDTests.names {
            #expect(recognise(name) == [id])
            #expect(recognise(name.lowercased()) == [id])
            #expect(recognise(name.uppercased()) == [id])
        }
    }

    @Test func `takes no other name for one of them`() {
        for (name, id) in FieldIDTests.names where id != .xForwarded && id != .accessControl {
            #expect(recognise(name + "s") == [.other])
            #expect(recognise("x" + name) == [.other])
            #expect(recognise(String(name.dropLast())) == [.other])
            #expect(recognise(String(name.dropLast()) + "~") == [.other])
            #expect(recognise("^" + name.dropFirst()) == [.other])
        }
        for name in [
            "X-Forwardedfor", "X-Forwarde", "Access-Control-", "Access-Controls", "a", "_",
        ] {
            #expect(recognise(name) == [.other])
        }
    }

    @Test func `recognises look-alikes with underscores`() {
        for (name, _) in FieldIDTests.names where name.contains("-") {
            let twin = name.split(separator: "-", omittingEmptySubsequences: false)
            #expect(recognise(twin.joined(separator: "_")) == [.lookAlike])
        }
        #expect(recognise("X-Forwarded_For") == [.lookAlike])
        #expect(recognise("x_tenant") == [.other])
        #expect(recognise("content__length") == [.other])
    }

    @Test func `tells resemblance to a configured name`() {
        let bytes = Array("X_Tenant: a".utf8)
        let field = Field(name: ByteRange(0, 8), value: ByteRange(10, 11), id: .other)
        func resembles(_ name: String) -> Bool {
            field.resembles(Array(name.utf8).span, in: bytes.span)
        }
        func isNamed(_ name: String) -> Bool {
            field.isNamed(Array(name.utf8).span, in: bytes.span)
        }
        #expect(resembles("x-tenant"))
        #expect(!resembles("x-tenanu"))
        #expect(!resembles("x-tenan"))
        #expect(!isNamed("x-tenant"))
        #expect(isNamed("x_tenant"))
    }

    @Test func `knows the hop-by-hop fields`() {
        #expect(FieldID.connection.isHopByHop)
        #expect(FieldID.http2Settings.isHopByHop)
        #expect(!FieldID.host.isHopByHop)
        #expect(!FieldID.lookAlike.isHopByHop)
    }

    @Test func `recognises methods by their exact spelling`() {
        let names = [
            "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
        ]
        for name in names {
            #expect(HTTP.Method(name).name?.description == name)
            #expect(HTTP.Method(name.lowercased()) == .other)
            #expect(HTTP.Method(name + "X") == .other)
        }
        #expect(HTTP.Method("") == .other)
        #expect(HTTP.Method.put.isIdempotent)
        #expect(!HTTP.Method.post.isIdempotent)
    }
}
