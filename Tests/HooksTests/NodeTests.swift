import Hooks
import JSON
import Support
import Testing
import Time

@Suite(.enabled(if: Installed.node, "node is not installed"))
struct NodeTests {
    private let folder: TemporaryFolder
    private let node = Node()

    init() throws { folder = try TemporaryFolder() }

    private func call(
        _ script: String,
        _ argument: JSONValue = [:],
        name: String = "getTokenData",
        patience: Duration = .seconds(20),
        fetching fetch: (JSONValue) -> JSONValue = { _ in ["error": "no network"] }
    ) throws(Node.Failure) -> JSONValue? {
        let file = folder.file("hook.js")
        do { try folder.write("hook.js", script) } catch { throw .threw("cannot write") }
        return try node.call(
            name,
            in: file,
            of: folder.path,
            with: argument,
            until: Instant.now + patience,
            fetching: fetch
        )
    }

    private func failure(_ script: String, patience: Duration = .seconds(20)) -> Node.Failure? {
        do throws(Node.Failure) {
            _ = try call(script, patience: patience)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "exports.getTokenData = async function ({ a }) { return { a, b: 1 } }",
        "module.exports = ({ a }) => ({ a, b: 1 })",
        "module.exports = { getTokenData: ({ a }) => ({ a, b: 1 }) }",
        "exports.default = ({ a }) => ({ a, b: 1 })",
        "export default async function ({ a }) { return { a, b: 1 } }",
        "export const getTokenData = ({ a }) => ({ a, b: 1 })",
        "export default { getTokenData: ({ a }) => ({ a, b: 1 }) }",
        "import { join } from 'node:path'\nexport default ({ a }) => ({ a, b: join('1').length })",
        "const { join } = require('path')\nmodule.exports = ({ a }) => ({ a, b: join('1').length })",
        "const x = await Promise.resolve(1)\nexport default ({ a }) => ({ a, b: x })",
    ])
    func `A function is found however it is exported`(script: String) throws {
        #expect(try call(script, ["a": "x"]) == ["a": "x", "b": 1])
    }

    @Test func `Modules find their neighbours`() throws {
        try folder.write("modern.js", "export const one = 1")
        try folder.write("common.js", "exports.two = 2")
        try folder.write("data.json", #"{"three":3}"#)
        let modern = """
            import { one } from './modern.js'
            import { two } from './common.js'
            import data from './data.json'
            export default async () => [one, two, data.three, (await import('./modern.js')).one]
            """
        #expect(try call(modern) == [1, 2, 3, 1])
        let common = """
            const { two } = require('./common.js')
            module.exports = async () => [two, (await import('./modern.js')).one]
            """
        #expect(try call(common) == [2, 1])
    }

    @Test func `What JSON has no word for is unknown`() throws {
        let script = "module.exports = () => ({ a: undefined, b: NaN, c: null, d: 1 / 0 })"
        #expect(try call(script)?.text == #"{"b":null,"c":null,"d":null}"#)
        #expect(try call("module.exports = () => undefined") == nil)
        #expect(try call("module.exports = () => {}") == nil)
    }

    @Test func `What is printed does not become the result`() throws {
        let script = """
            module.exports = async () => {
              console.log('{"value": 2}'); console.error('x'); process.stdout.write('garbage')
              return 1
            }
            """
        #expect(try call(script) == 1)
    }

    @Test(arguments: [
        ("module.exports = () => { throw new Error('no luck') }", Node.Failure.threw("no luck")),
        ("module.exports = async () => { throw 'text' }", .threw("text")),
        ("throw new Error('at once')", .threw("at once")),
        ("module.exports = () => Promise.reject(new Error('later'))", .threw("later")),
        (
            "setTimeout(() => { throw new Error('aside') }); module.exports = () => new Promise(() => {})",
            .threw("aside")
        ),
        ("exports.other = 1", .threw("the file exports no function getTokenData")),
        ("module.exports = () => process.exit(0)", .ended),
        ("module.exports = () => { process.kill(process.pid, 'SIGKILL') }", .ended),
        ("module.exports = () => 'x'.repeat(300 * 1024)", .tooLarge),
        ("module.exports = () => new Promise(() => {})", .ended),
    ])
    func `A function that fails says how`(script: String, expected: Node.Failure) {
        #expect(failure(script) == expected)
    }

    @Test func `A file that is no JavaScript fails`() {
        guard case .threw = failure("this is { not") else {
            Issue.record("taken")
            return
        }
    }

    @Test(arguments: [
        "module.exports = () => { while (true) {} }",
        "while (true) {}",
        "setInterval(() => {}, 1000); module.exports = () => new Promise(() => {})",
    ])
    func `A function that hangs is ended`(script: String) {
        #expect(failure(script, patience: .milliseconds(700)) == .timedOut)
    }

    @Test func `A function that takes memory without end is ended`() {
        let script = "module.exports = () => { const a = []; while (true) a.push({ x: [1, 2] }) }"
        #expect(failure(script) == .ended)
    }

    @Test func `Buffers beyond the heap have a limit too`() {
        let script = """
            module.exports = () => {
              const a = []
              for (let i = 0; i < 40; i++) a.push(Buffer.alloc(1e8, 1))
            }
            """
        // Versions say it in their own words.
        guard case .threw(let reason)? = failure(script), reason.contains("alloca") else {
            Issue.record("it had the memory")
            return
        }
    }

    @Test func `The environment is empty`() throws {
        let script = "module.exports = () => Object.keys(process.env).length"
        #expect(try call(script) == 0)
    }

    @Test func `Standard input is closed, and the arguments show no secret`() throws {
        let script = """
            const fs = require('fs')
            module.exports = () => {
              try { fs.readFileSync(0); return 'open' } catch { return process.argv.join(' ') }
            }
            """
        let seen = try call(script, ["secret": "s3cret"])?.string ?? ""
        #expect(!seen.contains("s3cret") && seen != "open")
    }

    @Test func `What a function fetches is fetched by us`() throws {
        let script = """
            module.exports = async () => {
              const body = new URLSearchParams({ a: 'b c' })
              const first = await fetch('https://a.test/x y?q=|', {
                method: 'post', headers: { 'X-One': '1' }, body,
              })
              const pair = await Promise.all(['2', '3'].map((n) => fetch(`https://a.test/${n}`)))
              const texts = await Promise.all(pair.map((one) => one.text()))
              return [first.status, first.headers.get('x-two'), await first.json(), ...texts]
            }
            """
        var asked: [JSONValue] = []
        let answers: [JSONValue] = [
            ["status": 302, "headers": [["X-Two", "2"]], "body": "eyJjIjoxfQ=="],
            ["status": 200, "headers": [], "body": "dHdv"],
            ["status": 204, "headers": [], "body": ""],
        ]
        let value = try call(script) { question in
            asked.append(question)
            return answers[asked.count - 1]
        }
        #expect(value == [302, "2", ["c": 1], "two", ""])
        #expect(asked.map { $0["method"] } == ["POST", "GET", "GET"])
        #expect(asked[0]["url"] == "https://a.test/x%20y?q=%7C")
        #expect(asked[0]["body"] == "YT1iK2M=")
        let type: JSONValue = [
            "content-type", "application/x-www-form-urlencoded;charset=UTF-8",
        ]
        #expect(asked[0]["headers"] == [type, ["x-one", "1"]])
        #expect(asked[2]["url"] == "https://a.test/3")
    }

    @Test func `A large answer comes whole, and a function need not wait for one`() throws {
        let text = String(repeating: "QUJD", count: 100_000)
        let answer: JSONValue = ["status": 200, "headers": [], "body": .string(text)]
        let script = "module.exports = async () => (await (await fetch('http://a')).text()).length"
        #expect(try call(script) { _ in answer } == 300_000)
        #expect(try call("module.exports = () => { fetch('http://a'); return 1 }") == 1)
        let aborted = """
            module.exports = async () => {
              try { await fetch('http://a', { signal: AbortSignal.abort() }) } catch (e) { return e.name }
            }
            """
        #expect(try call(aborted) == "AbortError")
    }

    @Test func `A fetch that fails throws what we say`() {
        #expect(
            failure("module.exports = () => fetch('https://a.test/')") == .threw("no network")
        )
    }

