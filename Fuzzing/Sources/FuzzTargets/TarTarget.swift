@testable import CollectorSteps

extension FuzzTarget {
    /// What tar in a container printed; the first byte chooses the pieces in which it comes.
    static let containerTar = FuzzTarget("container-tar") {
        let end = [UInt8](repeating: 0, count: 1_024)
        let file = member("etc/a.conf", "0", Array("hello\n".utf8))
        // The attributes say how large the next member is; its header says something else.
        let attributes = member("pax", "x", Array("18 path=etc/é.txt\n10 size=3\n".utf8))
        return [
            ("file", [7] + file + end), ("two-archives", [255] + file + end + file + end),
            ("long-name", [1] + member("././@LongLink", "L", Array("etc/long\0".utf8)) + file + end),
            ("attributes", [100] + attributes + member("x", "0", Array("abc".utf8)) + end),
            ("link", [3] + file + member("etc/b", "1", [], link: "etc/a.conf") + end),
            ("content-like-a-header", [64] + member("etc/tar", "0", file) + end),
            ("sparse", [9] + member("etc/s", "S", [1, 2, 3]) + end), ("text", [0] + Array("tar: no\n".utf8)),
        ]
    } run: { input in
        guard let first = input.first else { return }
        let text = Array(input.dropFirst())
        let whole = TarReading(text, step: max(1, text.count))
        let parts = TarReading(text, step: Int(first) + 1)
        require(whole == parts, "members are the same in whatever pieces they come")
        for file in whole.files {
            require(!file.isWhole || file.bytes.count == file.size, "a whole member is as large as its header says")
            require(file.bytes.count <= file.size, "no member has more than its header says")
            require(file.path.first == 0x2F, "each path is absolute")
        }
        require(whole.files.dropLast().allSatisfy(\.isWhole), "only the last member may be cut off")
        require(!whole.mayEnd || whole.files.allSatisfy(\.isWhole), "where a stream may end nothing is under way")
    }

    /// A member of a ustar archive.
    private static func member(_ name: String, _ type: Character, _ content: [UInt8], link: String = "") -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.utf8.count) + digits
        }
        put(name, at: 0)
        put(octal(content.count, 11), at: 124)
        put(String(repeating: " ", count: 8), at: 148)
        put(String(type), at: 156)
        put(link, at: 157)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
}

/// What is read of a stream.
private struct TarReading: Equatable {
    struct File: Equatable {
        var path: [UInt8]
        var size: Int
        var bytes: [UInt8] = []
        var isWhole = false
    }

    var files: [File] = []
    var links: [[[UInt8]]] = []
    var reason: String?
    var mayEnd = false

    init(_ text: [UInt8], step: Int) {
        var tar = ContainerTar()
        var rest = text[...]
        do {
            while !rest.isEmpty {
                try tar.take(rest.prefix(step)) { take($0) }
                rest = rest.dropFirst(step)
            }
            mayEnd = tar.mayEnd
        } catch {
            reason = error.reason
        }
    }

    private mutating func take(_ piece: ContainerTar.Piece) {
        switch piece {
        case .begin(let path, let size): files.append(File(path: path, size: size))
        case .bytes(let part): files[files.count - 1].bytes += part
        case .end: files[files.count - 1].isWhole = true
        case .link(let path, let target): links.append([path, target])
        }
    }
}
