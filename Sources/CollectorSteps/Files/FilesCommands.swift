internal import Collection

/// The commands of a step `files` in a container. They come from the definition and the pod's spec alone: nothing that the container
/// printed goes into one.
struct FilesCommands {
    /// Times of modification, of the last change and of the last access, mode, owner, group, size, number of links, inode, type, what a
    /// link says, path. A NUL before the line feed ends a path that itself has line feeds.
    private static let gnuFormat = "%T@\\t%C@\\t%A@\\t%m\\t%U\\t%G\\t%s\\t%n\\t%i\\t%y\\t%l\\t%p\\0\\n"
    /// busybox cannot say what a link says without quoting it.
    private static let busyboxFormat = "%Y\t%Z\t%X\t%a\t%u\t%g\t%s\t%h\t%i\t%F\t\t%n"
    private static let maxMounts = 256

    /// Where to look: the paths, and the mount points of scratch volumes below them.
    let roots: [String]
    /// Of the paths those that a secret is at, or that lead to what the kernel makes up: nothing of them is copied.
    let withheld: [String]
    private let request: FilesRequest
    private let secrets: [String]

    init(
        _ request: FilesRequest, scratch: [String], secrets: [String], places: FilesPlaces = FilesPlaces()
    ) {
        self.request = request
        let secrets = Self.known(secrets) + places.secrets
        self.secrets = secrets
        let isWithheld = { (path: String) in
            FilePathText.lies(path, in: secrets)
                || places.leading[path].map { FilePathText.lies($0, in: secrets + FilePathText.refusedFolders) }
                    ?? false
        }
        withheld = request.paths.filter(isWithheld)
        let paths = request.paths.filter { !isWithheld($0) }
        let mounts = scratch.compactMap(FilePathText.normalised).filter { mount in
            FilePathText.lies(mount, in: paths) && !paths.contains(mount) && !FilePathText.lies(mount, in: secrets)
        }
        roots = paths + mounts.prefix(Self.maxMounts)
    }

    /// Each with how its output is read.
    var listings: [(ExecRecipe, FileListing.Form)] {
        let both = find + ["(", "-type", "f", "-o", "-type", "l", ")"] + meant
        // What is named is followed by -H, and so it is a file where it is a link to one: stat is to say what that is.
        // In parentheses busybox forgets to run what -exec has gathered.
        let stats =
            find + ["-type", "f"] + meant + ["-exec", "stat", "-L", "-c", Self.busyboxFormat, "{}", "+"]
            + ["-o", "-type", "l"] + meant + ["-exec", "stat", "-c", Self.busyboxFormat, "{}", "+"]
        return [
            (ExecRecipe(name: "find -printf", argv: both + ["-printf", Self.gnuFormat]), .terminated),
            (ExecRecipe(name: "find -exec stat", argv: stats), .lines),
            (ExecRecipe(name: "find -print0", argv: find + ["-type", "f"] + meant + ["-print0"]), .names),
        ]
    }

    /// tar follows links, so that a file that is named by one comes and not the link.
    var copy: [String] {
        find + ["-type", "f", "!", "-size", "+\(request.largest / 512)"] + meant
            + ["-exec", "tar", "-chf", "-", "{}", "+"]
    }

    /// Whether a file that came is one that may be asked for: whatever tar gives, it is where no secret is, and has one of the
    /// names.
    func mayHave(_ components: [[UInt8]]) -> Bool {
        let path = FileBytes.normalised(components)
        func lies(in folder: String) -> Bool {
            let folder = Array(folder.utf8)
            return path == folder || path.starts(with: folder + [0x2F])
        }
        guard !left.contains(where: lies(in:)) else { return false }
        return request.isMeant(components.last?[...] ?? []) || request.paths.contains { path == Array($0.utf8) }
    }

    /// What find does not enter.
    private var left: [String] { FilePathText.refusedFolders + secrets }

    private var find: [String] {
        let left = left.map { ["-path", Self.escaped($0)] }
        return ["find", "-H"] + roots + ["-xdev", "("] + left.joined(separator: ["-o"]) + [")", "-prune", "-o"]
    }

    /// Files that have one of the names, or are one of the paths.
    private var meant: [String] {
        guard !request.names.isEmpty else { return [] }
        let tests = request.names.map { ["-name", $0] } + request.paths.map { ["-path", Self.escaped($0)] }
        return ["("] + tests.joined(separator: ["-o"]) + [")"]
    }

    /// As absolute paths; where `/var/run` is a link to `/run`, as in most images, a mount has both names.
    private static func known(_ mounts: [String]) -> [String] {
        mounts.map(lexical).flatMap { mount -> [String] in
            for (one, other) in [("/var/run", "/run"), ("/run", "/var/run")] where mount.hasPrefix(one + "/") {
                return [mount, other + mount.dropFirst(one.count)]
            }
            return [mount]
        }
    }

    /// A mount point as the runtime takes it, whatever the spec has: an absolute path without `.` and `..`.
    private static func lexical(_ mount: String) -> String {
        let parts = mount.split(separator: "/").reduce(into: [Substring]()) { parts, part in
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// For -path, where `*`, `?`, `[` and `\` mean something.
    private static func escaped(_ path: String) -> String {
        path.reduce(into: "") { text, character in
            if "*?[\\".contains(character) { text.append("\\") }
            text.append(character)
        }
    }
}
