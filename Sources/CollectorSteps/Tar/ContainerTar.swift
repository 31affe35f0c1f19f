/// Takes apart what tar in a container printed, as it comes: whatever GNU tar, busybox and toybox write of regular files. It may be
/// several archives one after another.
///
/// A regular file is a member. What has no content (folders, links) is passed over. Anything of which it is not certain how far it
/// reaches ends the stream: a file's content must never be read as a header, whoever made the file, or the tar.
package struct ContainerTar {
    package enum Piece: Equatable {
        /// A member: its whole path, and the size that its header has.
        case begin([UInt8], size: Int)
        case bytes(ArraySlice<UInt8>)
        case end
        /// A path with the same content as another, which came before.
        case link([UInt8], to: [UInt8])
    }

    package struct Bad: Error {
        package let reason: String
    }

    /// Of a long name, and of the extended attributes of one member: four times what Linux lets a path be, and room.
    static let maxExtension = 8 << 10
    /// Zero blocks in a row: tar pads to a record, which has 20 blocks unless somebody says otherwise.
    static let maxZeros = 4_096
    /// Members, with those that are passed over.
    static let maxMembers = 100_000

    private enum Body {
        case file, longName, longLink, attributes, globalAttributes
    }

    private var frames = TarFrames()
    private var body = Body.file
    private var collected: [UInt8] = []
    private var pending = TarExtensions()
    private var zeros = 0
    private var members = 0

    package init() {}

    /// Whether the stream may end here: nothing is under way, and an end marker came after the last member, or nothing at all.
    package var mayEnd: Bool { frames.isBetween && pending.isEmpty && (zeros >= 2 || members == 0 && zeros == 0) }

    /// - Parameter piece: gets each piece as it is found, also those before what ends the stream.
    package mutating func take(_ bytes: ArraySlice<UInt8>, _ piece: (Piece) -> Void) throws(Bad) {
        var rest = bytes
        while let frame = frames.next(&rest) {
            switch frame {
            case .zeros:
                zeros += 1
                guard pending.isEmpty else { throw Bad(reason: "a long name in its tar stream has no member") }
                guard zeros <= Self.maxZeros else { throw Bad(reason: "its tar stream is nothing but zeros") }
            case .header(let header):
                zeros = 0
                for next in try begin(header) { piece(next) }
            case .content(let part, let isLast):
                guard case .file = body else {
                    collected += part
                    if isLast { try extend() }
                    continue
                }
                piece(.bytes(part))
                if isLast { piece(.end) }
            }
        }
    }

    private mutating func begin(_ header: TarHeader) throws(Bad) -> [Piece] {
        guard header.hasMagic, header.isSound else { throw Bad(reason: "what it printed is not a tar stream") }
        members += 1
        guard members <= Self.maxMembers else {
            throw Bad(reason: "its tar stream has more than \(members - 1) members")
        }
        switch header.type {
        case UInt8(ascii: "L"): return try extend(with: .longName, header)
        case UInt8(ascii: "K"): return try extend(with: .longLink, header)
        case UInt8(ascii: "x"): return try extend(with: .attributes, header)
        case UInt8(ascii: "g"): return try extend(with: .globalAttributes, header)
        default: break
        }
        defer { pending = TarExtensions() }
        guard let size = pending.size ?? header.size else {
            throw Bad(reason: "its tar stream has a member of a size that cannot be")
        }
        let name = pending.name ?? header.name
        switch header.type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            body = .file
            frames.expect(size)
            // Before POSIX this was a folder.
            if name.last == 0x2F, size == 0 { return [] }
            return [.begin(Self.absolute(name), size: size)] + (size == 0 ? [.end] : [])
        case UInt8(ascii: "1")...UInt8(ascii: "6") where size == 0:
            return header.type == UInt8(ascii: "1")
                ? [.link(Self.absolute(name), to: Self.absolute(pending.linkName ?? header.linkName))] : []
        default:
            throw Bad(
                reason: "its tar stream has something of which it is not certain how far it reaches (type "
                    + "\(TextSafety.oneLine(String(Character(Unicode.Scalar(header.type))))))")
        }
    }

    /// The content behind this header is about the next member.
    private mutating func extend(with body: Body, _ header: TarHeader) throws(Bad) -> [Piece] {
        guard let size = header.size, (1...Self.maxExtension).contains(size) else {
            throw Bad(reason: "its tar stream has a name or attributes longer than \(Self.maxExtension) bytes, or none")
        }
        self.body = body
        collected = []
        frames.expect(size)
        return []
    }

    private mutating func extend() throws(Bad) {
        defer { collected = [] }
        switch body {
        case .file: break
        case .longName: try pending.take(longName: collected)
        case .longLink: try pending.take(longLink: collected)
        case .attributes: try pending.take(attributes: collected)
        case .globalAttributes: try TarExtensions.check(globalAttributes: collected)
        }
    }

    /// tar takes the `/` off a path's beginning, and only absolute paths were given to it.
    private static func absolute(_ name: [UInt8]) -> [UInt8] { name.first == 0x2F ? name : [0x2F] + name }
}
