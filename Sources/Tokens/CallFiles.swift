package import Config
internal import Crypto
internal import IO

/// The keys and certificates with which a connection's calls prove its client.
package enum CallFiles {
    /// What is wrong with them, in words; it reads every file, which blocks.
    package static func problems(of connection: ConnectionConfiguration) -> [String] {
        var problems: [String] = []
        for (directive, key, algorithm) in connection.signingKeys {
            do throws(SigningKeyError) {
                _ = try key.signingKey(for: algorithm)
            } catch {
                problems.append("\(directive): \(error)")
            }
        }
        guard case .tls = connection.clientAuthentication else { return problems }
        do throws(IOError) {
            _ = try OutboundTLS(provider: connection, proving: true).context()
        } catch .tls(let reason) {
            problems.append("client_auth: \(reason)")
        } catch {
            problems.append("client_auth: \(error)")
        }
        return problems
    }
}
