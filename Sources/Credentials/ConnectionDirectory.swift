package import Config
import Synchronization

/// Every connection that there is at this moment, by name: those of the configuration file, and
/// those made through the API, which a name in the file hides.
///
/// It may be read from any thread, by an event loop through a `DirectoryReader`. Changes go through
/// the token service, which does its own part in the right order.
package final class ConnectionDirectory: Sendable {
    /// Who defined a connection.
    package enum Source: String, Sendable {
        case file, api
    }

    /// A connection as it is listed.
    package final class Entry: Sendable {
        package let connection: ConnectionConfiguration
        package let source: Source
        /// Names this state of the connection; never used again, not even for the same name.
        package let version: Int

        fileprivate init(_ connection: ConnectionConfiguration, _ source: Source, version: Int) {
            self.connection = connection
            self.source = source
            self.version = version
        }
    }

    /// Why a change cannot be made.
    package enum Refusal: Error, Equatable, Sendable {
        /// There is a connection of that name.
        case taken(by: Source)
        /// Only the file can change it.
        case definedInFile
        case unknown
    }

    /// Both sets of definitions; those of the file win.
    private struct State {
        var file: [String: Entry] = [:]
        var made: [String: Entry] = [:]
        var versions = 0

        subscript(name: String) -> Entry? { file[name] ?? made[name] }

        var all: [String: Entry] { made.merging(file) { _, file in file } }

        mutating func entry(_ connection: ConnectionConfiguration, _ source: Source) -> Entry {
            versions &+= 1
            return Entry(connection, source, version: versions)
        }

        mutating func define(_ connections: [ConnectionConfiguration]) {
            file = [:]
            for connection in connections where file[connection.name] == nil {
                file[connection.name] = entry(connection, .file)
            }
        }

        /// Makes sure that a connection may be changed through the API.
        func check(_ name: String) throws(Refusal) {
            guard let entry = self[name] else { throw .unknown }
            guard entry.source == .api else { throw .definedInFile }
        }
    }

    private let state: Mutex<State>
    private let observers = Mutex<[@Sendable () -> Void]>([])
    private let stamp = Atomic<Int>(0)

    /// A directory of the connections of a configuration file.
    package init(file connections: [ConnectionConfiguration]) {
        var state = State()
        state.define(connections)
        self.state = Mutex(state)
    }

    /// Changes with every change of the directory.
    package var currentStamp: Int { stamp.load(ordering: .acquiring) }

    /// The connection of a name; `nil` when there is none.
    package subscript(name: String) -> Entry? { state.withLock { $0[name] } }

    /// All connections, in the order of their names.
    package var entries: [Entry] {
        state.withLock { state in
            state.all.values.sorted { $0.connection.name < $1.connection.name }
        }
    }

    /// All connections by name.
    package var connections: [String: ConnectionConfiguration] {
        state.withLock { state in
            state.all.mapValues(\.connection)
        }
    }

    /// Adds a connection made through the API.
    package func insert(_ connection: ConnectionConfiguration) throws(Refusal) {
        try change { state throws(Refusal) in
            if let there = state[connection.name] { throw .taken(by: there.source) }
            state.made[connection.name] = state.entry(connection, .api)
        }
    }

    /// Puts a connection made through the API in the place of the one of its name.
    package func replace(_ connection: ConnectionConfiguration) throws(Refusal) {
        try change { state throws(Refusal) in
            try state.check(connection.name)
            state.made[connection.name] = state.entry(connection, .api)
        }
    }

    /// Removes a connection made through the API.
    package func remove(_ name: String) throws(Refusal) {
        try change { state throws(Refusal) in
            try state.check(name)
            state.made[name] = nil
        }
    }

    /// Takes the connections of a file that was read again.
    package func define(file connections: [ConnectionConfiguration]) {
        state.withLock { $0.define(connections) }
        changed()
    }

    /// Has a closure called after each change, on the thread of who made it.
    package func observe(_ observer: @escaping @Sendable () -> Void) {
        observers.withLock { $0.append(observer) }
    }

    private func change(_ body: (inout State) throws(Refusal) -> Void) throws(Refusal) {
        try state.withLock { state throws(Refusal) in try body(&state) }
        changed()
    }

    private func changed() {
        stamp.wrappingAdd(1, ordering: .releasing)
        for observer in observers.withLock({ $0 }) { observer() }
    }
}

/// One event loop's view of the directory; belongs to that loop alone.
///
/// For each look-up it loads one number, and takes the lock only for names that were not asked for
/// since that number changed.
package struct DirectoryReader {
    private let directory: ConnectionDirectory
    private var stamp: Int
    private var found: [String: ConnectionDirectory.Entry] = [:]

    /// Begins to read a directory.
    package init(_ directory: ConnectionDirectory) {
        self.directory = directory
        stamp = directory.currentStamp
    }

    /// The connection of a name as it is now; `nil` when there is none.
    package mutating func entry(named name: String) -> ConnectionDirectory.Entry? {
        let now = directory.currentStamp
        if now != stamp {
            // The stamp is taken first: a change in between is seen the next time.
            stamp = now
            found = [:]
        }
        if let entry = found[name] { return entry }
        let entry = directory[name]
        if let entry { found[name] = entry }
        return entry
    }
}
