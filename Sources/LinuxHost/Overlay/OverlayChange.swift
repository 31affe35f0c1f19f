/// A path that is not as the container's image has it: what is there now, and what was there before.
public struct OverlayChange: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// There was nothing.
        case added
        /// Other content, or of a link another target, of a device other numbers.
        case modified
        /// The same content with another mode, owner, attribute or time.
        case metadata
        /// Something of another type.
        case type
        /// There is nothing any more.
        case deleted
        /// Copied into the container's layer, and like the original: directories of which only content changed, and files that were
        /// opened for writing.
        case unchanged
        /// It is in the container's layer; what was there before, or whether its content is another, is not known.
        case present
    }

    public enum Difference: String, Hashable, Sendable {
        case content, type, target, device, mode, owner, capability
        case attributes = "xattrs"
        case modified = "mtime"
    }

    /// From the container's root.
    public var path: RawText
    /// The volume that it is in, by the name that the pod has for it; nil for the container's own layer.
    public var volume: RawText?
    public var change: Kind
    /// In what it differs from the original.
    public var differences: [Difference] = []
    /// What is there; nil where it is deleted. Of what was deleted the times are not known: whiteouts share one inode.
    public var file: FileFacts?
    /// What was there before, in the image's layers.
    public var original: FileFacts?
    /// Where that is in its layer, where it is not the same path: it was renamed.
    public var originalPath: RawText?
    /// In which layer: 1 is the one directly below the container's.
    public var originalLayer: Int?
    /// A directory that was made anew in the place of another, or from nothing: what the image has there shows no more.
    public var isOpaque = false
    /// A directory that was renamed, or a file whose data is elsewhere: the overlay's own words.
    public var redirect: RawText?
    /// Only its metadata is in the container's layer: the hash is of its data, which is in the image's.
    public var isMetacopy = false
    /// It was in the image, under this name or another: the overlay noted it when it was copied.
    public var isCopiedUp = false
    /// Deleted along with this directory, which was deleted or made anew.
    public var hiddenBy: RawText?

    package init(path: RawText, change: Kind) {
        self.path = path
        self.change = change
    }
}

extension OverlayChange: FieldRecord {
    public static let fieldNames =
        ["path", "volume", "change", "differs"] + FileFacts.names + [
            "opaque", "redirect", "metacopy", "copied_up", "hidden_by",
        ]
        + ["original_path", "original_layer"] + FileFacts.names.map { "original_" + $0 }

    package func write(to writer: inout some FieldWriter) {
        writer.field("path", .raw(path))
        writer.field("volume", volume.map { .raw($0) })
        writer.field("change", .text(change.rawValue))
        writer.field("differs", differences.isEmpty ? nil : .textList(differences.map(\.rawValue)))
        write(file, to: &writer, prefix: "")
        writer.field("opaque", isOpaque ? .flag(true) : nil)
        writer.field("redirect", redirect.map { .raw($0) })
        writer.field("metacopy", isMetacopy ? .flag(true) : nil)
        writer.field("copied_up", isCopiedUp ? .flag(true) : nil)
        writer.field("hidden_by", hiddenBy.map { .raw($0) })
        writer.field("original_path", originalPath.map { .raw($0) })
        writer.field("original_layer", .optional(originalLayer))
        write(original, to: &writer, prefix: "original_")
    }

    private func write(_ facts: FileFacts?, to writer: inout some FieldWriter, prefix: String) {
        if let facts {
            facts.write(to: &writer, prefix: prefix)
        } else {
            for name in FileFacts.names { writer.field(prefix + name, nil) }
        }
    }
}
