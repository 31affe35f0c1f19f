internal import Bundle
internal import Glibc
internal import Synchronization

@testable import Inspection

extension FuzzTarget {
    static let inspection = [foreignCapture, indicatorList, hunt]

    // MARK: Captures of other tools

    /// What of a file is read, in bytes: a bomb is not what is looked for here.
    private static let mostOfFile = 1 << 20

    /// A file that another tool wrote, as it is opened, listed and read.
    static let foreignCapture = FuzzTarget("foreign-capture") {
        let log = "inspect.local.1/namespaces/prod/pods/api/main/main/logs/current.log"
        return [
            ("must-gather", tar([(log, "one\n"), ("inspect.local.1/namespaces/prod/prod.yaml", "kind: Namespace\n")])),
            (
                "dump",
                tar([("dump/nodes.json", "{}"), ("dump/prod/pods.json", "{}"), ("dump/prod/api/logs.txt", "a\n")])
            ),
            (
                "support-bundle",
                tar([("support-bundle-1/version.yaml", ""), ("support-bundle-1/cluster-resources/nodes.json", "[]")])
            ),
            (
                "links",
                tar([
                    ("a/namespaces/prod/../../x", "x"), ("/namespaces/prod/prod.yaml", ""),
                    ("namespaces/prod/prod.yaml", "a"),
                ])
            ),
        ]
    } run: { input in
        let path = try scratchFile(input)
        guard let capture = try runToEnd({ await opened(path) }) else { return }
        let files = try runToEnd { try await Self.files(of: capture) }
        var paths: Set<String> = []
        for (number, file) in files.enumerated() {
            require(paths.insert(file.path).inserted, "a path is there once")
            require(file.ordinal == number, "files are numbered in order")
            let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
            require(
                !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." },
                "a path lies below the root: \(file.path.debugDescription)")
            requireShown(file.path)
            if case .log(let place) = capture.role(of: file) {
                require(!place.namespace.isEmpty && !place.pod.isEmpty, "a log is of a pod")
            }
        }
        for problem in capture.problems {
            requireShown(problem.reason)
            problem.path.map(requireShown)
        }
        require(capture.problemCount >= capture.problems.count, "problems are counted")
        let read = Read()
        guard accepted({ try runToEnd { try await capture.read { Taker($0, read) } } }) != nil else { return }
        let contents = read.files
        require(contents.map(\.file) == files, "each listed file is read once, in order")
        for content in contents.prefix(3) {
            let bytes = Read()
            let taker = Taker(content.file, bytes)
            let isRead = accepted {
                try runToEnd { try await capture.content(of: content.file) { taker.take($0) } }
            }
            if isRead != nil { require(taker.bytes == content.bytes, "a file has the same content by itself") }
        }
    }

    private static func opened(_ path: String) async -> ForeignCapture? {
        do {
            return try await ForeignCapture(path: path)
        } catch {
            requireFit(error)
            return nil
        }
    }

    private static func files(of capture: ForeignCapture) async throws -> [CapturedFile] {
        var files: [CapturedFile] = []
        try await capture.files { files.append($0) }
        return files
    }

