internal import COpenSSL

/// The parameter list that `EVP_PKEY_fromdata` takes. It owns copies of names and values, and wipes them.
struct KeyParameters: ~Copyable {
    private var list: [OSSL_PARAM] = []
    private var memory: [UnsafeMutableRawBufferPointer] = []

    init() {}

    deinit {
        for block in memory {
            OPENSSL_cleanse(block.baseAddress, block.count)
            block.deallocate()
        }
    }

    mutating func add(_ name: String, text: String) {
        let value = keep(text.utf8)
        list.append(OSSL_PARAM_construct_utf8_string(keepName(name), value.bound(), value.count))
    }

    mutating func add(_ name: String, octets: UnsafeRawBufferPointer) {
        let value = keep(octets)
        list.append(OSSL_PARAM_construct_octet_string(keepName(name), value.baseAddress, value.count))
    }

    /// An unsigned integer, most significant byte first (OpenSSL wants it in the machine's order).
    mutating func add(_ name: String, magnitude: UnsafeRawBufferPointer) {
        #if _endian(little)
        let value = keep(magnitude.lazy.reversed())
        #else
        let value = keep(magnitude)
        #endif
        list.append(OSSL_PARAM_construct_BN(keepName(name), value.bound(), value.count))
    }

    /// Makes a key of `type` (`EC`, `RSA`). Nil, with a reason in OpenSSL's queue, if the values are not a key.
    mutating func makeKey(type: String, selection: Int32) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_fromdata_init(context) == 1 else { return nil }
        var terminated = list + [OSSL_PARAM_construct_end()]
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata(context, &key, selection, &terminated) == 1 else { return nil }
        return key
    }

    private mutating func keepName(_ name: String) -> UnsafePointer<CChar> {
        UnsafePointer(keep(Array(name.utf8) + [0]).bound())
    }

    private mutating func keep(_ bytes: some Collection<UInt8>) -> UnsafeMutableRawBufferPointer {
        // One byte more, zero: text must be terminated, and no allocation is empty.
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 8)
        block.initializeMemory(as: UInt8.self, repeating: 0)
        block.copyBytes(from: bytes)
        memory.append(block)
        return UnsafeMutableRawBufferPointer(rebasing: block[..<bytes.count])
    }
}

extension UnsafeMutableRawBufferPointer {
    /// The same memory, typed as C's functions want it. Only for memory that is not empty.
    fileprivate func bound<Element>() -> UnsafeMutablePointer<Element> {
        bindMemory(to: Element.self).baseAddress.unsafelyUnwrapped
    }
}
