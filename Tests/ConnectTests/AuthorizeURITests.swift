import Config
import Crypto
import HTTP
import Testing

/// What the provider is asked: the rules of seed 003 and of the interface.
@Suite struct AuthorizeURITests {
    private func location(
        _ change: @escaping (inout ConnectionConfiguration) -> Void = { _ in },
        parameters: [String: String] = [:]
    ) async throws -> String {
        var visitor = Visitor(try Stage(change).pages(confirm: false))
        let response = await visitor.get(try visitor.offer(parameters: parameters))
        try #require(response.status == 303, "\(response.text)")
        return response.fields["Location"] ?? ""
    }

    private func items(
        _ change: @escaping (inout ConnectionConfiguration) -> Void = { _ in }
    ) async throws -> [String: String] {
        let uri = try #require(URI(try await location(change)))
        let items = try #require(FormEncoding.decode(uri.query ?? ""))
        return Dictionary(items, uniquingKeysWith: { first, _ in "twice: \(first)" })
    }

    @Test func `has the standard parameters, offline access and a challenge`() async throws {
        let items = try await items()
        #expect(items["client_id"] == "app")
        #expect(items["redirect_uri"] == "https://connect.test/oauth-callback")
        #expect(items["response_type"] == "code")
        #expect(items["access_type"] == "offline")
        #expect(items["scope"] == "read write")
        #expect(items["code_challenge_method"] == "S256")
        #expect(items["code_challenge"]?.utf8.count == 43)
        #expect((items["state"]?.utf8.count ?? 0) >= 43)
        #expect(items.count == 8)
        #expect(try await location().hasPrefix("https://idp.test/authorize?"))
        #expect(try await location().contains("scope=read%20write"))
    }

    @Test func `state and challenge are new for each flow`() async throws {
        let (one, other) = (try await items(), try await items())
        #expect(one["state"] != other["state"])
        #expect(one["code_challenge"] != other["code_challenge"])
    }

    @Test func `keeps the query of the endpoint, and says nothing twice`() async throws {
        let location = try await location {
            $0.authorizeURI = .literal("https://idp.test/a?x=1&scope=old&y=%20")
        }
        #expect(location.hasPrefix("https://idp.test/a?x=1&y=%20&client_id=app&"))
        #expect(!location.contains("old"))
    }

    @Test func `extra parameters are added, replace and are taken away`() async throws {
        let items = try await items {
            $0.extra = [NamedText("prompt", "consent & more"), NamedText("scope", "own")]
        }
        #expect(items["prompt"] == "consent & more")
        #expect(items["scope"] == "own")
        #expect(items["access_type"] == nil)
    }

    @Test func `pkce off sends no challenge`() async throws {
        let items = try await items { $0.pkce = false }
        #expect(items["code_challenge"] == nil && items["code_challenge_method"] == nil)
    }

    @Test func `scopes are joined as the provider wants, or left out`() async throws {
        #expect(try await items { $0.scopeSeparator = "," }["scope"] == "read,write")
        #expect(try await items { $0.scopes = [] }["scope"] == nil)
    }

    @Test func `standard parameters may have other names`() async throws {
        let items = try await items {
            $0.tokenCalls.renames = [NamedText("client_id", "client_key")]
        }
        #expect(items["client_key"] == "app")
        #expect(items["client_id"] == nil)
    }

    @Test func `every resource is named`() async throws {
        let location = try await location {
            $0.tokenCalls.resources = ["https://a.test/1", "https://a.test/2"].compactMap {
                URI($0)
            }
        }
        #expect(location.contains("resource=https%3A%2F%2Fa.test%2F1&"))
        #expect(location.contains("resource=https%3A%2F%2Fa.test%2F2&"))
    }

    @Test func `a redirect URI of one's own is sent as it is written`() async throws {
        let own = "https://connect.test/oauth-callback/crm"
        #expect(try await items { $0.redirectURI = URI(own) }["redirect_uri"] == own)
    }

    @Test func `fields of the account stand in the endpoint`() async throws {
        let location = try await location(
            {
                $0.authorizeURI = try? Template("https://{{shop}}.idp.test/authorize")
                $0.tokenURI = try? Template("https://{{shop}}.idp.test/token")
                $0.api.allowHosts = [HostPattern("*.idp.test")].compactMap(\.self)
            },
            parameters: ["shop": "acme"]
        )
        #expect(location.hasPrefix("https://acme.idp.test/authorize?client_id="))
    }
}