    @Test(arguments: [
        "new Promise((_, fail) => require('http').get('http://127.0.0.1:PORT/').on('error', fail))",
        "require('https').get('https://localhost:PORT/')", "require('net').connect(PORT)",
        "require('tls').connect(PORT, '127.0.0.1')",
        "require('http2').connect('http://127.0.0.1:PORT')",
        "require('net').createServer().listen(0)", "require('dgram').createSocket('udp4')",
        "new (require('dgram').Socket)('udp4').send('x', 9, '127.0.0.1')",
        "process.binding('udp_wrap')",
        "require('dns').lookup('localhost', () => {})",
        "require('dns').promises.resolve4('a.test')",
        "import('node:dns').then((dns) => dns.lookup('localhost', () => {}))",
    ])
    func `A function cannot dial by itself`(attempt: String) {
        let script = attempt.replacing("PORT", with: "9")
        let failure = failure("module.exports = async () => { await (\(script)) }")
        let reason = "a connector has no network of its own; it reaches hosts by fetch"
        #expect(failure == .threw(reason))
    }

    @Test func `Only the connector's folder can be read, and nothing started`() throws {
        guard try node.find().major >= 20 else { return }
        try folder.write("near.txt", "inside")
        let script = """
            const fs = require('fs')
            const attempt = (work) => { try { work(); return 'yes' } catch (e) { return e.code } }
            module.exports = () => [
              attempt(() => fs.readFileSync(__dirname + '/near.txt')),
              attempt(() => fs.readFileSync('/etc/passwd')),
              attempt(() => fs.writeFileSync(__dirname + '/new.txt', 'x')),
              attempt(() => require('child_process').execSync('true')),
              attempt(() => new (require('worker_threads').Worker)('1', { eval: true })),
            ]
            """
        let denied: JSONValue = "ERR_ACCESS_DENIED"
        #expect(try call(script) == ["yes", denied, denied, denied, denied])
    }

    @Test func `What a function starts dies with it`() throws {
        let script = "module.exports = () => process.pid"
        let id = try #require(try call(script)?.wholeNumber)
        #expect(Files.read("/proc/\(id)/stat") == nil)
    }

    @Test func `Where there is no node, that is said`() {
        let missing = Node(program: "/nonexistent/node")
        #expect(throws: Node.Failure.noNode("'/nonexistent/node' cannot be run")) {
            try missing.find()
        }
    }
}

/// What these tests need.
enum Installed {
    /// Without node these tests are skipped, but not where they must all run.
    static let node = Program.environment("CI") == "true" || Program.path(of: "node") != nil
}
