import Testing

/// What is known at the start of values that would fail with each request, and how it is told.
@Suite struct KnownValueTests {
    @Test func `keeps a message in one line, and short`() {
        let long = String(repeating: "x", count: 5000)
        let findings = Fixture.findings(
            Fixture.connection(grant: "\"no\\ne\\tx\u{85}\"")
                + "\nroute /a/ { connection \(long); }\n\(long) a;\nthreads \(long);"
        )
        #expect(findings.count == 4)
        #expect(findings[0].contains("'no\\ne\\tx\\u{85}'"), "\(findings[0])")
        for finding in findings {
            #expect(!finding.contains("\n") && finding.utf8.count < 250, "\(finding)")
        }
    }
}
