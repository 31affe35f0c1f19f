/// What the overlay has put down with a file of one of its layers, in extended attributes (overlayfs.rst).
struct OverlayMarks {
    /// A directory that hides those of its path in the layers below.
    var isOpaque = false
    /// Where it, or its data, is in the layers below: a path from their root, or another name in the same directory.
    var redirect: RawText?
    /// A file of which only the metadata is here: its data, of which there are only zeros here, is in a layer below.
    var isMetacopy = false
    /// It was in a layer below before, under this name or another.
    var isCopiedUp = false
    /// The attributes that are none of the overlay's.
    var others: [ExtendedAttribute] = []
    var omitted = 0

    /// Which attributes are the overlay's.
    struct Scheme {
        var prefix: [UInt8]?
        var isKnown = true

        static let user = Scheme(prefix: Array("user.overlay.".utf8))
        static let trusted = Scheme(prefix: Array("trusted.overlay.".utf8))
        /// There are some, and this process cannot see them.
        static let unseen = Scheme(prefix: nil, isKnown: false)
        /// There are none.
        static let none = Scheme(prefix: nil)
    }

    /// What `user.overlay.*` says counts for nothing where the overlay is mounted without `userxattr`: there a container can write it.
    init(_ attributes: ExtendedAttributes, _ scheme: Scheme) {
        omitted = attributes.omitted
        for attribute in attributes.all {
            guard let prefix = scheme.prefix, attribute.name.bytes.starts(with: prefix) else {
                others.append(attribute)
                continue
            }
            switch String(decoding: attribute.name.bytes.dropFirst(prefix.count), as: UTF8.self) {
            case "opaque": isOpaque = attribute.value == "y"
            case "redirect": redirect = Self.checked(attribute.value)
            case "metacopy": isMetacopy = true
            case "origin": isCopiedUp = true
            default: break
            }
        }
    }

    /// As `ovl_get_redirect_xattr` has it: a single name, or names that each begin with a slash.
    private static func checked(_ value: RawText) -> RawText? {
        let names = value.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isAbsolute = value.bytes.first == UInt8(ascii: "/")
        let rest = isAbsolute ? names.dropFirst() : names[...]
        guard isAbsolute || names.count == 1,
            rest.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) })
        else {
            return nil
        }
        return value
    }
}
