import Config
import Credentials
import HTTP
import OAuth
import Testing

/// What servers say of themselves (RFC 8414), and what of it is believed.
@Suite struct ServerMetadataTests {
    private static let issuer = "https://idp.test/tenant"

    private func metadata(
        _ body: String,
        status: Int = 200,
        issuer: String = issuer
    ) throws -> ServerMetadata {
        let response = Response(status: status, body: Array(body.utf8))
        return try ServerMetadata(response, of: try #require(URI(issuer)))
    }

    /// The metadata of an issuer with one more member.
    private func saying(_ member: String, issuer: String = issuer) throws -> ServerMetadata {
        try metadata(#"{"issuer":"\#(issuer)",\#(member)}"#, issuer: issuer)
    }

    private func token(
        _ metadata: ServerMetadata,
        _ change: (inout ConnectionConfiguration) -> Void = { _ in }
    ) throws -> Destination? {
        let connection = connection(.clientCredentials) {
            $0.tokenURI = nil
            change(&$0)
        }
        return try metadata.destination(of: .token, for: connection)
    }

    @Test(arguments: [
        ("https://idp.test", "", ""), ("https://idp.test/", "", ""),
        ("https://idp.test:8443/a/b", "/a/b", "/a/b"), ("https://idp.test/a/", "/a", "/a"),
    ])
    func `the well-known path comes between host and path`(
        issuer: String,
        behind: String,
        before: String
    ) throws {
        let issuer = try #require(URI(issuer))
        let place = "https://\(issuer.authority)"
        #expect(
            ServerMetadata.locations(of: issuer).map(\.text) == [
                "\(place)/.well-known/oauth-authorization-server\(behind)",
                "\(place)\(before)/.well-known/openid-configuration",
            ]
        )
    }

    @Test func `endpoints of the issuer's own place are used`() throws {
        let found = try saying(
            #""token_endpoint":"https://idp.test/t?x=1","#
                + #""authorization_response_iss_parameter_supported":true"#
        )
        #expect(found.promisesIssuer)
        let destination = try #require(try token(found))
        #expect(destination.uri.text == "https://idp.test/t?x=1" && destination.isNamed)
        #expect(try found.destination(of: .revoke, for: connection()) == nil)
    }

    @Test(arguments: [
        (#"{"issuer":"https://idp.test"}"#, 200, MetadataError.otherIssuer),
        (#"{"issuer":"https://idp.test/tenant/"}"#, 200, .otherIssuer),
        (#"{"token_endpoint":"https://idp.test/t"}"#, 200, .otherIssuer),
        (#"{"issuer":["https://idp.test/tenant"]}"#, 200, .otherIssuer),
        ("[]", 200, .unreadable), ("<html>", 200, .unreadable), ("", 200, .unreadable),
        (#"{"issuer":"a","issuer":"https://idp.test/tenant"}"#, 200, .unreadable),
        (#"{"issuer":"https://idp.test/tenant"}"#, 404, .status(404)),
        (#"{"issuer":"https://idp.test/tenant"}"#, 302, .status(302)),
    ])
    func `metadata that is not the issuer's own is of no use`(
        body: String,
        status: Int,
        error: MetadataError
    ) {
        #expect(throws: error) { try metadata(body, status: status) }
    }

    @Test(arguments: [
        "http://idp.test/t", "https://evil.test/t", "https://idp.test:444/t",
        "https://idp.test.evil.test/t", "javascript:alert(1)", "file:///etc/passwd",
        "//idp.test/t", "https://user@idp.test/t", "http://127.0.0.1/t", "http://169.254.169.254/",
        "https://sub.idp.test/t", "",
    ])
    func `an endpoint elsewhere is refused`(uri: String) throws {
        let found = try saying(#""token_endpoint":"\#(uri)""#)
        #expect(throws: MetadataError.self) { try token(found) }
    }

    @Test func `a host that the file names is allowed, by allow_hosts only in public`() throws {
        let found = try saying(#""token_endpoint":"https://tokens.test/t""#)
        let written = try token(found) {
            $0.revokeURI = .literal("https://tokens.test/revoke")
        }
        #expect(written?.isNamed == true)
        let allowed = try token(found) {
            $0.api.allowHosts = [HostPattern("*.test")].compactMap(\.self)
        }
        #expect(allowed?.isNamed == false)
        let plain = try saying(#""token_endpoint":"http://tokens.test/t""#)
        #expect(throws: MetadataError.self) {
            try token(plain) { $0.api.allowHosts = [HostPattern("*.test")].compactMap(\.self) }
        }
    }

    @Test func `a server on this machine may use all of its ports, in plain http`() throws {
        let found = try saying(
            #""token_endpoint":"http://localhost:9002/t""#,
            issuer: "http://127.0.0.1:9001"
        )
        #expect(try token(found)?.uri.port == 9002)
        let away = try saying(
            #""token_endpoint":"http://10.0.0.1/t""#,
            issuer: "http://127.0.0.1:9001"
        )
        #expect(throws: MetadataError.self) { try token(away) }
    }

    @Test func `a client with a certificate goes where certificates are looked at`() throws {
        let found = try saying(
            #""token_endpoint":"https://idp.test/t","revocation_endpoint":"https://idp.test/r","#
                + #""mtls_endpoint_aliases":{"token_endpoint":"https://idp.test/mtls/t"}"#
        )
        #expect(try token(found)?.uri.path == "/t")
        let tls: (inout ConnectionConfiguration) -> Void = {
            $0.clientAuthentication = .tls(certificate: .path("c"), key: .path("k"))
        }
        #expect(try token(found, tls)?.uri.path == "/mtls/t")
        let connection = connection(.clientCredentials, tls)
        #expect(try found.destination(of: .revoke, for: connection)?.uri.path == "/r")
    }

    @Test func `what the file says wins over the server`() throws {
        let found = try saying(
            #""token_endpoint":"https://idp.test/t","revocation_endpoint":"https://idp.test/r""#
        )
        let values = TemplateValues(connection(), tenant: nil, fields: [:])
        let endpoints = Endpoints(values, metadata: found)
        #expect(try endpoints.destination(of: .token)?.uri.path == "/oauth2/token")
        #expect(try endpoints.destination(of: .refresh)?.uri.path == "/oauth2/token")
        #expect(try endpoints.destination(of: .revoke)?.uri.path == "/r")
        #expect(try endpoints.destination(of: .authorize) == nil)
        #expect(!endpoints.promisesIssuer)
    }
}
