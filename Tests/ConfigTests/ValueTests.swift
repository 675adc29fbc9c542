import Config
import Crypto
import HTTP
import Testing

/// What directives become.
@Suite struct ValueTests {
    static func everything() throws -> Configuration {
        try Fixture.load(CorpusTests.text("\(CorpusTests.folder)/Valid/everything.conf"))
    }

    @Test func `fills in the defaults of the smallest file`() throws {
        let text = try CorpusTests.text("\(CorpusTests.folder)/Valid/smallest.conf")
        let configuration = try Fixture.load(text)
        #expect(configuration.warnings == [])
        #expect(configuration.threads == nil)
        #expect(configuration.shutdown == ShutdownConfiguration())
        #expect(configuration.log.destination == .standardError)
        #expect(configuration.accessLog.destination == .standardOutput)
        #expect(configuration.tokens == TokenPolicy())
        #expect(configuration.admin == nil)
        guard case .file(let vault) = configuration.vault else {
            Issue.record("not a file vault")
            return
        }
        #expect(vault.path == "/etc/attache/attache.vault")
        #expect(vault.keyPath == "/etc/attache/attache.key")
        #expect(vault.key == nil)

        let listener = try #require(configuration.listeners.first)
        #expect(listener.name == "127.0.0.1:8080")
        #expect(listener.binds.first?.hosts == ["localhost", "127.0.0.1", "[::1]"])
        #expect(listener.limits == ListenerConfiguration.Limits())
        #expect(!listener.callersRequired)

        let connection = try #require(configuration.connection(named: "crm"))
        #expect(connection.label == "crm")
        #expect(connection.grant == .clientCredentials)
        #expect(connection.clientSecret == Secret("s3cret"))
        #expect(connection.clientAuthentication == .headers(encoding: .form))
        #expect(
            connection.template(of: .refresh) == .literal("https://idp.example.com/oauth2/token")
        )
        #expect(connection.scopeParameter == nil)
        #expect(connection.api.headers == [NamedTemplate("Authorization", .bearer)])
        #expect(connection.api.baseURI.literalHost == "api.example.com")
        #expect(connection.upstream == UpstreamLimits())

