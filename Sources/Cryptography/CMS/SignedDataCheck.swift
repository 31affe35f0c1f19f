internal import COpenSSL

/// What OpenSSL says about a SignedData.
enum SignedDataCheck {
    /// That OpenSSL reads the message and writes it as it is.
    static func checkEncoding(_ encoded: [UInt8], doing: String) throws(CryptographyError) {
        guard try normalized(encoded, doing: doing) == encoded else {
            throw CryptographyError(code: .malformed, doing: doing, reason: "it is not in its one encoding")
        }
    }

    /// A message as OpenSSL writes it: in DER, but for what others have signed.
    static func normalized(_ encoded: [UInt8], doing: String) throws(CryptographyError) -> [UInt8] {
        try decode(encoded, doing: doing).encoded(by: i2d_CMS_ContentInfo, doing: doing)
    }

    /// That the key of the signer's certificate signed this content (nil: what is inside). Whose certificate that is
    /// is another question: see ``ChainCheck``.
    static func checkSignature(
        _ data: SignedData, over content: [UInt8]?, doing: String
    ) throws(CryptographyError) {
        defer { LibraryFailure.clear() }
        let owner = data.signerCertificate
        guard let signed = content ?? data.content else {
            throw CryptographyError(
                code: .malformed, doing: doing, subject: owner.subject, reason: "there is nothing that it signs")
        }
        guard try data.signer.digest.hash(signed) == data.signer.attributes.messageDigest else {
            throw CryptographyError(
                code: .badSignature, doing: doing, subject: owner.subject, reason: "it was made over other bytes")
        }
        let message = try decode(data.encoded, doing: doing)
        let source = try content.map { bytes throws(CryptographyError) in try MemorySource(bytes, doing: doing) }
        // The certificate's chain is checked apart from this, and always.
        let flags = UInt32(CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY)
        guard CMS_verify(message.pointer, nil, nil, source?.pointer, nil, flags) == 1 else {
            throw CryptographyError(
                code: .badSignature, doing: doing, subject: owner.subject,
                reason: "the key of this certificate did not sign this")
        }
        guard let signers = CMS_get0_signers(message.pointer) else { throw LibraryFailure.error(doing: doing) }
        defer { exhibit_x509_stack_free_shallow(signers) }
        guard exhibit_x509_stack_count(signers) == 1, let found = exhibit_x509_stack_value(signers, 0),
            try Certificate(copying: found, doing: doing) == owner
        else {
            throw CryptographyError(
                code: .badSignature, doing: doing, subject: owner.subject,
                reason: "OpenSSL finds another signer in it")
        }
    }

    private static func decode(_ encoded: [UInt8], doing: String) throws(CryptographyError) -> LibraryObject {
        try LibraryObject(
            decoding: encoded, by: d2i_CMS_ContentInfo, freedBy: CMS_ContentInfo_free, doing: doing,
            what: "a CMS message")
    }
}

/// Bytes that OpenSSL reads from. It owns a copy.
final class MemorySource {
    let pointer: OpaquePointer
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ content: [UInt8], doing: String) throws(CryptographyError) {
        guard let count = Int32(exactly: content.count) else {
            throw CryptographyError(code: .tooLarge, doing: doing, reason: "more than 2 GiB are not signed at once")
        }
        // One byte more: no allocation is empty.
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: content.count + 1)
        copy.initialize(repeating: 0)
        _ = copy.update(fromContentsOf: content)
        guard let source = BIO_new_mem_buf(copy.baseAddress, count) else {
            copy.deallocate()
            throw LibraryFailure.error(doing: doing)
        }
        bytes = copy
        pointer = source
    }

    deinit {
        BIO_free_all(pointer)
        bytes.deallocate()
    }
}
