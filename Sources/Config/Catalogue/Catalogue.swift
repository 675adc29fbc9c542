/// The providers that are built in, read when they are asked for and not before.
package enum Catalogue {
    /// The bytes of each provider's block, from its first line to its closing brace.
    ///
    /// In the file every block begins with `provider NAME {` and ends with `}`, each at the start of a
    /// line; so a provider is found without reading the others.
    private static let blocks: [String: ArraySlice<UInt8>] = {
        let bytes = PackageResources.providers_conf
        let start = Array("provider ".utf8)
        var blocks: [String: ArraySlice<UInt8>] = [:]
        var index = 0
        var open: (name: String, from: Int)?
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
            let line = bytes[index..<end]
            if line.starts(with: start) {
                let name = line.dropFirst(start.count).prefix { $0 != 0x20 }
                open = (String(decoding: name, as: UTF8.self), index)
            } else if line.first == UInt8(ascii: "}"), let (name, from) = open {
                blocks[name] = bytes[from..<end]
                open = nil
            }
            index = end + 1
        }
        return blocks
    }()

    /// Every provider's name, in order.
    package static let names = blocks.keys.sorted()

    /// What is told of a provider; `nil` if there is none of that name.
    package static func entry(named name: String) -> CatalogueEntry? {
        Provider(named: name).map(CatalogueEntry.init)
    }

    /// The text of a provider's block; `nil` if there is none.
    static func text(of name: String) -> ArraySlice<UInt8>? { blocks[name] }

    /// The end of a message about a name that is none: what may have been meant.
    package static func hint(for name: String) -> String {
        NearestWord.hint(for: name, among: names)
    }

    /// The names of the providers with an endpoint at a host, or at all hosts under one (`*.x`).
    private static let namesByHost: [String: [String]] = {
        var found: [String: [String]] = [:]
        for name in names {
            for host in Provider(named: name)?.hosts ?? [] {
                found[host.description, default: []].append(name)
            }
        }
        return found
    }()

    /// What is known of the provider at a host: where several are there, what is true of each.
    static func provider(at host: String) -> Provider? {
        var names = namesByHost[host]
        var rest = host[...]
        while names == nil, let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            names = namesByHost["*.\(rest)"]
        }
        let providers = (names ?? []).compactMap { Provider(named: $0) }
        return providers.first.map { $0.knowing(only: providers) }
    }
}
