extension Array<UInt8> {
    /// Appends an integer, least significant byte first.
    mutating func append(littleEndian value: some FixedWidthInteger & UnsignedInteger) {
        for index in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: value >> (8 * index)))
        }
    }

    /// The integer at `offset`, least significant byte first. The caller has checked the bounds.
    func littleEndian<Value: FixedWidthInteger & UnsignedInteger>(at offset: Int, as: Value.Type) -> Value {
        var value: Value = 0
        for index in 0..<(Value.bitWidth / 8) {
            value |= Value(self[offset + index]) << (8 * index)
        }
        return value
    }
}
