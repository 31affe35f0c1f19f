internal import COpenSSL

/// Owns an `EVP_PKEY`. OpenSSL wipes the private half when it is freed.
///
/// `@unchecked Sendable`, since the language cannot know it of a C pointer: the key is never changed after `init`, and
/// OpenSSL's manual (openssl-threads) allows any number of threads to use one such object as long as none modifies it.
struct KeyHandle: ~Copyable, @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over the reference.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// The key's integer parameter (`n`, `e`, `qx` …) in exactly `size` bytes, or in as few as it needs. Only for
    /// public values.
    func integer(_ name: String, size: Int? = nil) -> [UInt8]? {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pointer, name, &number) == 1, let number else { return nil }
        defer { BN_clear_free(number) }
        return Self.magnitude(of: number, size: size)
    }

    /// OpenSSL's name of the curve; nil if the key has none.
    var groupName: String? {
        var name = [CChar](repeating: 0, count: 64)
        guard EVP_PKEY_get_utf8_string_param(pointer, "group", &name, name.count, nil) == 1 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func magnitude(of number: OpaquePointer, size: Int? = nil) -> [UInt8]? {
        let count = size ?? (Int(BN_num_bits(number)) + 7) / 8
        var bytes = [UInt8](repeating: 0, count: count)
        guard BN_bn2binpad(number, &bytes, Int32(count)) == Int32(count) else { return nil }
        return bytes
    }

    /// Signs `message` with the named hash; nil as hash where the algorithm brings its own (Ed25519). OpenSSL's form:
    /// DER for ECDSA.
    func sign(_ message: [UInt8], hash: String?) -> [UInt8]? {
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit_ex(context, nil, hash, nil, nil, pointer, nil) == 1 else { return nil }
        var count = 0
        guard EVP_DigestSign(context, nil, &count, message, message.count) == 1 else { return nil }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { return nil }
        signature.removeLast(signature.count - count)
        return signature
    }

    func verify(_ signature: [UInt8], of message: [UInt8], hash: String?) -> Bool {
        defer { LibraryFailure.clear() }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit_ex(context, nil, hash, nil, nil, pointer, nil) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// ECDSA signatures: DER for OpenSSL, two integers for SSH.
enum ECDSASignature {
    /// The magnitudes of r and s.
    static func integers(der: [UInt8]) -> (r: [UInt8], s: [UInt8])? {
        let parsed: OpaquePointer? = der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return d2i_ECDSA_SIG(nil, &position, bytes.count)
        }
        guard let parsed else { return nil }
        defer { ECDSA_SIG_free(parsed) }
        guard let r = ECDSA_SIG_get0_r(parsed), let s = ECDSA_SIG_get0_s(parsed),
            let rBytes = KeyHandle.magnitude(of: r), let sBytes = KeyHandle.magnitude(of: s)
        else { return nil }
        return (rBytes, sBytes)
    }

    static func der(r: [UInt8], s: [UInt8]) -> [UInt8]? {
        guard let signature = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(signature) }
        guard let rNumber = BN_bin2bn(r, Int32(r.count), nil) else { return nil }
        guard let sNumber = BN_bin2bn(s, Int32(s.count), nil) else {
            BN_free(rNumber)
            return nil
        }
        guard ECDSA_SIG_set0(signature, rNumber, sNumber) == 1 else {
            BN_free(rNumber)
            BN_free(sNumber)
            return nil
        }
        let count = i2d_ECDSA_SIG(signature, nil)
        guard count > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            return i2d_ECDSA_SIG(signature, &position)
        }
        return written == count ? bytes : nil
    }
}
