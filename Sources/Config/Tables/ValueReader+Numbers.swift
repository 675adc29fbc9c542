extension ValueReader {
    // MARK: Time

    static func duration(
        _ argument: Argument,
        _ bounds: ClosedRange<Duration>
    ) throws(Problem) -> Duration {
        guard let duration = duration(argument.text) else {
            throw not(argument, "a duration like 500ms, 10s, 5m, 1h or 30d")
        }
        guard bounds.contains(duration) else {
            let limits = "\(shown(bounds.lowerBound)) to \(shown(bounds.upperBound))"
            throw Problem("'\(argument.source.shortened)' is out of bounds; \(limits)")
        }
        return duration
    }

    static func durations(
        _ argument: Argument,
        _ bounds: ClosedRange<Duration>
    ) throws(Problem) -> ClosedRange<Duration> {
        let text = argument.text
        guard let mark = text.firstRange(of: ".."),
            let low = duration(String(text[..<mark.lowerBound])),
            let high = duration(String(text[mark.upperBound...]))
        else { throw not(argument, "a range of durations like 1s..5m") }
        guard low <= high else { throw not(argument, "a range: its end is before its start") }
        guard bounds.contains(low), bounds.contains(high) else {
            let limits = "\(shown(bounds.lowerBound)) to \(shown(bounds.upperBound))"
            throw Problem("'\(argument.source.shortened)' is out of bounds; \(limits)")
        }
        return low...high
    }

    private static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // Ten digits of days still fit; more is nothing that anybody means.
        guard !digits.isEmpty, digits.utf8.count <= 10, let number = Int(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "s": return .seconds(number)
        case "m": return .seconds(number * 60)
        case "h": return .seconds(number * 3600)
        case "d": return .seconds(number * 86_400)
        default: return nil
        }
    }

    /// A duration as it is written in a configuration.
    static func shown(_ duration: Duration) -> String {
        let (seconds, rest) = duration.components
        guard rest == 0 else { return "\(seconds * 1000 + rest / 1_000_000_000_000_000)ms" }
        for (unit, letter) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)] {
            if seconds >= unit, seconds % unit == 0 { return "\(seconds / unit)\(letter)" }
        }
        return "\(seconds)s"
    }

    // MARK: Numbers

    static func size(_ argument: Argument, _ bounds: ClosedRange<Int>) throws(Problem) -> Int {
        let text = argument.text.lowercased()
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int] = ["": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        guard let number = Int(digits), let unit = units[text.dropFirst(digits.count)] else {
            throw not(argument, "a size like 512, 64k, 25m or 2g")
        }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: unit)
        guard !overflows, bounds.contains(bytes) else {
            let limits = "\(shown(size: bounds.lowerBound)) to \(shown(size: bounds.upperBound))"
            throw Problem("'\(argument.source.shortened)' is out of bounds; \(limits)")
        }
        return bytes
    }

    /// A size as it is written in a configuration.
    static func shown(size: Int) -> String {
        for (unit, letter) in [(1 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")] {
            if size >= unit, size % unit == 0 { return "\(size / unit)\(letter)" }
        }
        return "\(size)"
    }

    static func count(_ argument: Argument, _ bounds: ClosedRange<Int>) throws(Problem) -> Int {
        let text = argument.text
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
            throw not(argument, "a number")
        }
        guard let number = Int(text), bounds.contains(number) else {
            let limits = "\(bounds.lowerBound) to \(bounds.upperBound)"
            throw Problem("'\(argument.source.shortened)' is out of bounds; \(limits)")
        }
        return number
    }

    static func percentage(
        _ argument: Argument,
        _ bounds: ClosedRange<Int>
    ) throws(Problem) -> Double {
        let text = argument.text
        let digits = text.dropLast()
        guard text.hasSuffix("%"), !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 0x30 < 10 })
        else { throw not(argument, "a percentage like 20%") }
        guard let number = Int(digits), bounds.contains(number) else {
            let limits = "\(bounds.lowerBound)% to \(bounds.upperBound)%"
            throw Problem("'\(argument.source.shortened)' is out of bounds; \(limits)")
        }
        return Double(number) / 100
    }

    static func rate(_ argument: Argument) throws(Problem) -> Rate {
        let parts = argument.text.split(separator: "/", omittingEmptySubsequences: false)
        let periods: [Substring: Duration] = ["s": .seconds(1), "m": .seconds(60)]
        guard parts.count == 2, let period = periods[parts[1]], !parts[0].isEmpty,
            parts[0].utf8.allSatisfy({ $0 &- 0x30 < 10 })
        else { throw not(argument, "a rate like 50/s or 600/m") }
        guard let count = Int(parts[0]), (1...10_000_000).contains(count) else {
            throw Problem("'\(argument.source.shortened)' is out of bounds; 1 to 10000000")
        }
        return Rate(count: count, per: period)
    }

    static func mode(_ argument: Argument) throws(Problem) -> Int {
        let text = argument.text
        guard (3...4).contains(text.utf8.count), let mode = Int(text, radix: 8),
            text.utf8.allSatisfy({ $0 &- 0x30 < 8 }), mode <= 0o777
        else { throw not(argument, "permissions like 0660") }
        return mode
    }
}
