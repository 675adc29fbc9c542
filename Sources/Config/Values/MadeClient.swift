internal import Crypto
internal import HTTP

/// How one account's API is called, as a connector's JavaScript said it for one token.
package struct MadeClient: Sendable, Equatable {
    /// `nil` where the file itself writes `base_uri`.
    package let baseURI: String?
    package let headers: [NamedSecret]
    package let query: [NamedSecret]

    /// Takes down what was made.
    package init(baseURI: String?, headers: [NamedSecret], query: [NamedSecret]) {
        self.baseURI = baseURI
        self.headers = headers
        self.query = query
    }
}

extension ConnectionConfiguration {
    /// This connection with what was made for one token; what the file says itself stays.
    package func calling(with client: MadeClient?) -> ConnectionConfiguration {
        guard let client else { return self }
        var result = self
        if let base = client.baseURI {
            result.api.baseURI = .made(base)
        }
        result.api.headers = Self.merged(api.headers, over: client.headers)
        result.api.query = Self.merged(api.query, over: client.query)
        return result
    }

    private static func merged(
        _ own: [NamedTemplate],
        over made: [NamedSecret]
    ) -> [NamedTemplate] {
        let names = Set(own.map { $0.name.lowercased() })
        return own
            + made.filter { !names.contains($0.name.lowercased()) }.map {
                NamedTemplate($0.name, .literal($0.value.reveal()))
            }
    }

    /// Why a client that JavaScript made cannot be used; `nil` if it can.
    package func problem(with client: MadeClient) -> String? {
        for header in client.headers {
            if let problem = ValueReader.headerProblem(header.name) { return problem }
            let isSendable = header.value.withBytes { (bytes: Span<UInt8>) in
                !bytes.isEmpty
                    && bytes.indices.allSatisfy { bytes[$0] >= 0x20 && bytes[$0] != 0x7F }
            }
            if !isSendable { return "the header \(header.name) cannot be sent" }
        }
        let calling = calling(with: client)
        do throws(TemplateError) {
            let destination = try calling.baseURI { _ in nil }
            return destination.uri.query == nil ? nil : "the base URI may hold no query"
        } catch .missing {
            // The file's own base URI has fields, whose values are not known here.
            return client.baseURI == nil && connector?.written.contains("base_uri") == true
                ? nil : "there is no baseUri"
        } catch {
            return error.description
        }
    }
}
