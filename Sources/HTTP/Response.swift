/// A whole response in memory: what the control plane answers and what providers answered.
package struct Response: Sendable, Equatable {
    package var status: Int
    package var fields: Fields
    package var body: [UInt8]

    /// Makes a response.
    package init(status: Int, fields: Fields = Fields(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
