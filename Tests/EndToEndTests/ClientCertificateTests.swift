import Support
import Testing

extension EndToEnd {
    /// A client that proves itself with a certificate (RFC 8705), looked at by nginx.
    @Suite(.requires(.nginx, .openssl)) struct ClientCertificateTests {
        /// nginx before the sandbox: only who shows a certificate of the authority is let through.
        private final class Gatekeeper {
            let certificates: Certificates
            let sandbox: Sandbox
            let port: Int
            private let folder: TemporaryFolder
            private let process: ChildProcess

            init() throws {
                certificates = try Certificates()
                sandbox = try Sandbox()
                folder = try TemporaryFolder()
                port = try FreePort.next()
                let file = try folder.write(
                    "nginx.conf",
                    """
                    daemon off;
                    master_process off;
                    error_log error.log;
                    pid nginx.pid;
                    events { worker_connections 64; }
                    http {
                        access_log off;
                        client_body_temp_path \(folder.path);
                        proxy_temp_path \(folder.path);
                        fastcgi_temp_path \(folder.path);
                        uwsgi_temp_path \(folder.path);
                        scgi_temp_path \(folder.path);
                        server {
                            listen 127.0.0.1:\(port) ssl;
                            ssl_certificate \(certificates.certificate(.good));
                            ssl_certificate_key \(certificates.key(.good));
                            ssl_client_certificate \(certificates.authority);
                            ssl_verify_client on;
                            location /api/ {
                                proxy_pass http://127.0.0.1:\(sandbox.port);
                            }
                            location / {
                                proxy_set_header Authorization "Basic ZGVtbzpkZW1vLXNlY3JldA==";
                                proxy_pass http://127.0.0.1:\(sandbox.port);
                            }
                        }
                    }
                    """
                )
                let program = try Requirement.nginx.installed()
                process = try ChildProcess(
                    program,
                    ["-c", file, "-p", folder.path, "-e", "error.log"]
                )
                try Wait.until(process, listensOn: port)
            }

            func configuration(_ authentication: String) -> String {
                """
                connection api {
                    grant client_credentials;
                    token_uri https://localhost:\(port)/token;
                    client_id demo;
                    \(authentication)
                    api_client {
                        base_uri http://127.0.0.1:\(sandbox.port)/api;
                        tls ca=\(certificates.authority);
                    }
                }
                route /api/ { connection api; }
                """
            }
        }

        @Test func `the certificate is shown to the token endpoint`() throws {
            let gatekeeper = try Gatekeeper()
            let certificates = gatekeeper.certificates
            let proxy = try Attache(
                gatekeeper.configuration(
                    "client_auth tls certificate=\(certificates.certificate(.good)) "
                        + "key=\(certificates.key(.good));"
                )
            )
            #expect(try proxy.fetch("/api/x").status == 200)
        }

        @Test func `the API gets it too, as tokens may be bound to it`() throws {
            let gatekeeper = try Gatekeeper()
            let certificates = gatekeeper.certificates
            let proof =
                "certificate=\(certificates.certificate(.good)) key=\(certificates.key(.good))"
            let bound = "tls \(proof); token_param client_secret demo-secret"
            for (authentication, status) in [(bound, 200), ("body", 400)] {
                // A plain token endpoint: only the API wants to see a certificate.
                let proxy = try Attache(
                    """
                    connection api {
                        grant client_credentials;
                        token_uri http://127.0.0.1:\(gatekeeper.sandbox.port)/token;
                        client_id demo;
                        client_secret demo-secret;
                        client_auth \(authentication);
                        api_client {
                            base_uri https://localhost:\(gatekeeper.port)/api;
                            tls ca=\(certificates.authority);
                        }
                    }
                    route /api/ { connection api; }
                    """
                )
                #expect(try proxy.fetch("/api/x").status == status, "\(authentication)")
            }
        }

        @Test(.requires(.node))
        func `a connector's own requests to the API show it as well`() throws {
            let gatekeeper = try Gatekeeper()
            let certificates = gatekeeper.certificates
            let connector = try TemporaryFolder()
            try Files.makeFolder(connector.file("auth"))
            try connector.write(
                "spec.yml",
                """
                auth:
                  type: oauth2
                  getOAuthConfig: {implementationType: mapping}
                  makeApiClient: {implementationType: mapping}
                  test: {implementationType: javascript}
                """
            )
            try connector.write(
                "auth/get-oauth-config.map.yml",
                """
                clientId: demo
                authorizeUri: https://localhost:\(gatekeeper.port)/authorize
                tokenUri: https://localhost:\(gatekeeper.port)/token
                """
            )
            try connector.write(
                "auth/make-api-client.map.yml",
                """
                baseUri: https://localhost:\(gatekeeper.port)/api
                headers:
                  Authorization: {$concat: {values: [Bearer, {$var: credentials.access_token}], delimiter: " "}}
                """
            )
            try connector.write(
                "auth/test.js",
                "export default async ({ apiClient }) => { await apiClient.request({ url: '/x', method: 'GET' }) }"
            )
            let proof =
                "certificate=\(certificates.certificate(.good)) key=\(certificates.key(.good))"
            for (authentication, status) in [("tls \(proof)", 200), ("none", 422)] {
                let proxy = try Attache(
                    """
                    connection api {
                        connector \(connector.path);
                        client_auth \(authentication);
                        api_client { tls ca=\(certificates.authority); }
                    }
                    route /api/ { connection api; }
                    """
                )
                let token = try gatekeeper.sandbox.grant().access_token
                let body = #"{"access_token": "\#(token)"}"#
                let brought = try proxy.admin("PUT", "/connections/api/credentials", body)
                #expect(brought.status == 200, "\(brought.text)")
                let tested = try proxy.admin("POST", "/connections/api/test", "{}")
                #expect(tested.status == status, "\(tested.text)")
            }
        }

        @Test func `without one there is no token`() throws {
            let gatekeeper = try Gatekeeper()
            let proxy = try Attache(gatekeeper.configuration("client_auth none;"))
            #expect(try proxy.fetch("/api/x").status == 503)
        }

        @Test func `a key that does not fit is found by check`() throws {
            let gatekeeper = try Gatekeeper()
            let certificates = gatekeeper.certificates
            let folder = try TemporaryFolder()
            let file = try folder.write(
                "proxy.conf",
                "listen 127.0.0.1:1;\n"
                    + gatekeeper.configuration(
                        "client_auth tls certificate=\(certificates.certificate(.good)) "
                            + "key=\(certificates.key(.expired));"
                    )
            )
            let check = try ChildProcess(Program.attache(), ["check", "-c", file])
            #expect(try check.wait() == .code(78))
            #expect(check.transcript.contains("proxy.conf:6:5: error: cannot load the private key"))
        }
    }
}
