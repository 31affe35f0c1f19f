internal import Glibc
internal import Inspection
internal import Settings

/// Lists of indicators, as the command line names them.
enum IndicatorFiles {
    static func read(_ paths: some Sequence<String>, _ indicators: [String]) throws -> IndicatorList {
        var list = IndicatorList()
        for (index, text) in indicators.enumerated() {
            list.add(text, at: IndicatorPlace(list: "--indicator", line: index + 1))
        }
        for path in paths {
            if path == "-" {
                list.read(try text(try standardInput(), "standard input"), named: "standard input")
            } else {
                list.read(try text(try file(path), path), named: path)
            }
        }
        return list
    }

    /// A bundle in the place of a list would be a thousand lines that nobody understands.
    private static func text(_ bytes: [UInt8], _ name: String) throws(RenderingFailure) -> [UInt8] {
        guard !bytes.prefix(64 << 10).contains(0) else {
            throw RenderingFailure(
                .usage,
                "reading the list of indicators \(name): it is no text in UTF-8; the bundle is named first, then the lists"
            )
        }
        return bytes
    }

    private static func file(_ path: String) throws(RenderingFailure) -> [UInt8] {
        do throws(ConfigurationError) {
            return try LocalFile(path: path, limit: IndicatorList.largest).bytes
        } catch {
            throw RenderingFailure(.usage, "reading the list of indicators \(path): \(error.reason)")
        }
    }

    private static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw RenderingFailure(
                    .usage, "reading a list of indicators from standard input: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= IndicatorList.largest else {
                throw RenderingFailure(
                    .usage,
                    "the list on standard input has more than \(IndicatorList.largest >> 20) MiB; give it in parts")
            }
        }
    }
}
