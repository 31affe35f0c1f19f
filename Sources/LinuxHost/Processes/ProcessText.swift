/// Reads the NUL-separated texts of `/proc/<pid>/cmdline` and `environ`, which are memory of the process: it can write
/// anything there.
public enum ProcessText {
    /// The arguments in the text of `cmdline`. One NUL at the end ends the last argument; a text without NULs (a
    /// process that changed its title) is one argument.
    public static func arguments(_ bytes: [UInt8]) -> [RawText] {
        guard !bytes.isEmpty else { return [] }
        var body = bytes[...]
        if body.last == 0 { body.removeLast() }
        return body.split(separator: 0, omittingEmptySubsequences: false).map { RawText(Array($0)) }
    }

    /// The names, and never the values, of the variables in the text of `environ`.
    ///
    /// A process can overwrite this memory, and a text cut off by a limit begins nowhere in particular; so that no part
    /// of a value passes for a name, only entries `NAME=…` whose name has at most 256 letters, digits, and `_ . - % (
    /// )` (shells export functions as `BASH_FUNC_name%%`) count. Others are only counted.
    ///
    /// - Returns: the names in their order, and how many entries had no such name.
    public static func environmentNames(_ bytes: [UInt8]) -> (names: [String], unnamed: Int) {
        var names: [String] = []
        var unnamed = 0
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")), isName(entry[..<equals]) else {
                unnamed += 1
                continue
            }
            names.append(String(decoding: entry[..<equals], as: UTF8.self))
        }
        return (names, unnamed)
    }

    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 256 else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "%"), UInt8(ascii: "("),
                UInt8(ascii: ")"):
                true
            default: false
            }
        }
    }

    /// The path in the text of a link of procfs, and whether the kernel marked the file as deleted. A file whose name
    /// really ends in ` (deleted)` looks the same: the kernel's text does not tell them apart.
    package static func withoutDeletedMark(_ target: [UInt8]) -> (path: RawText, isDeleted: Bool) {
        let mark = Array(" (deleted)".utf8)
        guard target.count > mark.count, target.suffix(mark.count).elementsEqual(mark) else {
            return (RawText(target), false)
        }
        return (RawText(Array(target.dropLast(mark.count))), true)
    }
}
