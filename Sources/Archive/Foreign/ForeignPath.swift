/// The rules by which a path of somebody else's archive or folder is taken, or not.
public enum ForeignPath {
    /// PATH_MAX of Linux.
    public static let maximumBytes = 4_096
    /// Folders in each other.
    public static let maximumDepth = 64

    /// A path below the root of the archive, or why it is not one.
    public enum Judgement: Hashable, Sendable {
        /// Safe to show and to compare: UTF-8 without controls. If it was not, these bytes and `=` are escaped as `=HH`,
        /// as in the names of a bundle.
        case taken(String)
        /// Why, with nothing of the path in it.
        case refused(String)
        /// The root of the archive itself.
        case root
    }

    /// Judges a path. `./` in front and a slash behind mean nothing.
    public static func judge(_ path: [UInt8]) -> Judgement {
        guard path.count <= maximumBytes else { return .refused("its path is longer than \(maximumBytes) bytes") }
        let slash = UInt8(ascii: "/")
        var rest = path[...]
        while rest.starts(with: [UInt8(ascii: "."), slash]) { rest = rest.dropFirst(2) }
        if rest.last == slash, rest.count > 1 { rest = rest.dropLast() }
        if rest.isEmpty || rest.elementsEqual(".".utf8) {
            return path.isEmpty
                ? .refused("it has no path, or one that cannot be read here for want of the locale C.UTF-8") : .root
        }
        if rest.first == slash { return .refused("its path is absolute") }
        let components = rest.split(separator: slash, omittingEmptySubsequences: false)
        guard components.count <= maximumDepth else {
            return .refused("it is in more than \(maximumDepth) folders")
        }
        for component in components {
            if component.isEmpty { return .refused("its path has an empty component") }
            if component.elementsEqual("..".utf8) { return .refused("its path leads out through ..") }
            if component.elementsEqual(".".utf8) { return .refused("its path has a component .") }
            if component.contains(0) { return .refused("its path has a NUL in it") }
        }
        return .taken(text(rest))
    }

    /// Bytes of any name as text that is safe to show; those that are safe are left as they are.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.allSatisfy(isSafe) { return text }
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in bytes {
            if byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "=") {
                escaped.append(byte)
            } else {
                escaped += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Neither a control nor one of those that reorder or hide their neighbours.
    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xE0000...0xE007F: false
        default: true
        }
    }
}
