import Support

/// nginx as an HTTPS API, on one port with each kind of certificate.
final class SecureUpstream {
    let certificates: Certificates
    private let ports: [Certificates.Kind: Int]
    private let folder: TemporaryFolder
    private let process: ChildProcess

    init() throws {
        certificates = try Certificates()
        folder = try TemporaryFolder()
        var ports: [Certificates.Kind: Int] = [:]
        var servers = ""
        for kind in Certificates.Kind.allCases {
            let port = try FreePort.next()
            ports[kind] = port
            servers += Self.server(kind, port, certificates)
        }
        self.ports = ports
        let file = try folder.write("nginx.conf", Self.configuration(servers, folder.path))
        let program = try Requirement.nginx.installed()
        process = try ChildProcess(program, ["-c", file, "-p", folder.path, "-e", "error.log"])
        try Wait.until(process, listensOn: port(.good))
    }

    /// The port whose server shows that kind of certificate.
    func port(_ kind: Certificates.Kind) -> Int {
        ports[kind] ?? 0
    }

    /// A line for each request of which nginx has seen anything: port, request line and status.
    var log: [String] {
        (folder.read("access.log") ?? "").split(separator: "\n").map(String.init)
    }

    /// A connection for each server, named as its certificate, and a route of the same name.
    var configuration: String {
        Certificates.Kind.allCases.map { kind in
            """
            connection \(kind) {
                grant none;
                api_client {
                    base_uri https://localhost:\(port(kind))/v2;
                    header Authorization "Bearer not-for-strangers";
                    tls ca=\(certificates.authority);
                }
            }
            route /\(kind)/ { connection \(kind); }
            """
        }
        .joined(separator: "\n")
    }

    private static func server(
        _ kind: Certificates.Kind,
        _ port: Int,
        _ certificates: Certificates
    ) -> String {
        """
        server {
            listen 127.0.0.1:\(port) ssl;
            ssl_certificate \(certificates.certificate(kind));
            ssl_certificate_key \(certificates.key(kind));
            location = /v2/guarded {
                default_type application/json;
                if ($http_authorization != "Bearer not-for-strangers") { return 401 '{}'; }
                return 200 '{"host":"$host","target":"$request_uri","resumed":"$ssl_session_reused"}';
            }
            location / { return 404 '{}'; }
        }

        """
    }

    private static func configuration(_ servers: String, _ folder: String) -> String {
        """
        daemon off;
        master_process off;
        error_log error.log;
        pid nginx.pid;
        events { worker_connections 512; }
        http {
            log_format line '$server_port $request $status';
            access_log access.log line;
            client_body_temp_path \(folder);
            proxy_temp_path \(folder);
            fastcgi_temp_path \(folder);
            uwsgi_temp_path \(folder);
            scgi_temp_path \(folder);
            ssl_session_cache shared:tests:1m;
        \(servers)
        }
        """
    }
}
