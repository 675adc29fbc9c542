import Synchronization
import Credentials
import HTTP
import Synchronization
import Testing
import Tokens

@Suite struct ConnectionTests {
    private let desk = Desk()

    @Test func `a list says when tenants are still being counted`() async {
        let whole = await desk.call("GET", "/api/v1/connections")
        #expect(whole.text == "{\"connections\":[],\"next_cursor\":null}\n")
        desk.state.withLock { $0.isWhole = false }
        let part = await desk.call("GET", "/api/v1/connections")
        #expect(part.text == "{\"connections\":[],\"next_cursor\":null,\"counting\":true}\n")
    }

    @Test func `a connection is shown whole, and no secret with it`() async {
        let response = await desk.call("GET", "/api/v1/connections/crm?tenant=a%2Fb+c")
        #expect(response.status == 200)
        #expect(response.fields["Content-Type"] == "application/json")
        #expect(response.fields["Cache-Control"] == "no-store")
        #expect(
            response.text == """
                {"name":"crm","label":"The \\"crm\\"","tenant":"a/b c","source":"file",\
                "grant":"refresh_token","state":"connected",\
                "expires_at":"2026-11-21T11:00:00.000Z",\
                "last_refresh_at":"2026-11-21T10:00:00.000Z","last_used_at":null,\
                "refresh_expires_at":null,"scopes_requested":["read","write"],\
                "scopes_granted":["read"],"scopes_missing":["write"],\
                "scopes_extra":[],"generation":7,\
                "fields":{"id_token":"***","instance":"eu1","x":"***"},\
                "token_fingerprint":"\(Self.fingerprint)","last_error":null,\
                "base_uri":"https://api.test/v2"}

                """
        )
        #expect(!response.text.contains("canary"))
        #expect(desk.log == ["show crm/a/b c"])
    }

    /// What the state says of the token.
    private static var fingerprint: String {
        Desk.connected(CredentialID(connection: "crm")).tokenFingerprint ?? ""
    }

    @Test func `one that has no tokens says so with nulls`() async {
        desk.state.withLock { $0.states = [Desk.never(CredentialID(connection: "mail"))] }
        let text = await desk.call("GET", "/api/v1/connections").text
        #expect(text.hasPrefix("{\"connections\":[{\"name\":\"mail\","))
        #expect(text.contains("\"tenant\":null") && text.contains("\"state\":\"never_connected\""))
        #expect(text.contains("\"expires_at\":null,\"last_refresh_at\":null"))
        #expect(text.contains("\"scopes_granted\":null,\"scopes_missing\":[],"))
        #expect(text.contains("\"scopes_extra\":[],\"generation\":0,\"fields\":{}"))
        #expect(text.contains("\"token_fingerprint\":null,\"last_error\":null"))
        #expect(text.hasSuffix("],\"next_cursor\":null}\n"))
    }

    @Test(arguments: [
        ("", "- - 100 -"), ("?tenant=&state=&limit=&cursor=", "- - 100 -"),
        ("?tenant=a+b&state=never_connected", "a b never_connected 100 -"),
        ("?limit=1&cursor=Y3Jt", "- - 1 Y3Jt"), ("?limit=1000&tenant=%C3%A9", "é - 1000 -"),
    ])
    func `lists what is asked for`(query: String, wanted: String) async {
        #expect(await desk.call("GET", "/api/v1/connections\(query)").status == 200)
        #expect(desk.log == ["list \(wanted)"])
    }

    @Test func `a page tells where the next one begins`() async {
        desk.state.withLock {
            $0.states = [
                Desk.connected(CredentialID(connection: "crm")),
                Desk.connected(CredentialID(connection: "crm", tenant: "a")),
                Desk.never(CredentialID(connection: "gone")),
            ]
            $0.next = "Y3JtL2E"
        }
        let text = await desk.call("GET", "/api/v1/connections?limit=2").text
        #expect(Self.names(text) == ["crm", "crm/a"])
        #expect(Self.value("next_cursor", text) == "Y3JtL2E")
    }

    @Test(arguments: [
        "?limit=0", "?limit=1001", "?limit=-1", "?limit=x", "?limit=99999999999999999999",
        "?state=good", "?cursor=%21", "?cursor=AA==", "?tenent=a", "?tenant=a&tenant=b",
        "?tenant=%zz", "?tenant=%ff", "?state=connected&x=1",
    ])
    func `a list that cannot be meant is refused`(query: String) async {
        #expect(await desk.call("GET", "/api/v1/connections\(query)").outcome == "400 bad_request")
        #expect(desk.log.isEmpty)
    }

    @Test(arguments: [
        "?tenant=", "?tenant=\(String(repeating: "x", count: 257))", "?tennant=a",
        "?tenant=a&tenant=a", "?tenant=%",
    ])
    func `a tenant that cannot be is refused everywhere`(query: String) async {
        let path = "/api/v1/connections/crm"
        let body = "{\"access_token\":\"a\"}"
        #expect(await desk.call("GET", path + query).outcome == "400 bad_request")
        let refresh = await desk.call("POST", "\(path)/refresh\(query)")
        #expect(refresh.outcome == "400 bad_request")
        let imported = await desk.call("PUT", "\(path)/credentials\(query)", body)
        #expect(imported.outcome == "400 bad_request")
        #expect(desk.log.isEmpty)
    }

    @Test func `an unknown connection is not found`() async {
        let path = "/api/v1/connections/nobody"
        #expect(await desk.call("GET", path).outcome == "404 not_found")
        #expect(await desk.call("POST", "\(path)/refresh").outcome == "404 not_found")
        let body = "{\"access_token\":\"a\"}"
        #expect(await desk.call("PUT", "\(path)/credentials", body).outcome == "404 not_found")
        #expect(desk.log.isEmpty)
    }

    @Test(arguments: [
        (CredentialRefusal.unknownConnection("crm"), "404 not_found"),
        (.refused(code: "needs_authorization", message: "No \"more\"."), "422 needs_authorization"),
        (.unavailable(code: "vault", message: "The disk is full."), "503 vault"),
        (.timedOut, "504 timeout"),
    ])
    func `why something did not work is told`(refusal: CredentialRefusal, outcome: String) async {
        desk.state.withLock { $0.refusal = refusal }
        let path = "/api/v1/connections/crm"
        let responses = [
            await desk.call("GET", "/api/v1/connections"), await desk.call("GET", path),
            await desk.call("POST", "\(path)/refresh"),
            await desk.call("PUT", "\(path)/credentials", "{\"refresh_token\":\"a\"}"),
        ]
        for response in responses {
            #expect(response.outcome == outcome)
            #expect((response.fields["Retry-After"] != nil) == (response.status == 503))
        }
        #expect(desk.log.count == 4)
    }

    /// The connections of a list, as `name` or `name/tenant`.
    private static func names(_ text: String) -> [String] {
        text.split(separator: "{\"name\":").dropFirst().map { piece in
            let name = piece.dropFirst().prefix { $0 != "\"" }
            return value("tenant", String(piece)).map { "\(name)/\($0)" } ?? String(name)
        }
    }

    /// The first text of a name in JSON; `nil` for null.
    private static func value(_ name: String, _ text: String) -> String? {
        guard let start = text.firstRange(of: "\"\(name)\":\"") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }
}
