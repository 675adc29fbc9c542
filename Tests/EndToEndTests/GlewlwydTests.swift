import Support
import Testing

extension EndToEnd {
    /// A provider that other people wrote.
    @Suite(.requires(.glewlwyd, .python3)) struct GlewlwydTests {
        private func configuration(
            _ glewlwyd: Glewlwyd,
            _ upstream: Upstream,
            _ grant: String
        ) -> String {
            """
            connection api {
                \(grant)
                scopes read;
                token_uri \(glewlwyd.tokenURI);
                client_id \(glewlwyd.clientID);
                client_secret \(glewlwyd.clientSecret);
                api_client { base_uri http://127.0.0.1:\(upstream.port); }
            }
            route /api/ { connection api; }
            """
        }

        /// The token with which a request arrives upstream.
        private func token(_ proxy: Attache) throws -> String {
            let fields = [("Authorization", "Bearer the-caller's-own")]
            let echo = try Echo(proxy.fetch("/api/echo", fields: fields))
            let values = echo.all("Authorization")
            guard values.count == 1, values[0].hasPrefix("Bearer ") else {
                throw TestFailure("Authorization: \(values)")
            }
            return String(values[0].dropFirst("Bearer ".count))
        }

        @Test func `client credentials give one token for many requests`() throws {
            let glewlwyd = try Glewlwyd()
            let upstream = try Upstream()
            let settings = configuration(glewlwyd, upstream, "grant client_credentials;")
            let proxy = try Attache(settings)
            let first = try token(proxy)
            #expect(try glewlwyd.isActive(first))
            for _ in 1...5 { #expect(try token(proxy) == first) }
            #expect(try proxy.state(of: "api").state == "connected")

            // A restart costs no token call.
            proxy.process.kill()
            let next = try Attache(settings, in: proxy.folder)
            #expect(try token(next) == first)
        }

        @Test(arguments: ["headers", "body"])
        func `rotating one-use refresh tokens are followed`(_ authentication: String) throws {
            let glewlwyd = try Glewlwyd()
            let upstream = try Upstream()
            let settings = configuration(
                glewlwyd,
                upstream,
                """
                grant refresh_token;
                refresh_token \(glewlwyd.refreshToken);
                client_auth \(authentication);
                """
            )
            var proxy = try Attache(settings)
            var seen: Set<String> = []
            for round in 1...6 {
                let current = try token(proxy)
                #expect(try glewlwyd.isActive(current))
                #expect(seen.insert(current).inserted, "round \(round) has an old token")
                if round % 2 == 0 {
                    // What the file says is spent by now: only the vault has the current one.
                    proxy.process.send(15)
                    #expect(try proxy.process.wait() == .code(0))
                    proxy = try Attache(settings, in: proxy.folder)
                    #expect(try token(proxy) == current)
                }
                let answer = try proxy.admin("POST", "/connections/api/refresh", "{}")
                #expect(answer.status == 200, "\(answer.text)")
            }
            #expect(try proxy.state(of: "api").state == "connected")
        }

        @Test(arguments: [
            ("RS256", TestKeys.rsa, TestKeys.rsaPublic),
            ("PS256", TestKeys.rsa, TestKeys.rsaPublic),
            ("ES256", TestKeys.p256, TestKeys.p256Public),
            ("EdDSA", TestKeys.ed25519, TestKeys.ed25519Public),
        ])
        func `a client that signs needs no secret`(
            algorithm: String,
            key: String,
            publicKey: String
        ) throws {
            let glewlwyd = try Glewlwyd()
            let upstream = try Upstream()
            let file = try glewlwyd.addSigner(
                "signer",
                algorithm,
                key: key,
                publicKey: publicKey
            )
            let proxy = try Attache(
                """
                connection api {
                    grant client_credentials;
                    scopes read;
                    token_uri \(glewlwyd.tokenURI);
                    client_id signer;
                    client_auth private_key_jwt key=\(file) alg=\(algorithm);
                    api_client { base_uri http://127.0.0.1:\(upstream.port); }
                }
                route /api/ { connection api; }
                """
            )
            let first = try token(proxy)
            // Glewlwyd refuses a proof that it has seen.
            let answer = try proxy.admin("POST", "/connections/api/refresh", "{}")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try token(proxy) != first)
        }

        @Test func `a spent refresh token is reported and never sent upstream`() throws {
            let glewlwyd = try Glewlwyd()
            let upstream = try Upstream()
            let grant = "grant refresh_token; refresh_token not-a-token-of-this-server;"
            let proxy = try Attache(configuration(glewlwyd, upstream, grant))
            let response = try proxy.fetch("/api/echo")
            // Glewlwyd answers an unknown token with 400 and no body: no reason to call a person.
            #expect([424, 503].contains(response.status), "\(response.status)")
            #expect(try upstream.heads() == [])
        }
    }
}
