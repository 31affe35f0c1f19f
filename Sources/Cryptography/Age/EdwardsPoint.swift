internal import COpenSSL

/// Ed25519 public keys as points of Curve25519, by the map of RFC 7748 section 4.1: u = (1 + y) / (1 - y).
enum EdwardsPoint {
    /// The u coordinate of the point that 32 bytes stand for (RFC 8032 section 5.1.2). Nil if they stand for none, if
    /// they are not its one encoding, or if x is zero: those two points are of low order, and no keys.
    static func montgomery(_ encoded: [UInt8]) -> [UInt8]? {
        defer { LibraryFailure.clear() }
        guard encoded.count == 32, let context = BN_CTX_new() else { return nil }
        defer { BN_CTX_free(context) }
        BN_CTX_start(context)
        defer { BN_CTX_end(context) }
        guard let field = Field(context) else { return nil }
        var magnitude = encoded
        magnitude[31] &= 0x7F
        guard let y = field.number(magnitude), BN_cmp(y, field.prime) < 0, let one = field.small(1) else { return nil }

        // x² = (y² - 1) / (d·y² + 1) must have a root; its sign is the bit that was masked above.
        guard let square = field.product(y, y), let above = field.difference(square, one),
            let twisted = field.product(field.d, square), let below = field.sum(twisted, one),
            let xSquare = field.quotient(above, below), BN_kronecker(xSquare, field.prime, field.context) == 1,
            let numerator = field.sum(one, y), let denominator = field.difference(one, y),
            let u = field.quotient(numerator, denominator)
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        return BN_bn2lebinpad(u, &bytes, 32) == 32 ? bytes : nil
    }

    /// Arithmetic modulo 2^255 - 19, by OpenSSL. The numbers live as long as the context. Only for public values: it
    /// takes time that depends on them.
    private struct Field {
        let context: OpaquePointer
        let prime: OpaquePointer
        /// The constant of edwards25519: -121665/121666.
        let d: OpaquePointer

        init?(_ context: OpaquePointer) {
            self.context = context
            guard let prime = BN_CTX_get(context), BN_set_word(prime, 1) == 1, BN_lshift(prime, prime, 255) == 1,
                BN_sub_word(prime, 19) == 1, let d = BN_CTX_get(context)
            else { return nil }
            self.prime = prime
            self.d = d
            guard let above = small(121_665), let below = small(121_666), let ratio = quotient(above, below),
                BN_sub(d, prime, ratio) == 1
            else { return nil }
        }

        func small(_ value: UInt) -> OpaquePointer? {
            made { BN_set_word($0, value) }
        }

        func number(_ littleEndian: [UInt8]) -> OpaquePointer? {
            made { BN_lebin2bn(littleEndian, Int32(littleEndian.count), $0) == nil ? 0 : 1 }
        }

        func sum(_ left: OpaquePointer, _ right: OpaquePointer) -> OpaquePointer? {
            made { BN_mod_add($0, left, right, prime, context) }
        }

        func difference(_ left: OpaquePointer, _ right: OpaquePointer) -> OpaquePointer? {
            made { BN_mod_sub($0, left, right, prime, context) }
        }

        func product(_ left: OpaquePointer, _ right: OpaquePointer) -> OpaquePointer? {
            made { BN_mod_mul($0, left, right, prime, context) }
        }

        /// Nil also if the divisor is zero.
        func quotient(_ dividend: OpaquePointer, _ divisor: OpaquePointer) -> OpaquePointer? {
            guard let inverse = made({ BN_mod_inverse($0, divisor, prime, context) == nil ? 0 : 1 }) else { return nil }
            return product(dividend, inverse)
        }

        /// A new number that `fill` computes; nil unless it returns 1.
        private func made(_ fill: (OpaquePointer) -> Int32) -> OpaquePointer? {
            guard let number = BN_CTX_get(context), fill(number) == 1 else { return nil }
            return number
        }
    }
}
