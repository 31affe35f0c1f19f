internal import COpenSSL

/// The private numbers of an RSA key as OpenSSH stores them: magnitudes, in memory that the caller owns and wipes.
struct RSAPrivateNumbers {
    let privateExponent: UnsafeRawBufferPointer
    /// q⁻¹ mod p.
    let coefficient: UnsafeRawBufferPointer
    let p: UnsafeRawBufferPointer
    let q: UnsafeRawBufferPointer

    var largestCount: Int {
        max(privateExponent.count, coefficient.count, p.count, q.count)
    }

    /// The key in OpenSSL's hands; nil, with a reason in OpenSSL's queue, if the numbers are not one.
    func makeKey(modulus: [UInt8], exponent: [UInt8]) -> OpaquePointer? {
        var parameters = KeyParameters()
        modulus.withUnsafeBytes { parameters.add(OSSL_PKEY_PARAM_RSA_N, magnitude: $0) }
        exponent.withUnsafeBytes { parameters.add(OSSL_PKEY_PARAM_RSA_E, magnitude: $0) }
        parameters.add(OSSL_PKEY_PARAM_RSA_D, magnitude: privateExponent)
        parameters.add("rsa-factor1", magnitude: p)
        parameters.add("rsa-factor2", magnitude: q)
        // OpenSSL takes the factors only together with the exponents, which OpenSSH does not store.
        guard addExponent("rsa-exponent1", prime: p, to: &parameters),
            addExponent("rsa-exponent2", prime: q, to: &parameters)
        else { return nil }
        parameters.add("rsa-coefficient1", magnitude: coefficient)
        return parameters.makeKey(type: "RSA", selection: exhibit_key_pair_selection)
    }

    /// Adds d mod (prime - 1).
    private func addExponent(_ name: String, prime: UnsafeRawBufferPointer, to parameters: inout KeyParameters) -> Bool
    {
        guard let context = BN_CTX_secure_new() else { return false }
        defer { BN_CTX_free(context) }
        guard let modulus = Self.number(prime) else { return false }
        defer { BN_clear_free(modulus) }
        guard let exponent = Self.number(privateExponent) else { return false }
        defer { BN_clear_free(exponent) }
        guard BN_sub_word(modulus, 1) == 1, BN_div(nil, exponent, exponent, modulus, context) == 1 else { return false }
        var bytes = SecretBytes(count: prime.count)
        let written = bytes.withMutableBytes { buffer in
            BN_bn2binpad(exponent, buffer.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(buffer.count))
        }
        guard written == Int32(prime.count) else { return false }
        bytes.withBytes { parameters.add(name, magnitude: $0) }
        return true
    }

    private static func number(_ magnitude: UnsafeRawBufferPointer) -> OpaquePointer? {
        guard let number = BN_secure_new() else { return nil }
        // Division by a secret must not take a time that depends on it.
        BN_set_flags(number, BN_FLG_CONSTTIME)
        let bytes = magnitude.assumingMemoryBound(to: UInt8.self)
        guard BN_bin2bn(bytes.baseAddress, Int32(bytes.count), number) != nil else {
            BN_clear_free(number)
            return nil
        }
        return number
    }
}
