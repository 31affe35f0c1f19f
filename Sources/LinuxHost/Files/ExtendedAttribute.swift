internal import CHost
internal import Glibc

/// An extended attribute of a file (xattr(7)).
public struct ExtendedAttribute: Hashable, Sendable {
    /// With its namespace, as `user.comment`.
    public let name: RawText
    /// The value, at most ``maxValueBytes`` of it.
    public let value: RawText
    /// How many bytes the value has.
    public let size: Int

    /// Of a value as much is kept.
    public static let maxValueBytes = 4_096
}

/// The extended attributes of one file, within bounds.
package struct ExtendedAttributes {
    /// By name.
    package private(set) var all: [ExtendedAttribute] = []
    /// Those beyond the bounds, or that went away between their names and their values.
    package private(set) var omitted = 0

    /// Linux, include/uapi/linux/limits.h: XATTR_LIST_MAX, XATTR_SIZE_MAX.
    private static let maxListBytes = 65_536
    private static let maxSizeBytes = 65_536
    private static let maxCount = 128
    private static let maxBytes = 64 << 10

    /// - Parameters:
    ///   - descriptor: may be of O_PATH: the attributes are asked for by its name in /proc, which opens nothing.
    ///   - path: for messages.
    package init(of descriptor: Int32, path: @autoclosure () -> RawText) throws(HostError) {
        let file = "/proc/self/fd/\(descriptor)"
        var length = 0
        let names = [UInt8](unsafeUninitializedCapacity: Self.maxListBytes) { buffer, used in
            length = listxattr(file, buffer.baseAddress, Self.maxListBytes)
            used = max(0, length)
        }
        guard length >= 0 else {
            // A file system without any.
            if errno == ENOTSUP { return }
            throw HostError(errno: errno, "listxattr", path())
        }
        var bytes = 0
        for name in names.split(separator: 0) {
            guard all.count < Self.maxCount, bytes < Self.maxBytes,
                let attribute = Self.read(RawText(Array(name)), of: file)
            else {
                omitted += 1
                continue
            }
            bytes += attribute.name.bytes.count + attribute.value.bytes.count
            all.append(attribute)
        }
        all.sort { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
    }

    private static func read(_ name: RawText, of file: String) -> ExtendedAttribute? {
        let terminated = name.bytes.map { CChar(bitPattern: $0) } + [0]
        var length = 0
        let value = [UInt8](unsafeUninitializedCapacity: maxSizeBytes) { buffer, used in
            length = getxattr(file, terminated, buffer.baseAddress, maxSizeBytes)
            used = max(0, length)
        }
        guard length >= 0 else { return nil }
        return ExtendedAttribute(
            name: name, value: RawText(Array(value.prefix(ExtendedAttribute.maxValueBytes))), size: length)
    }
}
