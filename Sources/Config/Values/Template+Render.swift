import Crypto
import HTTP

extension Template {
    /// The place a template's result goes to, which rules how values are written.
    package enum Context: String, Sendable {
        /// A header's value: no control bytes but the tab.
        case header = "header"
        /// A part of a path: escaped, slashes too; no segment may become `.` or `..`.
        case path = "path"
        /// A part of a query: escaped.
        case query = "query"
        /// A part of a host: letters, digits, `-`, `_` and `.` only.
        case host = "host"
        /// Any text without CR, LF and NUL.
        case raw = "text"
    }

    /// The text with its fields filled in.
    ///
    /// An empty value counts as missing. Literal parts are written as they are, but that what a query
    /// cannot hold is escaped in one.
    ///
    /// - Parameters:
    ///   - context: where the result goes.
    ///   - lookup: a field's value.
    /// - Returns: what may be written at that place without another look.
    /// - Throws: `missing`, `unsafeValue`; `empty` if nothing remains of a header or a host.
    package func render(
        context: Context,
        lookup: (String) -> String?
    ) throws(TemplateError) -> String {
        var result = ""
        for piece in pieces {
            result += try Template.text(of: piece, after: result, context, lookup)
        }
        switch context {
        case .header:
            // A header of nothing but spaces is an empty one.
            guard result.utf8.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { throw .empty }
        case .host: if result.isEmpty { throw .empty }
        case .path: try checkSegments(result)
        case .query, .raw: break
        }
        return result
    }

    /// The text of one piece, encoded for its place.
    static func text(
        of piece: Piece,
        after front: String,
        _ context: Context,
        _ lookup: (String) -> String?
    ) throws(TemplateError) -> String {
        switch piece {
        case .literal(let text): return context == .query ? FormEncoding.completeQuery(text) : text
        case .field(let field):
            guard let value = nonEmpty(lookup(field.name)) ?? field.fallback else {
                throw .missing(field: field.name)
            }
            let text = field.base64 ? Base64.encode(Array(value.utf8)) : value
            return try encode(text, of: field.name, context)
        case .basic(let user, let password):
            let pair = try "\(value(of: user, lookup)):\(value(of: password, lookup))"
            let text = Base64.encode(Array(pair.utf8))
            let isNamed = front.lowercased().hasSuffix("basic ")
            return try encode(isNamed ? text : "Basic \(text)", of: "basic", context)
        }
    }

    private static func value(
        of operand: Operand,
        _ lookup: (String) -> String?
    ) throws(TemplateError) -> String {
        switch operand {
        case .text(let text): return text
        case .field(let name):
            guard let value = nonEmpty(lookup(name)) else { throw .missing(field: name) }
            return value
        }
    }

    private static func nonEmpty(_ value: String?) -> String? {
        value?.isEmpty == true ? nil : value
    }

    /// A value as its place wants it.
    static func encode(
        _ value: String,
        of field: String,
        _ context: Context
    ) throws(TemplateError) -> String {
        guard !value.utf8.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) else {
            throw .unsafeValue(field: field, place: context.rawValue)
        }
        switch context {
        case .raw: return value
        case .header:
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .unsafeValue(field: field, place: context.rawValue)
            }
            return value
        case .host:
            guard value.utf8.allSatisfy({ HostName.isLabelByte($0) || $0 == UInt8(ascii: ".") })
            else { throw .unsafeValue(field: field, place: context.rawValue) }
            return value
        case .path, .query: return FormEncoding.percentEncode(value)
        }
    }

    /// Refuses a path that climbs, be it written so or made so by fields: `.` and `..` are what
    /// escaping leaves as they are.
    func checkSegments(_ path: String) throws(TemplateError) {
        guard Template.climbs(path) else { return }
        let written = pieces.map { piece in
            if case .literal(let text) = piece { text } else { "x" }
        }
        guard let field = fields.min(), !Template.climbs(written.joined().prefix { $0 != "?" })
        else { throw .uri("a path cannot hold the segments '.' and '..'") }
        throw .unsafeValue(field: field, place: "path")
    }

    private static func climbs(_ path: some StringProtocol) -> Bool {
        path.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }
}

extension NamedTemplate {
    /// The rendered value; `nil` where it is to be left out.
    ///
    /// - Throws: what `Template.render` throws.
    package func render(
        context: Template.Context,
        lookup: (String) -> String?
    ) throws(TemplateError) -> String? {
        do throws(TemplateError) {
            return try template.render(context: context, lookup: lookup)
        } catch .missing where isOptional {
            return nil
        }
    }
}
