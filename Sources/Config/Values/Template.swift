/// A text with fields in it: `Bearer {{access_token}}`.
///
/// Inside the braces stands a field's name, then any of `| default "x"` and `| base64`; or `basic
/// USER PASSWORD` (each a field or a quoted text), which gives the credentials of RFC 7617 with
/// their `Basic ` unless that already stands in front.
package struct Template: Sendable, Hashable {
    /// A stretch of a template.
    enum Piece: Sendable, Hashable {
        case literal(String)
        case field(Field)
        case basic(user: Operand, password: Operand)
    }

    /// A field and what is done with its value.
    struct Field: Sendable, Hashable {
        var name: String
        var fallback: String?
        var base64 = false
    }

    /// A part of Basic credentials.
    enum Operand: Sendable, Hashable {
        case field(String)
        case text(String)
    }

    let pieces: [Piece]
    /// The template as it may be shown: `${…}` references are not resolved in it.
    package let source: String
    /// Whether a connector's JavaScript made it, so that nothing in it is the file's own.
    let isMade: Bool

    /// Reads a template.
    ///
    /// - Parameters:
    ///   - text: the template, references resolved.
    ///   - opaque: the UTF-8 offsets of what came out of references: braces in there are text.
    ///   - source: what to show in the place of `text`, if it holds what must not be shown.
    /// - Throws: `TemplateError.syntax`.
    package init(
        _ text: String,
        opaque: [Range<Int>] = [],
        source: String? = nil
    ) throws(TemplateError) {
        var parser = TemplateParser(text, opaque: opaque)
        pieces = try parser.parse()
        self.source = source ?? text
        isMade = false
    }

    /// The default of `header Authorization`.
    package static let bearer = Template(
        pieces: [.literal("Bearer "), .field(Field(name: "access_token"))],
        source: "Bearer {{access_token}}"
    )

    /// A template that is nothing but text.
    package static func literal(_ text: String) -> Template {
        Template(pieces: text.isEmpty ? [] : [.literal(text)], source: text)
    }

    /// A text that a connector's JavaScript made.
    static func made(_ text: String) -> Template {
        Template(pieces: [.literal(text)], source: text, isMade: true)
    }

    init(pieces: [Piece], source: String, isMade: Bool = false) {
        self.pieces = pieces
        self.source = source
        self.isMade = isMade
    }

    /// This template, in which a field that has no value stands for nothing.
    package var emptyWhereMissing: Template {
        let filled = pieces.map { piece in
            guard case .field(var field) = piece else { return piece }
            field.fallback = field.fallback ?? ""
            return .field(field)
        }
        return Template(pieces: filled, source: source, isMade: isMade)
    }

    /// Whether there are no fields in it.
    package var isLiteral: Bool { fields.isEmpty && literalText != nil }

    /// The text, if there is nothing but text.
    package var literalText: String? {
        var text = ""
        for piece in pieces {
            guard case .literal(let part) = piece else { return nil }
            text += part
        }
        return text
    }

    /// The text with some fields filled in and the names of the others, to compare two templates.
    ///
    /// It holds what references stand for, so it is not to be shown.
    package func comparableText(filling value: (String) -> String?) -> String {
        pieces.map { piece in
            switch piece {
            case .literal(let text): text
            case .field(let field): value(field.name) ?? "{{\(field.name)}}"
            case .basic: "{{basic}}"
            }
        }.joined()
    }

    /// The names of all the fields in it.
    package var fields: Set<String> { names { _ in true } }

    /// The names of the fields that must have a value: those without a default.
    package var requiredFields: Set<String> { names { $0.fallback == nil } }

    private func names(where isMeant: (Field) -> Bool) -> Set<String> {
        var names: Set<String> = []
        for piece in pieces {
            switch piece {
            case .literal: break
            case .field(let field): if isMeant(field) { names.insert(field.name) }
            case .basic(let user, let password):
                for case .field(let name) in [user, password] { names.insert(name) }
            }
        }
        return names
    }
}

extension Template: CustomStringConvertible {
    /// The source, without what references stand for.
    package var description: String { source }
}

/// Why a template cannot be read or rendered.
package enum TemplateError: Error, Sendable, Hashable {
    /// The text is not a template.
    case syntax(String)
    /// A field has no value.
    case missing(field: String)
    /// A value holds what its place cannot: a line break, a slash in a host …
    case unsafeValue(field: String, place: String)
    /// The result is empty.
    case empty
    /// The result is not a URI that may be called.
    case uri(String)
    /// The result leads to a host that `allow_hosts` does not name.
    case hostNotAllowed(String)
}

extension TemplateError: CustomStringConvertible {
    /// A sentence without any value in it, but for hosts.
    package var description: String {
        switch self {
        case .syntax(let reason): reason
        case .missing(let field): "the field '\(field)' has no value"
        case .unsafeValue(let field, let place):
            "the value of '\(field)' holds what a \(place) cannot hold"
        case .empty: "the result is empty"
        case .uri(let reason): reason
        case .hostNotAllowed(let host): "allow_hosts does not name the host '\(host)'"
        }
    }
}
