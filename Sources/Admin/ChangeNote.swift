internal import Log

/// What a call changes, for the line that is written about it, whatever comes of it.
struct ChangeNote {
    /// What is done: `create`, `refresh`.
    let action: String
    var connection: String?
    var tenant: String?

    /// Writes the line: who wanted what, and what came of it.
    ///
    /// Never a secret: only names and codes.
    func write(
        to logger: Logger,
        status: Int,
        code: String?,
        requestID: String
    ) {
        let isFine = status < 400
        logger.log(
            isFine ? .info : .warn,
            isFine ? "changed by the admin API" : "a change by the admin API was refused",
            [
                "action": action, "connection": connection ?? "-", "tenant": tenant ?? "-",
                "status": String(status), "code": code ?? "-", "request_id": requestID,
            ]
        )
    }
}
