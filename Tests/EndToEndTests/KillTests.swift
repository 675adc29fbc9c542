import FoundationEssentials
import Glibc
import Support
import Testing

extension EndToEnd {
    /// Death at random moments of a rotating refresh, against the provider that revokes a whole
    /// family when a refresh token comes twice.
    @Suite struct KillTests {
        private static let kills = Program.environment("ATTACHE_KILLS").flatMap(Int.init) ?? 100

        @Test func `no kill loses a credential that the provider has not taken back`() throws {
            var run = try KillRun()
            for _ in 1...Self.kills { try run.killOnce() }
            // Otherwise the kills missed the moments that matter.
            #expect(run.uncommitted > 0)
            #expect(run.committed > 0)
        }
    }
}

/// A proxy that is killed and started again on one vault.
private struct KillRun {
    private let sandbox: Sandbox
    private let settings: String
    private var proxy: Attache
    private var family: String
    /// Microseconds within which a refresh is over.
    private let window: UInt32
    /// The highest number of an access token that a request has had.
    private var lastNumber = 0
    /// Kills before the provider had committed, and after.
    private(set) var uncommitted = 0
    private(set) var committed = 0

    init() throws {
        sandbox = try Sandbox("rotating")
        let grant = try sandbox.grant()
        family = grant.family
        settings = sandbox.configuration(
            "grant refresh_token; refresh_token \(grant.refresh_token);"
        )
        proxy = try Attache(settings)
        // The answer is late, so that there is time to die between commit and answer.
        let late = #"{"delay_ms": 4, "times": 1000000}"#
        try sandbox.control("script", late, as: Sandbox.Anything.self)
        let start = ContinuousClock.now
        for _ in 1...5 {
            let answer = try proxy.beginRefresh(of: "sandbox").readResponse(answering: "POST")
            guard answer.status == 200 else { throw TestFailure(answer.text) }
        }
        let each = (ContinuousClock.now - start) / 5
        window = UInt32(each / .microseconds(1) * 1.3)
        try use()
    }

    /// Kills it at a random moment of a refresh, starts it again, and looks whether what it says
    /// is what it may say.
    mutating func killOnce() throws {
        let before = try sandbox.refreshes(of: family)
        let refresh = try proxy.beginRefresh(of: "sandbox")
        usleep(.random(in: 0..<window))
        proxy.process.kill()
        // An answer that had left before the kill is a promise.
        let isPromised = (try? refresh.readResponse(answering: "POST"))?.status == 200
        // The provider may have got the request and be thinking still.
        let after = try Plateau.settle { try sandbox.refreshes(of: family) }
        if after == before { uncommitted += 1 } else { committed += 1 }
        proxy = try Attache(settings, in: proxy.folder)

        // The old token may still serve a request until the lost answer is known to be lost.
        let early = try proxy.fetch("/api/x")
        if early.status == 200 { try note(early) }
        let restarted = proxy
        try Wait.until("the recovery to end") {
            try restarted.state(of: "sandbox").state != "refreshing"
        }
        let response = try proxy.fetch("/api/x")
        if response.status == 200 {
            try note(response)
            return
        }
        // A call that was on its way may have been committed only now.
        let late = try sandbox.refreshes(of: family)
        let mayAsk = late > before && !isPromised
        #expect(mayAsk, "\(before) to \(after), promised: \(isPromised): \(response.text)")
        #expect(response.status == 424, "\(response.status) \(response.text)")
        #expect(try proxy.state(of: "sandbox").state == "needs_authorization")
        try reconnect()
    }

    /// Sends a request that must work.
    private mutating func use() throws {
        let response = try proxy.fetch("/api/x")
        guard response.status == 200 else {
            throw TestFailure("\(response.status) \(response.text)\n\(proxy.process.transcript)")
        }
        try note(response)
    }

    /// Checks that no request gets an older token than one before it.
    private mutating func note(_ response: ProbeResponse) throws {
        let answer = try JSONDecoder().decode(SandboxEcho.self, from: Data(response.body))
        let number = answer.token.number ?? 0
        #expect(number >= lastNumber, "token \(number) after \(lastNumber)")
        lastNumber = number
    }

    /// Brings a refresh token of a new family, as a person would.
    private mutating func reconnect() throws {
        let grant = try sandbox.grant()
        family = grant.family
        lastNumber = 0
        let body = #"{"refresh_token": "\#(grant.refresh_token)"}"#
        let answer = try proxy.admin("PUT", "/connections/sandbox/credentials", body)
        guard answer.status == 200 else { throw TestFailure(answer.text) }
        try use()
    }
}

/// What the sandbox's API answers, as far as it is asked for here.
private struct SandboxEcho: Decodable {
    struct Token: Decodable {
        /// How many tokens the family had before it.
        var number: Int?
    }

    var token: Token
}

extension Plateau {
    /// Asks until two answers in a row, 10 ms apart, are the same.
    static func settle(_ ask: () throws -> Int) throws -> Int {
        var last = try ask()
        while true {
            usleep(10_000)
            let now = try ask()
            if now == last { return now }
            last = now
        }
    }
}