        let route = try #require(configuration.routes.first)
        #expect(route.prefix == "/crm")
        #expect(route.connection == .named("crm"))
        #expect(route.listeners == ["127.0.0.1:8080"])
        #expect(route.on401 == .refresh)
        #expect(route.timeouts == RouteConfiguration.Timeouts())
    }

    @Test func `reads what stands at the top`() throws {
        let configuration = try Self.everything()
        #expect(configuration.threads == 2)
        #expect(configuration.shutdown.delay == .seconds(1))
        #expect(configuration.shutdown.grace == .seconds(10))
        #expect(configuration.log.destination == .file("/etc/attache/logs/attache.log"))
        #expect(configuration.log.level == .debug)
        #expect(configuration.log.format == .json)
        #expect(configuration.accessLog.destination == .off)
        guard case .file(let vault) = configuration.vault else {
            Issue.record("not a file vault")
            return
        }
        #expect(vault.path == "/var/lib/attache/vault")
        #expect(vault.key == Secret("key"))
        #expect(vault.previousKey == Secret("old"))
        let tokens = configuration.tokens
        #expect(tokens.refreshBefore == .seconds(120))
        #expect(tokens.refreshShare == 0.1)
        #expect(tokens.refreshWait == .milliseconds(500))
        #expect(tokens.requestTimeout == .seconds(5))
        #expect(tokens.failureBackoff == .seconds(2) ... .seconds(60))
        #expect(tokens.minimumForcedInterval == .seconds(20))
        #expect(tokens.assumeLifetime == .seconds(3600))
        #expect(tokens.keepAlive == .seconds(86_400))
        #expect(tokens.concurrency == 8)
    }

    @Test func `reads listeners`() throws {
        let listeners = try Self.everything().listeners
        #expect(
            listeners.map(\.name) == [
                "127.0.0.1:8080", "unix:/etc/attache/run/http.sock", "public",
            ]
        )
        let loopback = ["localhost", "127.0.0.1", "[::1]", "crm.internal"]
        #expect(listeners[0].binds[0].hosts == loopback)
        #expect(
            listeners[1].binds[0] == BindConfiguration(.unix(path: "/etc/attache/run/http.sock"))
        )
        let listener = listeners[2]
        #expect(
            listener.binds.map(\.address.description) == ["0.0.0.0:8443", "unix:/run/attache.sock"]
        )
        #expect(listener.binds[1].mode == 0o600)
        #expect(listener.binds[0].hosts == ["proxy.example.com", "[2001:db8::1]"])
        #expect(listener.tls.count == 2)
        #expect(listener.tls[0].certificate == .path("/etc/attache/tls/cert.pem"))
        guard case .pem(let key) = listener.tls[0].key else {
            Issue.record("the key is not taken as PEM")
            return
        }
        #expect(key.reveal().hasPrefix("-----BEGIN PRIVATE KEY-----"))
        #expect(listener.tls[0].minimumVersion == .v13)
        #expect(listener.tls[1].serverNames == ["other.example.com", "second.example.com"])
        #expect(listener.timeouts.header == .seconds(5))
        #expect(listener.timeouts.keepAlive == .seconds(120))
        #expect(listener.limits.header == 16 << 10)
        #expect(listener.limits.body == 2 << 30)
        #expect(listener.limits.minimumRate == 1024)
    }

    @Test func `reads connections`() throws {
        let configuration = try Self.everything()
        let billing = try #require(configuration.connection(named: "billing"))
        #expect(billing.label == "Billing \"EU\"")
        #expect(billing.parameters == [NamedText("region", "eu-west-1")])
        #expect(billing.fields == [NamedSecret("api_key", Secret("key"))])
        #expect(billing.clientAuthentication == .headers(encoding: .raw))
        #expect(billing.scopeParameter == "read,write")
        #expect(
            billing.tokenCalls.resources.map(\.host) == ["billing.example.com", "crm.example.com"]
        )
        #expect(billing.tokenCalls.headers == [NamedSecret("X-Version", Secret("2"))])
        #expect(billing.tokenCalls.name(of: "client_id") == "app_id")
        #expect(billing.tokenCalls.name(of: "scope") == "scope")
        #expect(billing.tokenCalls.body == .json)
        #expect(billing.tokenCalls.fieldPaths == [NamedText("access_token", "data.token")])
        #expect(billing.tokenCalls.expiresUnit == .milliseconds)
        #expect(billing.tokenCalls.keep == ["instance_url", "id", "site"])
        #expect(billing.tokens.keepAlive == nil, "'off' wins over the general rule")
        #expect(billing.tokens.refreshBefore == .seconds(60))
        #expect(billing.tokens.concurrency == 8, "what is not written here comes from 'tokens'")
        #expect(billing.upstream.queue == 0)
        #expect(billing.api.baseURI.literalHost == nil)
        #expect(
            billing.api.allowHosts.map(\.description) == [
                "*.my.salesforce.com", "login.example.com",
            ]
        )
        #expect(billing.api.headers.map(\.name) == ["Authorization", "X-Key"])
        #expect(billing.api.query.map(\.name) == ["tenant"])
        #expect(billing.api.tls.ca == "/etc/attache/ca.pem")
        #expect(billing.api.tls.serverName == "internal.example.com")

        let crm = try #require(configuration.connection(named: "crm"))
        #expect(crm.clientAuthentication == .none)
        #expect(crm.refreshToken == Secret("first"))
        #expect(crm.template(of: .refresh) == .literal("https://crm.example.com/refresh"))
        #expect(crm.tokenCalls.refreshParameters == [NamedSecret("scope", Secret("all"))])
        let open = try #require(configuration.connection(named: "open"))
        #expect(open.api.headers.map(\.name) == ["Authorization"])
    }

    @Test func `reads routes and admin`() throws {
        let configuration = try Self.everything()
        let route = configuration.routes[0]
        #expect(route.listeners == ["public", "127.0.0.1:8080"])
        #expect(route.baseURI == URI("https://uploads.example.com"))
        #expect(route.limits.body == 10 << 20)
        #expect(route.timeouts.firstByte == .seconds(2))
        #expect(route.headers.map(\.name) == ["X-Connection"])
        #expect(route.dropHeaders == ["x-one", "x-two", "x-three"])
        #expect(route.on401 == .pass)
        #expect(route.passEncodedSlash)
        #expect(route.via)
        #expect(configuration.routes[1].host == "crm.internal")
        #expect(configuration.routes[1].prefix == "")
        #expect(configuration.routes[1].pattern == "host=crm.internal /")
        #expect(configuration.routes[1].listeners.count == 3)
        #expect(configuration.routes[2].prefix == "/open/v1")
        let admin = try #require(configuration.admin)
        #expect(
            admin.binds.map(\.address.description) == [
                "127.0.0.1:9901", "unix:/etc/attache/admin.sock",
            ]
        )
        #expect(admin.binds[1].mode == 0o600)
        #expect(admin.binds[0].hosts == ["localhost", "admin.example.com"])
        #expect(admin.token == Secret("admin"))
        #expect(!admin.console && !admin.metrics)
    }

    @Test func `adds the bearer header unless the token goes elsewhere`() throws {
        func headers(_ api: String) throws -> [String] {
            let own = "client_id a; client_auth none; token_uri https://idp.example.com;"
            let text = Fixture.connection(own, api: api, grant: "client_credentials")
            return try Fixture.load(text).connections[0].api.headers.map(\.name)
        }
        #expect(try headers("") == ["Authorization"])
        #expect(try headers("header X-Org acme;") == ["Authorization", "X-Org"])
        #expect(try headers("header X-Key {{access_token}};") == ["X-Key"])
        #expect(try headers("query key {{access_token}};") == [])
        #expect(try headers("header authorization x;") == ["authorization"])
        #expect(try Fixture.load(Fixture.connection()).connections[0].api.headers == [])
    }

    @Test func `the public host is answered where the connect pages are`() throws {
        let text = """
            listener pages { bind 127.0.0.1:1; connect_pages on; }
            listener plain { bind 127.0.0.1:2; }
            listener own { bind 127.0.0.1:3; connect_pages on; hosts a.example.com; }
            admin { bind 127.0.0.1:4; public_url https://c.example.com/base; }
            """
        let hosts = try Fixture.load(text).listeners.map { $0.binds[0].hosts ?? [] }
        let local = ["localhost", "127.0.0.1", "[::1]"]
        #expect(hosts == [local + ["c.example.com"], local, ["a.example.com"]])
    }

    @Test(arguments: ["0.0.0.0:1", "[::]:1", "[0:0:0:0:0:0:0:0]:1", "[::ffff:0.0.0.0]:1"])
    func `nobody is sent to the pages at an address that stands for all`(address: String) throws {
        let listener = "listener pages { routes off; bind \(address); connect_pages on; }\n"
        let found = Fixture.findings(listener + "admin { bind 127.0.0.1:4; }")
        #expect(found.contains { $0.contains("error") && $0.contains("'public_url'") }, "\(found)")
        let named = listener + "admin { bind 127.0.0.1:4; public_url https://c.example.com; }"
        let configuration = try Fixture.load(named)
        #expect(configuration.admin?.publicURL?.text == "https://c.example.com")
    }

    @Test func `reads what works later, where that is asked for`() throws {
        let text = """
            listener a { bind 127.0.0.1:1; callers required; connect_pages on; }
            caller one { token_sha256 \(String(repeating: "ab", count: 32)); tenants x y; }
            caller two { client_cert cn="The Batch"; }
            connection a {
                grant authorization_code; client_id a; client_auth private_key_jwt key=k.pem alg=ES256;
                authorize_uri https://a.example.com/a; token_uri https://a.example.com/t;
                extra access_type -; extra prompt consent;
                pkce off; refresh off; test GET /me expect=200;
                lookup GET https://a.example.com/sites cloud=0.id name=0.name;
                callback_keep realmId; callback_param code auth_code;
                api_client { base_uri https://a.example.com/{{cloud}}/{{realmId}}; }
            }
            route /a/ {
                connection *; tenant header X-Tenant required; callers one two; methods GET POST;
                allow /a/** /b/*; deny /a/x; origins https://app.example.com;
                limits rate=600/m burst=5 concurrent=7; buffer_request 64k; cookies pass;
                rewrite_body https://a.example.com to=/b/; rewrite_events on;
            }
            vault aws_secrets_manager { region eu-west-1; }
            admin { bind 127.0.0.1:2; public_url https://c.example.com; help_url https://h/{{tenant}}; }
            """
        let configuration = try Fixture.load(text, everything: true)
        #expect(configuration.callers[0].token == .sha256([UInt8](repeating: 0xAB, count: 32)))
        #expect(configuration.callers[0].tenants == ["x", "y"])
        #expect(configuration.callers[1].clientCertificate == .commonName("The Batch"))
        let connection = configuration.connections[0]
        #expect(connection.extra == [NamedText("prompt", "consent")])
        #expect(!connection.pkce && !connection.refresh)
        #expect(
            connection.test == TestConfiguration(method: "GET", path: "/me", expectedStatus: 200)
        )
        #expect(
            connection.lookups[0].fields == [
                NamedText("cloud", "0.id"), NamedText("name", "0.name"),
            ]
        )
        #expect(connection.callbackNames == [NamedText("code", "auth_code")])
        var jwt = ClientAuthentication.PrivateKeyJWT(
            key: .path("/etc/attache/k.pem"),
            algorithm: .es256
        )
        jwt.keyID = nil
        #expect(connection.clientAuthentication == .privateKeyJWT(jwt))
        let route = configuration.routes[0]
        #expect(route.connection == .firstSegment)
        #expect(route.tenant == .header(name: "X-Tenant", required: true))
        #expect(route.callers == ["one", "two"])
        #expect(route.limits.rate == Rate(count: 600, per: .seconds(60)))
        #expect(route.limits.burst == 5 && route.limits.concurrent == 7)
        #expect(route.bufferRequest == 64 << 10)
        #expect(route.rewriteBody.map(\.prefix) == ["/b"])
        #expect(configuration.admin?.publicURL == URI("https://c.example.com"))
    }
}
