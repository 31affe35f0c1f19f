/// The records of a PAX extended header, read in their only allowed form: `path`, then `size`, each at most once.
struct ExtendedRecords {
    /// More than the records of the longest path and the largest size.
    static let maximumBytes: UInt64 = 2048

    var path: [UInt8]?
    var size: UInt64?

    init(_ bytes: ArraySlice<UInt8>) throws(Defect) {
        var rest = bytes
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard digits.count <= 4, let length = Int(String(decoding: digits, as: UTF8.self)),
                length > digits.count + 1, length <= rest.count, rest[rest.startIndex + length - 1] == 0x0A
            else { throw Defect(.badPax, "a record of the extended header is malformed") }
            let record = rest.prefix(length - 1).dropFirst(digits.count + 1)
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw Defect(.badPax, "a record of the extended header has no value")
            }
            let key = record[..<equals], value = record[(equals + 1)...]
            if key.elementsEqual("path".utf8), path == nil, size == nil {
                path = Array(value)
            } else if key.elementsEqual("size".utf8), size == nil {
                guard value.count <= 17, let number = UInt64(String(decoding: value, as: UTF8.self)) else {
                    throw Defect(.badSize, "the size in the extended header is not a number within the limit")
                }
                size = number
            } else {
                throw Defect(
                    .badPax, "the extended header has the record \(ArchiveError.printable(key)), not allowed here")
            }
        }
    }
}
