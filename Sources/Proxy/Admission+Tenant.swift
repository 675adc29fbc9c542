internal import Bytes
internal import Config
internal import HTTP

extension Gate {
    /// Finds out which account a request is for, and whether its caller may name that one.
    ///
    /// A caller that is bound to tenants never reaches another account through a route that knows
    /// tenants; bound to a single one, it need not name it.
    /// - Throws: `tenantRequired`, `badTarget`, `forbidden`.
    func chooseTenant(
        _ block: RouteBlock,
        _ head: RequestHead,
        _ bytes: Span<UInt8>,
        into admission: inout Admission
    ) throws(Refusal) {
        let own = admission.caller?.tenants ?? []
        switch block.configuration.tenant {
        case .none: return
        case .fixed(let name): admission.tenant = name
        case .header(_, let required):
            admission.tenant = try Self.named(by: block.tenantHeader ?? [], head, bytes)
            if admission.tenant == nil, !required, own.count == 1 { admission.tenant = own.first }
            guard admission.tenant != nil || !required && own.isEmpty else {
                throw .tenantRequired("The header that names the tenant is missing.")
            }
        case .nextSegment: admission.tenant = try Self.segment(of: &admission.rest, bytes)
        case .caller:
            guard own.count == 1 else { throw .forbidden("This caller is not a single tenant.") }
            admission.tenant = own.first
        }
        if let caller = admission.caller, let tenant = admission.tenant, !own.isEmpty {
            guard caller.mayName(tenant) else {
                throw .forbidden("This caller may not name this tenant.")
            }
        }
    }

    /// The tenant that a header names; `nil` without the header.
    private static func named(
        by name: [UInt8],
        _ head: RequestHead,
        _ bytes: Span<UInt8>
    ) throws(Refusal) -> String? {
        var tenant: String?
        for field in head.fields where field.isNamed(name.span, in: bytes) {
            guard tenant == nil else { throw .tenantRequired("Two headers name a tenant.") }
            var value: [UInt8] = []
            for index in field.value.lower..<field.value.upper { value.append(bytes[index]) }
            tenant = try checked(String(validating: value, as: UTF8.self))
        }
        return tenant
    }

    /// The tenant that the next segment of the path names.
    private static func segment(
        of rest: inout ByteRange,
        _ bytes: Span<UInt8>
    ) throws(Refusal) -> String {
        guard let segment = PathSegments.first(of: &rest, in: bytes), !segment.isEmpty else {
            throw .tenantRequired("The segment of the path that names the tenant is missing.")
        }
        return try checked(PathSegments.text(segment, in: bytes))
    }

    private static func checked(_ name: String?) throws(Refusal) -> String {
        guard let name, TenantName.isValid(name) else {
            throw .tenantRequired("A tenant's name has 1 to \(TenantName.bytesMax) bytes of UTF-8.")
        }
        return name
    }
}
