/// What is wrong with a message.
///
/// A request that breaks a rule is answered with `status` and its connection closed, since nobody
/// can say where the next request would begin. A response that breaks one becomes a 502.
package enum HTTPError: Error, Sendable, Equatable, CaseIterable {
    case tooManyEmptyLines
    case badMethod
    case methodTooLong
    case badTarget
    case targetTooLong
    case badVersion
    case unsupportedVersion
    case badStatusLine
    case bareLineFeed
    case bareCarriageReturn
    case foldedLine
    case spaceBeforeColon
    case missingColon
    case badFieldName
    case controlByte
    case fieldTooLong
    case headTooLarge
    case tooManyFields
    case missingHost
    case repeatedHost
    case badHost
    case badContentLength
    case repeatedContentLength
    case badTransferEncoding
    case unknownTransferCoding
    case transferEncodingInHTTP10
    case lengthAndTransferEncoding
    case badConnection
    case unknownExpectation
    case badChunkSize
    case badChunkExtension
    case chunkExtensionsTooLong
    case badChunkEnd
    case trailersTooLarge
    case bodyTooLarge

    /// The status that answers a request with this fault.
    package var status: Int {
        switch self {
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .unknownExpectation: 417
        case .fieldTooLong, .headTooLarge, .tooManyFields, .trailersTooLarge: 431
        case .unknownTransferCoding: 501
        case .unsupportedVersion: 505
        case .tooManyEmptyLines, .badMethod, .methodTooLong, .badTarget, .badVersion,
            .badStatusLine, .bareLineFeed, .bareCarriageReturn, .foldedLine, .spaceBeforeColon,
            .missingColon, .badFieldName, .controlByte, .missingHost, .repeatedHost, .badHost,
            .badContentLength, .repeatedContentLength, .badTransferEncoding,
            .transferEncodingInHTTP10, .lengthAndTransferEncoding, .badConnection, .badChunkSize,
            .badChunkExtension, .chunkExtensionsTooLong, .badChunkEnd:
            400
        }
    }

    /// One sentence for the peer and the log; it never repeats bytes of the message.
    package var message: String {
        switch self {
        case .tooManyEmptyLines: "Too many empty lines before the request."
        case .badMethod: "The method is not a token."
        case .methodTooLong: "The method is too long."
        case .badTarget: "The request target is malformed."
        case .targetTooLong: "The request line is too long."
        case .badVersion: "The protocol version is malformed."
        case .unsupportedVersion: "Only HTTP/1.0 and HTTP/1.1 are spoken here."
        case .badStatusLine: "The status line is malformed."
        case .bareLineFeed: "A line ends without a carriage return."
        case .bareCarriageReturn: "A carriage return is not followed by a line feed."
        case .foldedLine: "A header line begins with white space."
        case .spaceBeforeColon: "A field name is followed by white space."
        case .missingColon: "A header line has no colon."
        case .badFieldName: "A field name is not a token."
        case .controlByte: "A field value holds a control character."
        case .fieldTooLong: "A header line is too long."
        case .headTooLarge: "The header section is too large."
        case .tooManyFields: "There are too many header fields."
        case .missingHost: "The Host field is missing."
        case .repeatedHost: "There is more than one Host field."
        case .badHost: "The host is invalid."
        case .badContentLength: "The Content-Length is invalid."
        case .repeatedContentLength: "There is more than one Content-Length."
        case .badTransferEncoding: "The Transfer-Encoding is not exactly chunked."
        case .unknownTransferCoding: "The transfer coding is not supported."
        case .transferEncodingInHTTP10: "HTTP/1.0 has no Transfer-Encoding."
        case .lengthAndTransferEncoding: "Content-Length and Transfer-Encoding exclude each other."
        case .badConnection: "The Connection field is malformed."
        case .unknownExpectation: "Only Expect: 100-continue can be met."
        case .badChunkSize: "A chunk size is malformed."
        case .badChunkExtension: "A chunk extension is malformed."
        case .chunkExtensionsTooLong: "The chunk extensions are too long."
        case .badChunkEnd: "A chunk does not end where its size says."
        case .trailersTooLarge: "The trailer section is too large."
        case .bodyTooLarge: "The body is too large."
        }
    }
}
