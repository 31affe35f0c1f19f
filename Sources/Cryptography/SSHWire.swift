/// Reads the data types of RFC 4251 section 5, each in its one encoding only.
///
/// It looks at memory that it does not own: use it inside the closure that lends the bytes, and copy what shall stay.
struct SSHWireReader {
    private var rest: UnsafeRawBufferPointer
    /// Goes into every error: which operation, on what.
    private let doing: String
    private let subject: String

    init(_ bytes: UnsafeRawBufferPointer, doing: String, subject: String = "") {
        rest = bytes
        self.doing = doing
        self.subject = subject
    }

    func malformed(_ reason: String) -> CryptographyError {
        CryptographyError(code: .malformed, doing: doing, subject: subject, reason: reason)
    }

    func unsupported(_ reason: String, advice: String = "") -> CryptographyError {
        CryptographyError(
            code: .unsupportedAlgorithm, doing: doing, subject: subject, reason: reason, advice: advice)
    }

    /// The next `count` bytes.
    mutating func bytes(_ count: Int, _ what: String) throws(CryptographyError) -> UnsafeRawBufferPointer {
        guard count >= 0 && count <= rest.count else { throw malformed("\(what) is cut off") }
        let taken = UnsafeRawBufferPointer(rebasing: rest[..<count])
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        return taken
    }

    mutating func byte(_ what: String) throws(CryptographyError) -> UInt8 {
        try bytes(1, what)[0]
    }

    mutating func uint32(_ what: String) throws(CryptographyError) -> UInt32 {
        try bytes(4, what).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func string(_ what: String) throws(CryptographyError) -> UnsafeRawBufferPointer {
        let count = try uint32(what)
        return try bytes(Int(count), what)
    }

    /// A string of printable ASCII, as names in this protocol are.
    mutating func name(_ what: String) throws(CryptographyError) -> String {
        let bytes = try string(what)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw malformed("\(what) has characters other than printable ASCII")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The magnitude of a positive mpint, most significant byte first, without a leading zero.
    mutating func positiveInteger(_ what: String) throws(CryptographyError) -> UnsafeRawBufferPointer {
        let bytes = try string(what)
        guard let first = bytes.first else { throw malformed("\(what) is zero") }
        guard first & 0x80 == 0 else { throw malformed("\(what) is negative") }
        guard first == 0 else { return bytes }
        guard bytes.count > 1, bytes[1] & 0x80 != 0 else { throw malformed("\(what) has needless leading zeros") }
        return UnsafeRawBufferPointer(rebasing: bytes[1...])
    }

    /// A reader for the inside of a string.
    mutating func nested(_ what: String) throws(CryptographyError) -> SSHWireReader {
        SSHWireReader(try string(what), doing: doing, subject: subject)
    }

    func end(_ what: String) throws(CryptographyError) {
        guard rest.isEmpty else { throw malformed("\(rest.count) bytes follow \(what)") }
    }

    var isAtEnd: Bool { rest.isEmpty }
}

/// Writes the data types of RFC 4251 section 5.
package enum SSHWire {
    package static func append(_ value: UInt32, to output: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { output.append(contentsOf: $0) }
    }

    package static func append(string: some Collection<UInt8>, to output: inout [UInt8]) {
        append(UInt32(truncatingIfNeeded: string.count), to: &output)
        output.append(contentsOf: string)
    }

    package static func append(string: String, to output: inout [UInt8]) {
        append(string: string.utf8, to: &output)
    }

    /// Writes a positive integer given by its magnitude, leading zeros allowed.
    package static func append(magnitude: some Collection<UInt8>, to output: inout [UInt8]) {
        let digits = magnitude.drop { $0 == 0 }
        let needsZero = digits.first.map { $0 & 0x80 != 0 } ?? false
        append(UInt32(truncatingIfNeeded: digits.count + (needsZero ? 1 : 0)), to: &output)
        if needsZero { output.append(0) }
        output.append(contentsOf: digits)
    }
}
