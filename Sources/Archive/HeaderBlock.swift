/// One header block of a tar as it was found, its fields read in their only allowed forms.
struct HeaderBlock {
    /// Type flag of a regular file.
    static let file = UInt8(ascii: "0")
    /// Type flag of an extended header for the entry that follows.
    static let extended = UInt8(ascii: "x")

    var type: UInt8
    var name: ArraySlice<UInt8>
    var size: UInt64
    var time: UInt64

    /// Reads 512 bytes. What it does not look at is found when the block is compared with the one that its values make.
    init(_ block: ArraySlice<UInt8>) throws(Defect) {
        let base = block.startIndex
        func field(_ offset: Int, _ count: Int) -> ArraySlice<UInt8> {
            block[(base + offset)..<(base + offset + count)]
        }

        guard let sum = Self.octal(field(148, 7)), block[base + 155] == UInt8(ascii: " "),
            sum == StrictTar.checksum(of: block)
        else { throw Defect(.badChecksum, "the checksum of the header is wrong, or this is not a tar header") }
        type = block[base + 156]
        if let name = Self.forbidden(type) { throw Defect(.forbiddenType, "\(name) is not allowed") }
        guard let size = Self.octal(field(124, 12)) else {
            throw Defect(.badSize, "the size is not 11 octal digits")
        }
        guard let time = Self.octal(field(136, 12)) else {
            throw Defect(.badTime, "the modification time is not 11 octal digits")
        }
        name = field(0, StrictTar.nameBytes).prefix { $0 != 0 }
        self.size = size
        self.time = time
    }

    /// All digits but the last byte, which is NUL.
    private static func octal(_ field: ArraySlice<UInt8>) -> UInt64? {
        guard field.last == 0 else { return nil }
        var value: UInt64 = 0
        for byte in field.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) else { return nil }
            value = value << 3 | UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// What a type flag stands for, nil when it is allowed.
    private static func forbidden(_ type: UInt8) -> String? {
        switch type {
        case file, extended: nil
        case 0: "a pre-POSIX type flag"
        case UInt8(ascii: "1"): "a hard link"
        case UInt8(ascii: "2"): "a symbolic link"
        case UInt8(ascii: "3"): "a character device"
        case UInt8(ascii: "4"): "a block device"
        case UInt8(ascii: "5"): "a directory"
        case UInt8(ascii: "6"): "a FIFO"
        case UInt8(ascii: "7"): "a contiguous file"
        case UInt8(ascii: "g"): "a global extended header"
        case UInt8(ascii: "K"), UInt8(ascii: "L"): "a GNU long name"
        case UInt8(ascii: "S"): "a GNU sparse file"
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): "a vendor's header"
        default: "type flag 0x\(String(type, radix: 16))"
        }
    }

    /// The field at an offset of a header block, for messages.
    static func fieldName(at offset: Int) -> String {
        switch offset {
        case ..<100: "name"
        case ..<108: "mode"
        case ..<116: "uid"
        case ..<124: "gid"
        case ..<136: "size"
        case ..<148: "mtime"
        case ..<156: "checksum"
        case ..<157: "type flag"
        case ..<257: "link name"
        case ..<263: "magic"
        case ..<265: "version"
        case ..<297: "user name"
        case ..<329: "group name"
        case ..<337: "device major"
        case ..<345: "device minor"
        case ..<500: "prefix"
        default: "padding"
        }
    }
}
