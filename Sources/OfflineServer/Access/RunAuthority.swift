public import Cryptography

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The authority of one run: what clients trust, and what the server shows. Its keys are never written anywhere, and the
/// authority's own is gone at once.
public struct RunAuthority: Sendable {
    /// By which clients reach this machine's own address, wherever else the server listens.
    public static let loopbackNames = ["127.0.0.1", "::1", "localhost"]

    /// What the server shows, and the authority that clients judge it by.
    public let credentials: ServerCredentials
    /// By which a server at the address may be called, without the port.
    public let names: [String]

    /// Of certificates from an hour ago, for clocks that are off, for 30 days.
    ///
    /// - Throws: `CryptographyError`.
    public init(for address: ListenAddress) throws {
        let own = address.isLoopback ? Self.loopbackNames : []
        names = own.contains(address.host) ? own : own + [address.host]
        let now = Int64(time(nil))
        let all = Self.loopbackNames + (Self.loopbackNames.contains(address.host) ? [] : [address.host])
        credentials = try ServerCredentials(
            subject: "exhibit serve", names: all.map { ListenAddress.isNumeric($0) ? .address($0) : .dns($0) },
            validity: now - 3_600...now + 30 * 86_400)
    }
}
