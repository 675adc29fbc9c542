package import Config
package import Credentials
internal import IO

/// Changes of which connections there are, while requests are served.
///
/// An event loop looks a connection up, then reads its token, then makes sure that the directory
/// is still the same. So a token leaves its slot before its connection changes, and the next one
/// is published after: no request sees the one without the other.
extension TokenService {
    /// How many credentials follow a change before others have a turn on the loop.
    private static let followingAtOnce = 256

    /// Adds a connection made through the API; requests find it when this returns.
    ///
    /// - Throws: `taken`.
    package func insert(
        _ connection: ConnectionConfiguration
    ) async throws(ConnectionDirectory.Refusal) {
        try directory.insert(connection)
        useKept(of: connection.name)
        await follow([connection.name])
    }

    /// Changes a connection made through the API; what is stored of it stays.
    ///
    /// - Throws: `unknown`, `definedInFile`.
    package func replace(
        _ connection: ConnectionConfiguration
    ) async throws(ConnectionDirectory.Refusal) {
        let affected = lives.values.filter { $0.id.connection == connection.name }
        for live in affected { live.slot.publish(nil) }
        do throws(ConnectionDirectory.Refusal) {
            try directory.replace(connection)
        } catch {
            for live in affected { live.slot.publish(live.machine.snapshot) }
            throw error
        }
        useKept(of: connection.name)
        await follow([connection.name])
    }

    /// Takes a connection made through the API away; no request finds it when this returns.
    ///
    /// What is stored of it stays; where it shall not, `forget(_:)` comes next.
    /// - Throws: `unknown`, `definedInFile`.
    package func remove(_ name: String) async throws(ConnectionDirectory.Refusal) {
        try directory.remove(name)
        await follow([name])
    }

    /// Takes the connections of a file that was read again; flights go on all the same.
    ///
    /// What is published follows before this returns: the token of a connection that is gone is no
    /// longer there.
    package func reconfigure(_ file: [ConnectionConfiguration]) async {
        for live in lives.values { live.slot.publish(nil) }
        let before = directory.connections.keys
        directory.define(file: file)
        await follow(Set(before).union(directory.connections.keys))
        await caller.forgetFiles()
    }

    /// Has credentials and lists follow the directory.
    ///
    /// Those at rest do so some at a time, and at once when somebody asks for them; a flight under
    /// way counts under the new configuration when it ends.
    private func follow(_ names: Set<String>) async {
        let before = connections
        for name in names { connections[name] = directory[name]?.connection }
        followInLists(names, before)
        lift { names.contains($0.connection) }
        for (id, live) in lives where names.contains(id.connection) {
            if live.machine.flight == nil { outdated.insert(id) } else { reconfigure(live) }
        }
        while !outdated.isEmpty {
            for id in Array(outdated.prefix(Self.followingAtOnce)) { _ = current(id) }
            if !outdated.isEmpty { await Task.yield() }
        }
    }

    /// Has records opened anew that may mean something else under the new configuration.
    private func followInLists(_ names: Set<String>, _ before: [String: ConnectionConfiguration]) {
        let changed = names.filter { name in
            guard let new = connections[name] else {
                index.remove(connection: name)
                return false
            }
            guard let old = before[name] else { return true }
            let id = CredentialID(connection: name)
            return old.tokens.keepAlive != new.tokens.keepAlive
                || FlightRules(of: old, for: id).seed != FlightRules(of: new, for: id).seed
        }
        guard desk.survey.forget(connections: changed) else { return }
        looks.expire()
        loop.start { await self.survey() }
    }

    /// Has one credential follow.
    func reconfigure(_ live: LiveCredential) {
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
        live.tellPause?.resume(true)
        settle(live)
    }
}
