import Testing

/// Each rule against a sample that breaks it and one that does not.
@Suite struct RuleTests {
    private func broken(
        _ rule: Rule,
        _ text: String,
        path: String = "Sources/Proxy/A.swift"
    ) -> [Int] {
        rule.check(SourceFile(path: path, text: text)).map(\.line)
    }

    @Test func `comments, strings and raw identifiers are no code`() {
        let file = SourceFile(
            path: "Sources/Proxy/A.swift",
            text: ##"""
                let a = "try! \(f("as!")) x" // try!
                /* try! /* try! */ try! */ let b = #"try! \#(c) "try!" "#
                func `a try! name`() { try? x() }
                let s = """
                    try! "
                    """; let d = 1
                """##
        )
        #expect(Rule.traps.check(file).isEmpty)
        #expect(file.code.count == file.lines.count)
        #expect(file.code[0].contains("f("))
        #expect(file.code[1].contains("(c)") == false)
        #expect(file.code[1].contains("let b"))
        #expect(file.code[2].contains("try? x"))
        #expect(file.code[5].contains("let d = 1"))
    }

    @Test func `a file of 401 lines is too long`() {
        let lines = String(repeating: "let a = 1\n", count: 400)
        #expect(broken(Rule.fileLength, lines) == [])
        #expect(broken(Rule.fileLength, lines + "let b = 1\n") == [0])
    }

    @Test func `a function of 61 lines is too long`() {
        let body = String(repeating: "    if a { b() }\n", count: 58)
        let short = "protocol P { func p() ; init() }\nfunc f(_ c: () -> Void = { }) {\n\(body)}\n"
        #expect(broken(Rule.functionLength, short) == [])
        let long = "struct S {\n    init() {\n    a()\n\(body)}\n}\n"
        #expect(broken(Rule.functionLength, long) == [2])
        let call = "struct S {\n    init() { self.init(a) }\n}\nlet x = S.init(b)\n\(body)"
        #expect(broken(Rule.functionLength, call) == [])
    }

    @Test func `tasks that leave the loop are found`() {
        let text = "Task { a() }\nTask.detached { a() }\nTask(executorPreference: l) { a() }\n"
        #expect(broken(Rule.bareTasks, text) == [1, 2])
        #expect(broken(Rule.bareTasks, text, path: "Sources/IO/EventLoop.swift") == [])
        #expect(broken(Rule.bareTasks, "let x: MyTask { a }\n") == [])
    }

    @Test func `unchecked concurrency is found`() {
        let text = "final class A: @unchecked Sendable {}\nnonisolated(unsafe) var a = 1\n"
        #expect(broken(Rule.uncheckedSendable, text) == [1, 2])
        #expect(broken(Rule.uncheckedSendable, text, path: "Sources/IO/EventLoop.swift") == [])
        #expect(broken(Rule.uncheckedSendable, "final class A: Sendable {}\n") == [])
    }

    @Test func `traps are found`() {
        let text = "let a = try! f()\nlet b = c as! D\nfatalError(\"\")\n"
        #expect(broken(Rule.traps, text) == [1, 2, 3])
        #expect(broken(Rule.traps, "let a = try? f()\nlet b = c as? D\nmyfatalError()\n") == [])
    }

    @Test func `Foundation is found`() {
        #expect(broken(Rule.foundation, "import Foundation\n") == [1])
        #expect(broken(Rule.foundation, "package import struct Foundation.Data\n") == [1])
        #expect(broken(Rule.foundation, "import FoundationEssentials\n") == [])
    }

    @Test func `unsafe code is found where it may not be`() {
        let text = "let a = unsafe f()\nlet unsafety = 1\n"
        #expect(broken(Rule.unsafeCode, text) == [1])
        #expect(broken(Rule.unsafeCode, text, path: "Sources/IO/A.swift") == [])
    }

    @Test func `missing doc comments are found`() {
        let bare = """
            struct A {
                package static func b() {}
                func c() {}
                package let d = 1
            }
            final class E {}
            """
        #expect(broken(Rule.documentation, bare) == [1, 2, 6])
        let explained = """
            /// An A.
            @frozen
            package struct A {
                /// Does b.
                package mutating func b() {}
                package static func == (a: A, b: A) -> Bool { true }
                package class var c: Int { 1 }
            }
            """
        #expect(broken(Rule.documentation, explained) == [])
    }

    @Test func `leftovers are found, in comments too`() {
        #expect(broken(Rule.leftovers, "// " + "TO" + "DO: later\nlet mastodon = 1\n") == [1])
    }

    @Test func `imports that the package does not declare are found`() {
        let manifest = """
            func module(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
                .target(name: name, dependencies: imports)
            }
            // module("Old", ["HTTP"]),
            module("Log"), module("HTTP", ["Bytes"]),
            .executableTarget(
                name: "attache",
                dependencies: ["HTTP",
                    "Log"],
            tests("HTTPTests", ["HTTP"], resources: [.copy("Corpus")]),
            """
        let graph = PackageGraph(manifest: manifest)
        #expect(graph.imports["HTTP"] == ["Bytes"])
        #expect(graph.imports["attache"] == ["HTTP", "Log"])
        #expect(graph.imports["HTTPTests"] == ["HTTP"])
        #expect(graph.imports["Old"] == nil)

        func lines(_ path: String, _ text: String) -> [Int] {
            graph.violations(in: SourceFile(path: path, text: text)).map(\.line)
        }
        #expect(lines("Sources/HTTP/A.swift", "import Bytes\npackage import Log\n") == [2])
        #expect(lines("Sources/HTTP/A.swift", "import Glibc\nimport Synchronization\n") == [])
        #expect(lines("Sources/HTTP/A.swift", "import FoundationEssentials\n") == [1])
        #expect(lines("Tests/HTTPTests/A.swift", "import Testing\nimport Log\n") == [2])
        #expect(lines("Sources/Strange/A.swift", "let a = 1\n") == [0])
    }

    @Test func `strangers at the top level are found`() {
        let paths = [".ci/run", "README.md", "Sources/A.swift", "scripts/x.sh", "notes.txt"]
        #expect(TopLevel.strangers(in: paths) == ["notes.txt", "scripts"])
    }

    @Test func `the test command is read from the script`() {
        let script = "set -e\ntest_command='a && b \"c\"'\n"
        #expect(TopLevel.testCommand(of: script) == "a && b \"c\"")
    }
}
