import JSON
import HTTP
import Sandbox
import Testing

/// Nothing that is sent may end the process, and every answer is one that can be sent.
@Suite struct GarbageTests {
    static let paths = [
        "", "/", "//", "/p", "/p/", "/p/plain", "/p/plain/", "/p/+/token", "/token", "/token/",
        "/authorize", "/revoke", "/introspect", "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/p/x", "/api", "/api/", "/api/status/",
        "/open", "/open/bytes/", "/open/sse", "/open/status/9223372036854775808", "/sandbox",
        "/sandbox/stats", "/sandbox/families/", "/sandbox/script", "/sandbox/expire",
        "/sandbox/clients", "/sandbox/grant", "/%zz", "?", "*", "\u{0}", "/ä",
    ]
    static let bodies: [[UInt8]] = [
        [], [0], [0xFF, 0xFE], Array("{}".utf8), Array("[]".utf8), Array("null".utf8),
        Array("a=b&a=b&%".utf8), Array("grant_type=refresh_token&refresh_token=rt_a_1_".utf8),
        Array(String(repeating: "[", count: 1000).utf8), Array("1e999".utf8),
        Array(#"{"client_id":"x","scopes":[1]}"#.utf8), Array(#"{"access_token":{}}"#.utf8),
    ]

    @Test(arguments: ["GET", "POST", "DELETE", "", "\u{0}"])
    func `garbage is answered`(method: String) {
        var caller = Caller()
        for path in Self.paths {
            for query in ["", "?count=x&ms=-1&to=&%"] {
                for type in ["application/x-www-form-urlencoded", ";"] {
                    for body in Self.bodies {
                        let request = Request(
                            method: method,
                            target: path + query,
                            fields: [
                                "Host": "localhost", "Content-Type": type, "Authorization": "Basic",
                            ],
                            body: body
                        )
                        let reply = caller.service.answer(request, at: caller.now)
                        caller.service.finished(reply)
                        #expect((200...599).contains(reply.response.status))
                    }
                }
            }
        }
        #expect(caller.stats()["parallel"] == 0)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -1, 0, 1e300])
    func `any time is answered`(now: Double) {
        var caller = Caller()
        caller.now = now
        for name in Personality.all.map(\.name) {
            #expect(caller.clientCredentials(at: "/p/\(name)/token").response.status >= 200)
        }
        _ = caller.stats()
        _ = caller.send("GET", "/sandbox/calls")
    }
}
