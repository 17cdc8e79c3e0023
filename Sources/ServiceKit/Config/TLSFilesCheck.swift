import Foundation
import RPCTransport

extension CommonConfig.TLSFiles {
  /// Loads the three files as the runtime does, the authority first, so that the line names what is wrong.
  func check() throws(ConfigError) {
    for (key, path) in [("tls-ca", authority), ("tls-certificate", certificate), ("tls-key", self.key)] {
      guard FileManager.default.isReadableFile(atPath: path) else { throw ConfigError(key: key, problem: "cannot read \(path)") }
    }
    try load(ClientTLS(authorityPath: authority), or: ConfigError(key: "tls-ca", problem: "\(authority) holds no certificate in PEM"))
    try load(
      ClientTLS(authorityPath: authority, certificateChainPath: certificate, privateKeyPath: self.key),
      or: ConfigError(
        key: "tls-certificate", problem: "\(certificate) and \(self.key) are not a certificate and its private key in PEM"))
  }

  private func load(_ tls: ClientTLS, or problem: ConfigError) throws(ConfigError) {
    do {
      try tls.check()
    } catch {
      throw problem
    }
  }
}
