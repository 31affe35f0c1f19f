import Glibc

/// A real overlay mount in a tmpfs of its own, which goes away with this value and all that is in it.
public final class OverlayFixture: Sendable {
    public struct Failure: Error {
        public let what: String
        public let number: Int32

        public init(what: String, number: Int32) {
            self.what = what
            self.number = number
        }
    }

    /// Without links in it. `lower1` is the topmost of the layers below, `upper` the one that is written to, `merged` what a container
    /// sees; `outside` is a folder that no layer has.
    public let base: String
    public var upper: String { base + "/upper" }
    public var merged: String { base + "/merged" }
    public var outside: String { base + "/outside" }
    public func lower(_ number: Int) -> String { base + "/lower\(number)" }

    /// Why tests with it do not run.
    public static let condition = "mounting an overlay needs root and a kernel with overlayfs"
    public static let isPossible: Bool = {
        guard let fixture = try? OverlayFixture() else { return false }
        return (try? fixture.mount()) != nil
    }()

    public init(lowers: Int = 1) throws {
        var template = Array("/tmp/exhibit-overlay-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(what: "mkdtemp", number: errno) }
        base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard Glibc.mount("tmpfs", base, "tmpfs", 0, "mode=755") == 0 else {
            let number = errno
            rmdir(base)
            throw Failure(what: "mount tmpfs", number: number)
        }
        for name in ["upper", "work", "merged", "outside"] + (1...lowers).map({ "lower\($0)" }) {
            mkdir(base + "/" + name, 0o755)
        }
        lowerNames = (1...lowers).map { "lower\($0)" }
    }

    private let lowerNames: [String]

    deinit {
        unmount()
        umount2(base, Int32(MNT_DETACH))
        rmdir(base)
    }

    /// - Parameter lowerdir: the option's value, where it is not the plain paths of the layers.
    public func mount(_ options: String = "", lowerdir: String? = nil) throws {
        let layers = lowerdir ?? lowerNames.map { base + "/" + $0 }.joined(separator: ":")
        let text =
            "lowerdir=\(layers),upperdir=\(upper),workdir=\(base)/work" + (options.isEmpty ? "" : "," + options)
        guard Glibc.mount("overlay", merged, "overlay", 0, text) == 0 else {
            throw Failure(what: "mount overlay \(text)", number: errno)
        }
    }

    public func unmount() {
        umount2(merged, Int32(MNT_DETACH))
    }

    /// Writes a whole file, and the folders that it is in.
    public static func write(_ text: String, to path: String) throws {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            mkdir(folder, 0o755)
        }
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Failure(what: "open \(path)", number: errno) }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure(what: "write \(path)", number: errno) }
            rest = rest.dropFirst(count)
        }
    }
}