    private static func requireShown(_ text: String) {
        require(
            text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) },
            "what is said of a capture is free of control characters: \(text.debugDescription)")
    }

    /// The input as a file; the same one each time.
    private static func scratchFile(_ input: [UInt8]) throws -> String {
        let path = "/tmp/exhibit-fuzz-\(getpid())"
        guard let file = fopen(path, "w") else { return path }
        fwrite(input, 1, input.count, file)
        fclose(file)
        return path
    }

    /// What a pass over a capture gives.
    private final class Read: Sendable {
        private let all = Mutex<[(file: CapturedFile, bytes: [UInt8])]>([])
        var files: [(file: CapturedFile, bytes: [UInt8])] { all.withLock { $0 } }

        func add(_ file: CapturedFile, _ bytes: [UInt8]) { all.withLock { $0.append((file, bytes)) } }
    }

    private final class Taker: FileVisitor {
        private let file: CapturedFile
        private let read: Read
        private let content = Mutex<[UInt8]>([])
        var bytes: [UInt8] { content.withLock { $0 } }

        init(_ file: CapturedFile, _ read: Read) {
            self.file = file
            self.read = read
        }

        func take(_ piece: ArraySlice<UInt8>) {
            content.withLock { content in
                content += piece.prefix(mostOfFile - min(content.count, mostOfFile))
            }
        }

        func end(_ problem: String?) {
            problem.map(requireShown)
            read.add(file, bytes)
        }
    }

    /// A tar of ustar headers.
    private static func tar(_ files: [(path: String, text: String)]) -> [UInt8] {
        var archive: [UInt8] = []
        for (path, text) in files {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) {
                for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
            }
            func octal(_ number: Int, _ digits: Int) -> String {
                let text = String(number, radix: 8)
                return String(repeating: "0", count: digits - text.utf8.count) + text
            }
            put(path, at: 0)
            put("0000644", at: 100)
            put(octal(text.utf8.count, 11), at: 124)
            put(octal(0, 11), at: 136)
            put("        0", at: 148)
            put("0", at: 156)
            put("ustar\u{0}00", at: 257)
            put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
            archive += header + Array(text.utf8)
            archive += [UInt8](repeating: 0, count: (512 - text.utf8.count % 512) % 512)
        }
        return archive + [UInt8](repeating: 0, count: 1_024)
    }

    // MARK: Indicators

    /// Lists of indicators in every form.
    static let indicatorList = FuzzTarget("indicator-list") {
        let hash = String(repeating: "ab01", count: 16)
        return [
            (
                "lines",
                Array(
                    "# c\n203[.]0[.]113[.]7\n10.0.0.0/8\n2001:db8::1\nhxxp://evil[.]example/x # y\n/tmp/x\nevil.sh\n\(hash)\n"
                        .utf8)
            ),
            (
                "prefixes",
                Array("sha256:\(hash)\nip:10.0.0.1\ndomain:a.b\nurl:a.example/b\nstring: x y \nname:kinsing\n".utf8)
            ),
            ("csv", Array("type,value\nip-dst,203.0.113.7\nfilename|md5,\"a\"\"b|\(hash.prefix(32))\"\n".utf8)),
            (
                "stix",
                Array(
                    #"{"type":"bundle","objects":[{"type":"indicator","pattern":"[file:hashes.'SHA-256' = 'x' OR url:value IN ('http://a.example/')] OR [ipv4-addr:value ISSUBSET '10.0.0.0/8']"}]}"#
                        .utf8)
            ),
        ]
    } run: { input in
        var list = IndicatorList()
        list.read(input, named: "list")
        require(list.indicators.count == list.places.count, "each indicator has its place")
        require(Set(list.indicators).count == list.indicators.count, "each indicator is there once")
        require(
            list.remainders.count == min(list.remainderCount, IndicatorList.mostRemainders), "remainders are counted")
        for remainder in list.remainders {
            requireShown(remainder.reason)
            require(remainder.text.utf8.count <= 600, "a remainder is bounded")
        }
        for indicator in list.indicators {
            require(indicator.value.utf8.count <= 3 * IndicatorShape.longestText, "an indicator is bounded")
            switch indicator.kind {
            case .name, .path, .url: break
            default:
                var again = IndicatorList()
                again.add("\(indicator.kind.rawValue):\(indicator.value)", at: IndicatorPlace(list: "", line: 0))
                require(
                    again.indicators == [indicator],
                    "an indicator in its one form is itself: \(indicator.value.debugDescription)")
            }
        }
        _ = IndicatorMatcher(list.indicators)
    }

    /// Indicators, and behind a NUL NUL the file that is searched.
    static let hunt = FuzzTarget("hunt") {
        [
            (
                "text",
                [7]
                    + Array(
                        "203.0.113.7\nevil.example\n10.0.0.0/8\n2001:db8::/32\n\0\0to 203.0.113.7 x.evil.example\n10.1.1.1 [2001:db8::7]:1\n"
                            .utf8)
            ),
            (
                "paths",
                [1]
                    + Array(
                        "/tmp/x\nname:kinsing\nhttp://a.example/b\nstring:abc\n\0\0/tmp/x kinsing HTTP://A.example/b\nabc"
                            .utf8)
            ),
            ("wide", [3] + Array("string:abc\nevil.example\n\0\0a\0b\0c\0 e\0v\0i\0l\0.\0e\0x\0a\0m\0p\0l\0e\0".utf8)),
        ]
    } run: { input in
        guard let first = input.first else { return }
        let rest = input.dropFirst()
        guard let split = rest.indices.dropLast().first(where: { rest[$0] == 0 && rest[$0 + 1] == 0 }) else { return }
        var list = IndicatorList()
        list.read(Array(rest[..<split]), named: "list")
        guard !list.indicators.isEmpty else { return }
        let text = Array(rest[(split + 2)...])
        let context = HuntVisitor.Context(
            matcher: IndicatorMatcher(list.indicators), digests: DigestTable(list.indicators),
            tally: HuntTally(most: 5), damage: Damage(), most: 5)
        // Twice a stretch, so that the text lies across its end.
        let padding = [UInt8](repeating: 0x0A, count: (256 << 10) - text.count / 2)
        let whole = try searched(text, text.count, context, list)
        require(try searched(text, Int(first) % 64 + 1, context, list) == whole, "the pieces do not matter")
        guard !text.contains(0) else { return }
        let padded = try searched(padding + text, 64 << 10, context, list)
        let lines = padding.count
        require(
            padded
                == whole.map {
                    Hit(
                        indicator: $0.indicator, count: $0.count, lines: $0.lines.map { $0 + lines },
                        excerpts: $0.excerpts)
                },
            "where the stretch ends does not matter")
    }

    private struct Hit: Equatable {
        let indicator: Int
        let count: Int
        let lines: [Int]
        let excerpts: [String]
    }

    private static func searched(
        _ text: [UInt8], _ piece: Int, _ context: HuntVisitor.Context, _ list: IndicatorList
    ) throws -> [Hit] {
        let tally = HuntTally(most: 5)
        let visitor = HuntVisitor(
            CapturedFile(path: "file", size: piece % 2 == 0 ? 0 : UInt64(text.count), ordinal: 0), .content,
            HuntHit.Owner(), hasHash: true,
            HuntVisitor.Context(
                matcher: context.matcher, digests: context.digests, tally: tally, damage: context.damage, most: 5))
        var index = 0
        while index < text.count {
            try visitor.take(text[index..<min(index + piece, text.count)])
            index += piece
        }
        try visitor.end(nil)
        let state = tally.result
        return state.counts.sorted { $0.key < $1.key }.map { indicator, count in
            let hits = state.kept[indicator] ?? []
            for hit in hits { require(hit.hit.excerpt.utf8.count < 8 << 10, "an excerpt is bounded") }
            return Hit(
                indicator: indicator, count: count, lines: hits.compactMap(\.hit.line),
                excerpts: hits.map(\.hit.excerpt))
        }
    }
}
