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
        #expect(output == Array("/".utf8))
    }

    @Test func `A program asks until it has its result, and dies when nobody is answered`() throws {
        let script = #"echo a >&3; read x <&3; echo "$x$x" >&3; read x <&3; echo "=$x" >&3; cat"#
        let shell = Subprocess(
            "/bin/sh",
            arguments: ["-c", script],
            outputMax: 100,
            memoryMax: 1 << 30
        )
        let output = shell.run(input: [], until: Instant.now + .seconds(20)) { line in
            line.first == UInt8(ascii: "=") ? nil : line + line
        }
        #expect(output == .success(Array("=aaaaaaaa".utf8)))
        let silent = shell.run(input: [], until: Instant.now + .milliseconds(300)) { _ in
            Array(repeating: UInt8(ascii: "x"), count: 10 << 20)
        }
        #expect(silent == .failure(.timedOut))
        let long = Subprocess(
            "/bin/sh",
            arguments: ["-c", script],
            outputMax: 1,
            memoryMax: 1 << 30
        )
        let tooLong = long.run(input: [], until: Instant.now + .seconds(20)) { $0 }
        #expect(tooLong == .failure(.tooLarge))
    }

    @Test func `A program that ends without a result is told apart`() {
        let shell = Subprocess(
            "/bin/sh",
            arguments: ["-c", "printf x >&3"],
            outputMax: 9,
            memoryMax: 1 << 30
        )
        #expect(shell.run(input: [], until: Instant.now + .seconds(20)) == .failure(.ended))
    }
}
