package import Config
package import Credentials

/// Changes of which connections there are, while requests are served.
///
/// An event loop looks a connection up, then reads its token, then makes sure that the directory
/// is still the same. So a token leaves its slot before its connection changes, and the next one
/// is published after: no request sees the one without the other.
extension TokenService {
    /// Adds a connection made through the API; requests find it when this returns.
    ///
    /// - Throws: `taken`.
    package func insert(
        _ connection: ConnectionConfiguration
    ) throws(ConnectionDirectory.Refusal) {
        try directory.insert(connection)
        follow(connection.name)
    }

    /// Changes a connection made through the API; what is stored of it stays.
    ///
    /// - Throws: `unknown`, `definedInFile`.
    package func replace(
        _ connection: ConnectionConfiguration
    ) throws(ConnectionDirectory.Refusal) {
        defer { follow(connection.name) }
        for live in lives.values where live.id.connection == connection.name {
            live.slot.publish(nil)
        }
        try directory.replace(connection)
    }

    /// Takes a connection made through the API away; no request finds it when this returns.
    ///
    /// What is stored of it stays; where it shall not, `forget(connection:)` comes next.
    /// - Throws: `unknown`, `definedInFile`.
    package func remove(_ name: String) throws(ConnectionDirectory.Refusal) {
        try directory.remove(name)
        follow(name)
    }

    /// Takes the connections of a file that was read again; flights go on all the same.
    ///
    /// What is published follows before this returns: the token of a connection that is gone is no
    /// longer there.
    package func reconfigure(_ file: [ConnectionConfiguration]) async {
        for live in lives.values { live.slot.publish(nil) }
        directory.define(file: file)
        connections = directory.connections
        for live in lives.values { reconfigure(live) }
        await caller.forgetTLS()
    }

    private func follow(_ name: String) {
        connections[name] = directory[name]?.connection
        for live in lives.values where live.id.connection == name { reconfigure(live) }
    }

    private func reconfigure(_ live: LiveCredential) {
        guard let connection = connections[live.id.connection] else {
            live.connection = nil
            live.slot.publish(nil)
            live.wake(.again)
            return
        }
        live.connection = connection
        let rules = FlightRules(of: connection, for: live.id)
        let replaced = live.machine.reconfigured(rules, at: moment())
        live.slot.publish(live.machine.snapshot)
        if replaced != nil {
            live.wake(.again)
            changed(live)
        }
        arm(live)
    }
}
