import Support
import Testing

/// Something outside this repository that a test needs.
enum Requirement: String {
    case nginx
    case glewlwyd
    case openssl
    case curl
    case python3
    case faketime
    /// Runs connectors' JavaScript; Debian's package is `nodejs`.
    case node
    /// The Python environment that the README's test command makes, with `requests`, `httpx`,
    /// `openai`, `django-oauth-toolkit` and `oidc-provider-mock`.
    case pythonClients

    /// The program's path; nil when it is not installed.
    var program: String? {
        switch self {
        case .nginx, .glewlwyd, .openssl, .curl, .python3, .faketime, .node:
            Program.path(of: rawValue)
        case .pythonClients: Program.path(of: Fixture.root + "/.build-venv/bin/python")
        }
    }

    /// The program's path.
    ///
    /// - Throws: `TestFailure` when it is not installed.
    func installed() throws -> String {
        guard let program else { throw TestFailure("\(rawValue) is not installed") }
        return program
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test, saying why, when one of `requirements` is missing; with `CI=true` the test
    /// runs all the same, and fails.
    static func requires(_ requirements: Requirement...) -> Self {
        let missing = requirements.filter { $0.program == nil }.map(\.rawValue)
        let isStrict = Program.environment("CI") == "true"
        return .enabled(
            if: missing.isEmpty || isStrict,
            "needs \(missing.joined(separator: ", ")), which the README's test command installs"
        )
    }
}

/// Files that the tests bring with them.
enum Fixture {
    /// The package's folder.
    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// The path of a file in Fixtures.
    static func path(_ name: String) -> String {
        root + "/Tests/EndToEndTests/Fixtures/" + name
    }
}

/// Every test that starts programs, one after another.
///
/// They block the thread they run on, so only one of them runs at a time; tests of other suites
/// run meanwhile.
@Suite(.serialized) enum EndToEnd {}
