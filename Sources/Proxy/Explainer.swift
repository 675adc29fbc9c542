internal import Bytes
package import Config
internal import Credentials
internal import HTTP
internal import IO

/// Says what would happen to a request, by the very functions that requests are served with.
package struct Explainer {
    private let listeners: [ListenerConfiguration]
    private let gate: Gate
    private let directory: ConnectionDirectory
    /// Where we listen ourselves, the admin API included.
    let ownAddresses: [SocketAddress]

    /// Prepares a configuration as a worker does; connections made through the API are not known.
    package init(_ configuration: Configuration) {
        listeners = configuration.listeners
        let binds = listeners.flatMap(\.binds) + (configuration.admin?.binds ?? [])
        ownAddresses = binds.compactMap { bind in
            guard case .tcp(let host, let port) = bind.address else { return nil }
            return SocketAddress(ip: host, port: port)
        }
        directory = ConnectionDirectory(file: configuration.connections.map(Self.masked))
        gate = Gate(
            table: RouteTable(configuration, directory),
            callers: CallerTable(configuration.callers)
        )
    }

    /// What would happen to a request; `nil` when nothing listens.
    ///
    /// `url`: absolute, or a path alone, which may come to any listener. `fields`: name and value.
    package func explain(
        method: String,
        url: String,
        fields: [(name: String, value: String)]
    ) -> Explanation? {
        let target = AskedURL(url)
        let binds = listeners.flatMap { listener in listener.binds.map { (listener, $0) } }
        var told = binds.filter { target.names($0.1) }
        // Under another name a client comes to whatever listens at that port.
        if told.isEmpty { told = binds.filter { target.isPort(of: $0.1) } }
        let tried = (told.isEmpty ? binds : told).map { listener, bind in
            explain(method, target, fields, listener, bind, isTold: !told.isEmpty)
        }
        return tried.first { $0.refusal == nil } ?? tried.first { $0.refusal != .misdirected }
            ?? tried.first
    }

    private func explain(
        _ method: String,
        _ target: AskedURL,
        _ fields: [(name: String, value: String)],
        _ listener: ListenerConfiguration,
        _ bind: BindConfiguration,
        isTold: Bool
    ) -> Explanation {
        var result = Explanation(listener: listener.name, isListenerTold: isTold)
        let port = Port(
            listener,
            hosts: bind.hosts,
            tls: nil,
            count: ConnectionCount(connectionsMax: 1)
        )
        let text = target.head(method, fields, host: bind.hosts?.first ?? "\(bind.address)")
        let source = Buffer(capacity: text.utf8.count)
        source.append(text)
        let exchange = Exchange()
        do throws(Refusal) {
            try source.withReadable { (bytes: Span<UInt8>) throws(Refusal) in
                try read(bytes, into: exchange, port.limits)
                result.isPage = port.hasPages && PageHandler.has(bytes, exchange.request.path)
                guard !result.isPage else { return }
                var reader = DirectoryReader(directory)
                try gate.admit(
                    exchange.request,
                    bytes,
                    at: port,
                    &reader,
                    into: &exchange.admission
                )
            }
        } catch .optionsAnswered {
            result.isAnswered = true
        } catch {
            result.refusal = error
        }
        note(exchange.admission, in: &result)
        if result.refusal == nil, !result.isPage, !result.isAnswered {
            follow(exchange, source, into: &result)
        }
        return result
    }

    private func read(
        _ bytes: Span<UInt8>,
        into exchange: Exchange,
        _ limits: HeadLimits
    ) throws(Refusal) {
        do throws(HTTPError) {
            if let length = try exchange.request.parse(bytes, limits: limits) {
                exchange.headLength = length
                return
            }
        } catch {
            throw .malformed(error)
        }
        throw .requestIncomplete
    }

    private func note(_ admission: Admission, in result: inout Explanation) {
        result.caller = admission.caller?.name
        result.route = admission.block?.configuration.pattern
        result.connection = admission.connectionName
        result.tenant = admission.tenant
        result.timeouts = admission.block?.configuration.timeouts
    }
}
