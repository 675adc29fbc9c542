internal import Time
internal import Config
internal import Connectors
internal import Crypto
internal import Hooks
internal import IO
internal import JSON
internal import OAuth

/// Why a connector's function gave nothing.
struct HookFailure: Error {
    let message: String
    /// Whether it may be otherwise the next time.
    var mayPass = true
}

/// Has connectors' functions run: mappings here and now, JavaScript in `node` on threads of its own.
struct HookDesk: Sendable {
    /// How many processes of node run at once.
    private static let processesMax = 4
    /// How many calls wait for one of them.
    private static let queueMax = 1000

    private let node: Node
    private let pool: BlockingPool
    private let patience: Patience
    private let outbound: OutboundCaller

    init(outbound: OutboundCaller, patience: Patience, node: Node = Node()) {
        self.node = node
        self.patience = patience
        self.outbound = outbound
        pool = BlockingPool(
            name: "hooks",
            threadsMax: Self.processesMax,
            queueMax: Self.queueMax
        )
    }

    /// What a function gives; `nil` for undefined.
    ///
    /// A call in node has the connection's `request_timeout`, and no longer than until `end`. `api`
    /// is where the client of its arguments leads, if it gets one.
    /// - Throws: why it gives nothing; `secrets` do not stand in the message.
    func call(
        _ function: ConnectorFunction,
        of connection: ConnectionConfiguration,
        with arguments: JSONValue,
        api: Destination? = nil,
        hiding secrets: [Secret],
        until end: Instant
    ) async throws(HookFailure) -> JSONValue? {
        guard let connector = connection.connector?.definition else { return nil }
        switch connector[function] {
        case nil: return nil
        case .mapping(let mapping, let file):
            do throws(YAMLError) {
                return try mapping.evaluate(arguments)
            } catch {
                throw HookFailure(message: "\(file):\(error)", mayPass: false)
            }
        case .javascript(let file):
            let name = function.rawValue
            let directory = connector.directory
            let node = node
            let pool = pool
            let timeout = connection.tokens.requestTimeout
            let fetches = ScriptFetch(outbound: outbound, connection: connection, api: api)
            let called = await patience.wait(until: end) {
                () async -> Result<JSONValue?, Node.Failure>? in
                do throws(IOError) {
                    return try await pool.run {
                        let deadline = min(end, Instant.now + timeout)
                        do throws(Node.Failure) {
                            return .success(
                                try node.call(
                                    name,
                                    in: file,
                                    of: directory,
                                    with: arguments,
                                    until: deadline,
                                    fetching: { fetches.answer($0, until: deadline) }
                                )
                            )
                        } catch {
                            return .failure(error)
                        }
                    }
                } catch {
                    return nil
                }
            }
            switch called {
            case .some(.some(.success(let value))): return value
            case .some(.some(.failure(let failure))):
                throw HookFailure(message: Self.message(failure, of: name, hiding: secrets))
            case .some(nil):
                throw HookFailure(message: "too many calls of connectors are under way")
            case nil: throw HookFailure(message: Self.message(.timedOut, of: name, hiding: []))
            }
        }
    }

    private static func message(
        _ failure: Node.Failure,
        of function: String,
        hiding secrets: [Secret]
    ) -> String {
        switch failure {
        case .noNode(let reason): reason
        case .timedOut: "\(function) did not end in time"
        case .tooLarge: "\(function) gave more than \(Node.resultBytesMax / 1024) KiB"
        case .ended: "\(function) ended without a result"
        case .threw(let text):
            "\(function) failed: \(ProviderText.cleaned(text, hiding: secrets))"
        }
    }
}
