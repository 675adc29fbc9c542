import Crypto
import HTTP
import JSON
import Sandbox
import Testing

@Suite struct EchoTests {
    @Test func `tells what it saw, and of the token only a fingerprint`() {
        var caller = Caller()
        let token = caller.clientCredentials().accessToken ?? ""
        let fields: Fields = ["Authorization": "Bearer \(token)", "X-A": "1", "x-a": "2"]
        let reply = caller.send("PATCH", "/api/a%20b?q=1&q=2", fields, "hello")
        #expect(reply.response.status == 200)
        #expect(reply.json["method"] == "PATCH" && reply.json["path"] == "/api/a%20b")
        #expect(reply.json["query"] == "q=1&q=2")
        #expect(reply.json["body", "length"] == 5)
        #expect(
            reply.json["body", "sha256"]
                == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        )
        #expect(reply.json["token", "valid"] == true && reply.json["token", "client"] == "demo")
        #expect(!reply.text.contains(token))
        let digest = Hex.encode(Array(SHA256.digest(token).prefix(4)))
        guard case .array(let headers)? = reply.json["headers"] else {
            Issue.record("no headers")
            return
        }
        #expect(
            headers == [
                ["Authorization", .string("Bearer …\(token.suffix(4)) sha256:\(digest)")],
                ["X-A", "1"], ["x-a", "2"], ["Host", "127.0.0.1:9100"],
            ]
        )
    }

    @Test(arguments: ["Bearer nonsense", "Basic eDp5", "Bearer", "Bearer ", ""])
    func `a wrong token is refused as one`(value: String) {
        var caller = Caller()
        let reply = caller.send("GET", "/api/x", ["Authorization": value])
        #expect(reply.response.status == 401)
        #expect(
            reply.response.fields["WWW-Authenticate"]
                == #"Bearer realm="sandbox", error="invalid_token""#
        )
    }

    @Test func `no token, or two, do not pass either`() {
        var caller = Caller()
        let none = caller.send("GET", "/api/x")
        #expect(none.response.status == 401)
        #expect(none.response.fields["WWW-Authenticate"] == #"Bearer realm="sandbox""#)
        let token = "Bearer \(caller.clientCredentials().accessToken ?? "")"
        #expect(caller.send("GET", "/api/x", ["Authorization": token]).response.status == 200)
        let two: Fields = ["Authorization": token, "authorization": token]
        #expect(caller.send("GET", "/api/x", two).response.status == 401)
        let stats = caller.stats()
        #expect(stats["api", "calls"] == 3 && stats["api", "unauthorized"] == 2)
    }

    @Test func `the open echo wants none, and hides a token in any field`() {
        var caller = Caller()
        let token = caller.clientCredentials().accessToken ?? ""
        let reply = caller.send("GET", "/open/x", ["X-Key": "Zoho-oauthtoken \(token)"])
        #expect(reply.response.status == 200 && reply.json["token", "valid"] == false)
        #expect(!reply.text.contains(token) && reply.text.contains("Zoho-oauthtoken …"))
    }

    @Test func `takes the summary of a body that the driver dropped`() {
        var caller = Caller()
        let request = Request(method: "PUT", target: "/open/x")
        let summary = RequestSummary(length: 5_000_000_000, digest: [0xAB])
        let reply = caller.service.answer(request, summary: summary, at: 0)
        #expect(reply.json["body", "length"] == 5_000_000_000)
        #expect(reply.json["body", "sha256"] == "ab")
        let token = Request(method: "POST", target: "/token")
        #expect(caller.service.answer(token, summary: summary, at: 0).response.status == 413)
    }

    @Test(arguments: [200, 204, 304, 401, 404, 429, 503, 599])
    func `answers with any status`(status: Int) {
        var caller = Caller()
        let response = caller.send("GET", "/open/status/\(status)").response
        #expect(response.status == status)
        #expect(response.body.isEmpty == (status == 204 || status == 304))
    }

    @Test func `streams bytes that count, of any number, without holding them`() {
        var caller = Caller()
        let reply = caller.send("GET", "/open/bytes/1000?piece=300&every_ms=5")
        guard case .answer(_, let length, let plan, isWhole: true) = reply.playback.kind else {
            Issue.record("no answer")
            return
        }
        let pieces = Array(plan.pieces())
        #expect(length == 1000)
        #expect(pieces.map(\.bytes.count) == [300, 300, 300, 100])
        #expect(pieces.flatMap(\.bytes) == (0..<1000).map { UInt8($0 % 256) })
        #expect(pieces.map(\.wait) == [.zero] + Array(repeating: .milliseconds(5), count: 3))
        let big = caller.send("GET", "/open/bytes/1099511627776?chunked=1")
        #expect(big.stream?.contentLength == nil)
        #expect(
            big.stream.map { Array($0.pieces().prefix(3)).map(\.bytes.count) } == [
                65_536, 65_536, 65_536,
            ]
        )
        #expect(caller.send("GET", "/open/bytes/0").stream.map { Array($0.pieces()) } == [])
    }

    @Test func `sends events one by one`() {
        var caller = Caller()
        let reply = caller.send("GET", "/open/sse?count=2&interval=40")
        #expect(reply.response.fields["Content-Type"] == "text/event-stream")
        let pieces = reply.stream.map { Array($0.pieces()) } ?? []
        #expect(
            pieces.map { String(decoding: $0.bytes, as: UTF8.self) } == [
                "id: 1\nevent: tick\ndata: {\"number\":1}\n\n",
                "id: 2\nevent: tick\ndata: {\"number\":2}\n\n",
            ]
        )
        #expect(pieces.map(\.wait) == [.zero, .milliseconds(40)])
    }

    @Test func `waits before the head, or before the body`() {
        var caller = Caller()
        #expect(caller.send("GET", "/open/slow?ms=70").delay == .milliseconds(70))
        let late = caller.send("GET", "/open/delay-first-byte?ms=70")
        #expect(late.delay == nil)
        let pieces = late.stream.map { Array($0.pieces()) } ?? []
        #expect(pieces.map(\.wait) == [.milliseconds(70)])
        #expect(pieces.flatMap(\.bytes) == late.response.body)
    }

    @Test func `redirects, and sends fields that are asked for`() {
        var caller = Caller()
        let redirect = caller.send("GET", "/open/redirect?to=http%3A%2F%2Fx%2F&status=307")
        #expect(redirect.response.status == 307)
        #expect(redirect.response.fields["Location"] == "http://x/")
        let fields = caller.send("GET", "/open/headers?X-A=1&X-A=2").response.fields
        #expect(fields.all("X-A") == ["1", "2"])
        for status in [204, 403] {
            let response = caller.send("GET", "/open/status/\(status)?X-A=1").response
            #expect(response.status == status && response.fields["X-A"] == "1")
        }
    }

    @Test(arguments: [
        "status/199", "status/600", "status/x", "status/403?A=b%0ac", "bytes/-1", "bytes/x",
        "bytes/99999999999999999999", "bytes/1?piece=0", "sse?count=-1", "slow?ms=x",
        "slow?ms=99999999999", "redirect", "redirect?to=a%0d%0ab", "headers?A=b%0ac",
        "headers?Content-Length=1", "headers?a%20b=1", "fault/magic", "redirect?to=x&status=200",
    ])
    func `refuses what it cannot play`(target: String) {
        var caller = Caller()
        #expect(caller.send("GET", "/open/\(target)").response.status == 400)
    }

    @Test(arguments: [
        ("reset", Playback.Kind.reset), ("close", .close), ("silent", .never),
    ])
    func `plays faults`(name: String, kind: Playback.Kind) {
        var caller = Caller()
        #expect(caller.send("GET", "/open/fault/\(name)").playback.kind == kind)
    }

    @Test func `announces more than it sends of a body that is cut off`() {
        let reply = SandboxReply(
            Response(status: 200, body: Array("ab".utf8)),
            fault: .truncate(bytes: 20)
        )
        guard case .answer(_, let length, let plan, isWhole: false) = reply.playback.kind else {
            Issue.record("no answer")
            return
        }
        #expect(length == 3)
        #expect(plan.pieces().flatMap(\.bytes) == Array("ab".utf8))
    }
}
