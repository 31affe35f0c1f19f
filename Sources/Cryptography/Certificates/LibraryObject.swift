internal import COpenSSL

/// Owns an object of OpenSSL, and frees it with the function that belongs to its type.
struct LibraryObject: ~Copyable {
    let pointer: OpaquePointer
    private let free: (OpaquePointer?) -> Void

    /// Takes over the reference. Nil is OpenSSL's way to say that it failed.
    init(
        _ pointer: OpaquePointer?, freedBy free: @escaping (OpaquePointer?) -> Void, doing: String
    ) throws(CryptographyError) {
        guard let pointer else { throw LibraryFailure.error(doing: doing) }
        self.pointer = pointer
        self.free = free
    }

    /// What `decode` (a `d2i_` function) makes of all of `bytes`. Throws `malformed` if it makes nothing of them, or
    /// leaves some over.
    init(
        decoding bytes: [UInt8], by decode: Decoder, freedBy free: @escaping (OpaquePointer?) -> Void, doing: String,
        what: String
    ) throws(CryptographyError) {
        var consumed = 0
        let decoded: OpaquePointer? = bytes.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            let object = decode(nil, &position, buffer.count)
            if let position, let start = buffer.baseAddress { consumed = position - start }
            return object
        }
        guard let decoded else {
            LibraryFailure.clear()
            throw CryptographyError(code: .malformed, doing: doing, reason: "it is not \(what)")
        }
        guard consumed == bytes.count else {
            free(decoded)
            throw CryptographyError(
                code: .malformed, doing: doing, reason: "\(bytes.count - consumed) bytes follow \(what)")
        }
        pointer = decoded
        self.free = free
    }

    deinit {
        free(pointer)
    }

    /// The bytes that `encode` (an `i2d_` function) writes.
    func encoded(by encode: Encoder, doing: String) throws(CryptographyError) -> [UInt8] {
        let count = encode(pointer, nil)
        guard count > 0 else { throw LibraryFailure.error(doing: doing) }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            return encode(pointer, &position)
        }
        guard written == count else { throw LibraryFailure.error(doing: doing) }
        return bytes
    }

    typealias Decoder = (
        UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, Int
    ) -> OpaquePointer?
    typealias Encoder = (OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
}

/// A stack of certificates as OpenSSL's functions want them. It owns what is in it.
struct CertificateStack: ~Copyable {
    let pointer: OpaquePointer

    /// Takes over a stack, and a reference to all in it.
    init(owning stack: OpaquePointer) {
        pointer = stack
    }

    deinit {
        exhibit_x509_stack_free(pointer)
    }

    static func holding(_ certificates: [Certificate], doing: String) throws(CryptographyError) -> CertificateStack {
        guard let pointer = exhibit_x509_stack_new() else { throw LibraryFailure.error(doing: doing) }
        let stack = CertificateStack(owning: pointer)
        for certificate in certificates {
            let handle = try certificate.handle(doing: doing)
            guard X509_up_ref(handle.pointer) == 1 else { throw LibraryFailure.error(doing: doing) }
            guard exhibit_x509_stack_push(pointer, handle.pointer) > 0 else {
                X509_free(handle.pointer)
                throw LibraryFailure.error(doing: doing)
            }
        }
        return stack
    }

    var count: Int32 { max(0, exhibit_x509_stack_count(pointer)) }

    /// The certificates in it, as values.
    func certificates(doing: String) throws(CryptographyError) -> [Certificate] {
        var found: [Certificate] = []
        for index in 0..<count {
            guard let certificate = exhibit_x509_stack_value(pointer, index) else {
                throw LibraryFailure.error(doing: doing)
            }
            found.append(try Certificate(copying: certificate, doing: doing))
        }
        return found
    }
}
