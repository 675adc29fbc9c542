import IO
import Testing
import Time

@Suite struct SubprocessTests {
    @Test func `A program works far from our files, and leaves no core file`() throws {
        // The limit comes a moment after the start.
        let script = #"until [ "$(ulimit -Hc)" = 0 ]; do :; done; pwd >&3"#
        let shell = Subprocess(
            "/bin/sh",
            arguments: ["-c", script],
            outputMax: 100,
            memoryMax: 1 << 30
        )
        let output = try shell.run(input: [], until: Instant.now + .seconds(20)).get()
        #expect(output == Array("/\n".utf8))
    }
}
