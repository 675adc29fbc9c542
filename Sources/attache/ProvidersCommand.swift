import Config

/// `attache providers`: the catalogue's names, or a connection to paste.
enum ProvidersCommand {
    static func run(_ arguments: inout Arguments) throws(Arguments.Fault) -> Command.Exit {
        let name = arguments.word()
        try arguments.finish()
        guard let name else {
            System.write(Catalogue.names.map { "\($0)\n" }.joined())
            return .success
        }
        guard let entry = Catalogue.entry(named: name) else {
            let message = "there is no provider '\(name)'\(Catalogue.hint(for: name))"
            System.write("attache providers: \(message)\n", to: 2)
            return .failure
        }
        System.write(entry.sample)
        return .success
    }
}
