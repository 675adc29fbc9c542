import FoundationEssentials
import Support

/// The API in Python that tests put behind the proxy; what it can do is told in `upstream.py`.
final class Upstream {
    let port: Int
    private let process: ChildProcess

    init() throws {
        port = try FreePort.next()
        process = try ChildProcess(
            Requirement.python3.installed(),
            [Fixture.path("upstream.py"), "\(port)"]
        )
        try Wait.until(process, listensOn: port)
    }

    /// A connection without credentials to it, and the route `/up/`.
    func configuration(route: String = "") -> String {
        """
        connection up { grant none; api_client { base_uri http://127.0.0.1:\(port); } }
        route /up/ { connection up; \(route) }
        """
    }

    /// Asks it past the proxy for one of its `/_/` resources.
    func ask(_ name: String, _ body: String? = nil) throws -> String {
        let method = body == nil ? "GET" : "POST"
        let response = try HTTPProbe.fetch("/_/" + name, method: method, port: port, body: body)
        guard response.status == 200 else {
            throw TestFailure("/_/\(name): \(response.status)\n\(process.transcript)")
        }
        return response.text
    }

    /// As `ask`, for a resource that is a number.
    func number(_ name: String, _ body: String? = nil) throws -> Int {
        let text = try ask(name, body)
        guard let number = Int(text) else { throw TestFailure("/_/\(name) is \(text)") }
        return number
    }

    /// The heads of all requests that reached it.
    func heads() throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(ask("requests").utf8))
    }
}

/// What `/echo` answers.
struct Echo: Decodable {
    var method: String
    var target: String
    var fields: [[String]]
    var authorization: String?
    var body: String

    init(_ response: ProbeResponse) throws {
        guard response.status == 200 else {
            throw TestFailure("\(response.status) \(response.text)")
        }
        self = try JSONDecoder().decode(Self.self, from: Data(response.body))
    }

    /// The values of the fields of that name.
    func all(_ name: String) -> [String] {
        fields.filter { $0[0].lowercased() == name.lowercased() }.map { $0[1] }
    }
}
