internal import Config
internal import HTTP

/// What a provider sends back through the browser.
struct CallbackReader {
    /// All parameters, as they came.
    let values: [String: String]

    /// Reads a query; `nil` if its encoding is broken, a parameter comes twice (RFC 6749
    /// section 3.1), or a value has a line end, which no header could carry later.
    init?(_ query: String) {
        guard let items = FormEncoding.decode(query) else { return nil }
        var values: [String: String] = [:]
        for (name, value) in items {
            guard values.updateValue(value, forKey: name) == nil,
                value.utf8.allSatisfy({ $0 != 0 && $0 != 0x0A && $0 != 0x0D })
            else { return nil }
        }
        self.values = values
    }

    /// A parameter's value; `nil` for none and for an empty one (RFC 6749 section 3.1).
    subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The state, whatever this provider calls it: nobody else could have sealed it.
    ///
    /// Which connection it is for, and so what the parameter should be called, is only known from it.
    func state(_ envelope: Envelope) -> (name: String, state: FlowState)? {
        if let text = self["state"], let state = FlowState(text, envelope) {
            return ("state", state)
        }
        for (name, text) in values {
            if let state = FlowState(text, envelope) { return (name, state) }
        }
        return nil
    }

    /// The parameters that a connection keeps, under the names of fields.
    func kept(by connection: ConnectionConfiguration) -> [String: String] {
        var kept: [String: String] = [:]
        for name in connection.callbackKeep {
            if let value = self[name] { kept[name] = value }
        }
        return kept
    }
}

extension ConnectionConfiguration {
    /// What this provider calls a parameter of its callback.
    func callbackName(of parameter: String) -> String {
        callbackNames.first { $0.name == parameter }?.value ?? parameter
    }
}
