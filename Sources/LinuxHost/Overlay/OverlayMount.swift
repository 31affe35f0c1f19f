/// What the host's mount table says of an overlay (Linux, Documentation/filesystems/overlayfs.rst): its layers, as it was told them.
public struct OverlayMount: Hashable, Sendable {
    /// Where it is mounted.
    public let mountPoint: RawText
    /// The layer that is written to; nil where there is none, and so no changes.
    public let upper: RawText?
    /// The layers beneath, the topmost first.
    public let lowers: [RawText]
    /// Layers that have contents of files alone, by redirects of those above.
    public let dataLayers: [RawText]
    /// Whether the overlay's marks are attributes `user.overlay.*`, and not `trusted.overlay.*`.
    public let usesUserAttributes: Bool

    /// Reads a line of the host's mount table; nil if it is no overlay.
    ///
    /// The options are split at commas first, then the kernel's octal escapes are undone (`seq_show_option`), then the overlay's
    /// own, in which a backslash takes its meaning from what follows (fs/overlayfs/params.c).
    public init?(_ mount: Mount) {
        guard mount.type == "overlay" else { return nil }
        mountPoint = mount.mountPoint
        var upper: RawText?
        var lowers: [RawText] = []
        var data: [RawText] = []
        var user = false
        for option in mount.escapedSuperOptions.bytes.split(separator: UInt8(ascii: ",")) {
            let equals = option.firstIndex(of: UInt8(ascii: "=")) ?? option.endIndex
            let value = MountTable.unescape(option[equals...].dropFirst()).bytes
            switch String(decoding: option[..<equals], as: UTF8.self) {
            case "upperdir" where !value.isEmpty: upper = Self.unescape(value[...])
            case "lowerdir":
                let (layers, contents) = Self.split(value)
                lowers += layers
                data += contents
            // One each, and without escapes of the overlay's own.
            case "lowerdir+": lowers.append(RawText(value))
            case "datadir+": data.append(RawText(value))
            case "userxattr": user = true
            default: break
            }
        }
        self.upper = upper
        self.lowers = lowers
        dataLayers = data
        usesUserAttributes = user
    }

    /// What relative paths of layers are relative to, for the ways in which they come to be: runtimes change to the driver's folder
    /// when the options are too long otherwise. That is two above the upper directory, or above where it is mounted.
    var base: RawText? {
        let known = upper.flatMap { $0.bytes.first == UInt8(ascii: "/") ? $0 : nil } ?? mountPoint
        let names = known.bytes.split(separator: UInt8(ascii: "/"))
        guard known.bytes.first == UInt8(ascii: "/"), names.count > 2 else { return nil }
        return RawText(names.dropLast(2).reduce(into: []) { $0 += [UInt8(ascii: "/")] + $1 })
    }

    /// Layers are apart by a colon; those behind two colons have data alone.
    private static func split(_ text: [UInt8]) -> (layers: [RawText], data: [RawText]) {
        var layers: [RawText] = []
        var data: [RawText] = []
        var isData = false
        var start = 0
        var index = 0
        while index <= text.count {
            if index < text.count, text[index] == UInt8(ascii: "\\") {
                index += 2
                continue
            }
            if index >= text.count || text[index] == UInt8(ascii: ":") {
                let end = min(index, text.count)
                if end > start {
                    let layer = unescape(text[start..<end])
                    if isData { data.append(layer) } else { layers.append(layer) }
                } else if start > 0 {
                    isData = true
                }
                start = index + 1
            }
            index += 1
        }
        return (layers, data)
    }

    private static func unescape(_ text: ArraySlice<UInt8>) -> RawText {
        var output: [UInt8] = []
        var isEscaped = false
        for byte in text {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                output.append(byte)
                isEscaped = false
            }
        }
        return RawText(output)
    }
}
