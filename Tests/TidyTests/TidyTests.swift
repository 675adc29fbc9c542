import Support
import Testing

/// The rules of this code base, over its own files.
@Suite struct TidyTests {
    @Test(arguments: Rule.all)
    func `every file keeps the rule`(_ rule: Rule) {
        for violation in SourceTree.swift.flatMap(rule.check) {
            Issue.record("\(rule.name): \(violation)")
        }
    }

    @Test func `there are files to look at`() {
        #expect(SourceTree.swift.contains { $0.path == "Sources/attache/main.swift" })
    }

    @Test func `each file imports only what its target declares`() throws {
        let manifest = try #require(SourceTree.read("Package.swift"))
        let graph = PackageGraph(manifest: manifest)
        for violation in SourceTree.swift.flatMap(graph.violations) {
            Issue.record("\(violation)")
        }
    }

    @Test(.enabled(if: SourceTree.isRepository, "not a git repository"))
    func `the top level holds nothing else`() throws {
        #expect(TopLevel.strangers(in: try SourceTree.tracked()) == [])
    }

    @Test(.enabled(if: SourceTree.read("README.md") != nil, "there is no README yet"))
    func `the README names every module and the test command`() throws {
        let readme = try #require(SourceTree.read("README.md"))
        for module in SourceTree.modules {
            #expect(readme.contains("\(module)/"), "README.md does not name \(module)/")
        }
        let script = try #require(SourceTree.read(".ci/run"))
        let command = try #require(TopLevel.testCommand(of: script))
        #expect(readme.contains(command), "README.md does not hold the command of .ci/run")
    }
}

/// What lies at the top of the repository.
enum TopLevel {
    private static let allowed: Set<Substring> = [
        "Package.swift", "Sources", "Tests", "proxy.conf.example", "README.md",
    ]

    /// The top-level entries of `paths` that do not belong there; dot files do.
    static func strangers(in paths: [String]) -> [String] {
        let entries = Set(paths.compactMap { $0.split(separator: "/").first })
        return entries.filter { !$0.hasPrefix(".") && !allowed.contains($0) }.map(String.init)
            .sorted()
    }

    /// The README's test command as `.ci/run` holds it.
    static func testCommand(of script: String) -> String? {
        let start = "test_command='"
        let line = script.split(separator: "\n").first { $0.hasPrefix(start) }
        return line.map { String($0.dropFirst(start.count).dropLast()) }
    }
}
