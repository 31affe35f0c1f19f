/// What a container's own `find` says of files, read as it comes: which of them are to be copied.
///
/// It is the container's word. What is made of it is a comparison with what came, and never a command.
struct FileListing {
    enum Form: Sendable {
        /// Fields with tabs between, a NUL and a line feed behind the path.
        case terminated
        /// Fields with tabs between, a line feed behind the path, which may have line feeds itself.
        case lines
        /// Paths, each with a NUL behind it. Of what type and size a file is nobody says.
        case names
    }

    struct File: Hashable {
        var path: [UInt8]
        /// Nil where nobody said.
        var size: UInt64?
    }

    /// Bytes of a row: a path of 4 KiB, what a link says, and numbers.
    private static let maxRow = 16 << 10
    private static let fields = 11

    private let form: Form
    private let request: FilesRequest
    /// Regular files to copy: at most as many as may be.
    private(set) var wanted: [File] = []
    /// How many there are, kept or not.
    private(set) var wantedCount = 0
    /// Files larger than what is copied: how many, and the first.
    private(set) var larger = 0
    private(set) var firstLarger: File?
    private(set) var rows = 0
    private var seen: Set<[UInt8]> = []
    private var row: [UInt8] = []
    private var isOverlong = false

    init(_ form: Form, _ request: FilesRequest) {
        self.form = form
        self.request = request
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == (form == .lines ? 0x0A : 0) {
                end()
            } else if row.count >= Self.maxRow {
                isOverlong = true
            } else if form != .terminated || byte != 0x0A || !row.isEmpty {
                row.append(byte)
            }
        }
    }

    mutating func finish() {
        if !row.isEmpty { end() }
        settle()
    }

    /// In lines the file that came last: its path may go on.
    private var last: File?

    private mutating func end() {
        defer {
            row.removeAll(keepingCapacity: true)
            isOverlong = false
        }
        guard !isOverlong else { return }
        if form == .names {
            rows += 1
            return add(File(path: row, size: nil))
        }
        guard let (type, size, path) = Self.parse(row) else {
            // A line that is no row goes on with the path before it.
            if form == .lines, let file = last, file.path.count + row.count < Self.maxRow {
                last?.path = file.path + [0x0A] + row
            }
            return
        }
        settle()
        rows += 1
        guard type.starts(with: "f".utf8) || type.starts(with: "regular".utf8) else { return }
        last = File(path: path, size: size)
        if form == .terminated { settle() }
    }

    private mutating func settle() {
        guard let file = last else { return }
        last = nil
        add(file)
    }

    private mutating func add(_ file: File) {
        if let size = file.size, size > request.largest {
            larger += 1
            firstLarger = firstLarger ?? file
            return
        }
        // Paths may overlap.
        guard seen.count >= request.most || seen.insert(file.path).inserted else { return }
        wantedCount += 1
        if wanted.count < request.most { wanted.append(file) }
    }

    private static func parse(_ row: [UInt8]) -> (type: ArraySlice<UInt8>, size: UInt64, path: [UInt8])? {
        let parts = row.split(separator: 0x09, maxSplits: fields, omittingEmptySubsequences: false)
        guard parts.count == fields + 1, parts[0].first.map({ $0 &- 0x30 < 10 || $0 == 0x2D }) == true,
            let size = UInt64(String(decoding: parts[6], as: UTF8.self)),
            UInt64(String(decoding: parts[8], as: UTF8.self)) != nil
        else { return nil }
        let path = Array(parts[fields])
        // Of a link, where its text has tabs, this is no path; nothing is copied by it.
        return (parts[9], size, path)
    }
}
