/// A rule that holds for every file on its own.
struct Rule: Sendable, CustomStringConvertible {
    /// What it forbids or demands.
    let name: String
    let check: @Sendable (SourceFile) -> [Violation]

    var description: String { name }

    static let all = [
        fileLength, functionLength, bareTasks, uncheckedSendable, traps, foundation, unsafeCode,
        documentation, leftovers,
    ]

    static let fileLength = Rule(name: "no file is longer than 400 lines") { file in
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        guard count > 400 else { return [] }
        return [Violation(file.path, 0, "has \(count) lines; at most 400")]
    }

    static let bareTasks = Rule(name: "tasks are started only on a loop") { file in
        guard file.isSource, !["EventLoop.swift", "Assembly.swift"].contains(file.name) else {
            return []
        }
        return file.words("Task").filter { word in
            let rest = word.rest.drop(while: { $0 == " " })
            return rest.hasPrefix("{") || rest.hasPrefix(".detached")
        }
        .map { Violation(file.path, $0.line, "a task that leaves the loop") }
    }

    static let uncheckedSendable = Rule(name: "no unchecked concurrency") { file in
        guard file.isSource, file.name != "EventLoop.swift" else { return [] }
        return file.lines(with: ["@unchecked Sendable", "nonisolated(unsafe)"]).map {
            Violation(file.path, $0.line, "\($0.text) outside EventLoop.swift")
        }
    }

    static let traps = Rule(name: "nothing traps on purpose") { file in
        guard file.isSource else { return [] }
        return file.lines(with: ["try!", "as!", "fatalError("]).map {
            Violation(file.path, $0.line, $0.text)
        }
    }

    static let foundation = Rule(name: "Foundation stays out") { file in
        guard file.isSource else { return [] }
        return file.code.enumerated().compactMap { index, line in
            let module = PackageGraph.importedModule(line)
            guard module == "Foundation" || module == "FoundationNetworking" else { return nil }
            return Violation(file.path, index + 1, "imports \(module ?? "")")
        }
    }

    static let unsafeCode = Rule(name: "unsafe code stays in four modules") { file in
        let allowed = ["Bytes", "IO", "Crypto", "HTTP"]
        // Each of these is nothing but calls of the system behind a safe face.
        let files = [
            "KernelDisk.swift", "ConfigSource+System.swift", "System.swift", "Signals.swift",
            "LogFile.swift", "TemporaryDirectory.swift",
        ]
        guard file.isSource, !allowed.contains(file.target), !files.contains(file.name) else {
            return []
        }
        return file.words("unsafe").map {
            let place = allowed.joined(separator: ", ")
            return Violation(file.path, $0.line, "unsafe code outside \(place)")
        }
    }

    static let leftovers = Rule(name: "nothing is left to be done") { file in
        // Written so that this file does not break its own rule.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        return file.lines.enumerated().compactMap { index, line in
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            guard let mark = words.first(where: { marks.contains(String($0)) }) else { return nil }
            return Violation(file.path, index + 1, "\(mark): do it, or write an issue")
        }
    }
}

extension SourceFile {
    /// Each place where `word` stands alone in the code, with the rest of its line.
    func words(_ word: String) -> [(line: Int, rest: Substring)] {
        code.enumerated().flatMap { index, line in
            line.ranges(of: word).filter { range in
                let before = line[..<range.lowerBound].last
                let after = line[range.upperBound...].first
                return ![before, after].contains {
                    $0.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
                }
            }
            .map { (index + 1, line[$0.upperBound...]) }
        }
    }

    /// Each line of the code that holds one of `texts`, which begin at a word's border.
    fileprivate func lines(with texts: [String]) -> [(line: Int, text: String)] {
        code.enumerated().flatMap { index, line in
            texts.filter { text in
                line.ranges(of: text).contains { range in
                    let before = line[..<range.lowerBound].last
                    return !(before.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false)
                }
            }
            .map { (index + 1, $0) }
        }
    }
}
