internal import LinuxHost
internal import StructuredText

/// Writes lines of Docker's `json-file` as the runtimes for the kubelet write them, so that one reader serves all.
///
/// A line is `{"log":"text\n","stream":"stdout","time":"2026-11-30T03:35:23.5Z"}`; where `log` has no line feed at its end, the next
/// one goes on with it. What is no such line stays as it is, and the reader counts it.
///
/// Source: docker, daemon/logger/jsonfilelog/jsonlog.
package struct DockerLogLines {
    /// Docker cuts lines into pieces of 16 KiB, each byte of which may be an escape of six.
    private static let mostLineBytes = 256 << 10

    private var lines = LineAssembler(maxLineBytes: mostLineBytes)

    package init() {}

    package mutating func take(_ chunk: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var taken: [UInt8] = []
        swap(&taken, &output)
        let before = lines.overlongLines
        lines.push(chunk.span) { bytes, range in Self.append(bytes, range, to: &taken) }
        // It cannot be left out in silence.
        for _ in before..<lines.overlongLines { taken += Array("a line that is too long\n".utf8) }
        swap(&taken, &output)
    }

    private static func append(_ bytes: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        let line = bytes.extracting(range)
        var position = 0
        var (time, stream, log) = ("", "", String?.none)
        do {
            try JSONTokens.members(line, &position) { (name, position) throws(JSONError) in
                let name = JSONTokens.text(line, name)
                let value = try JSONTokens.skipValue(line, &position)
                guard case .string = value.kind else { return }
                switch name {
                case "time": time = JSONTokens.text(line, value)
                case "stream": stream = JSONTokens.text(line, value)
                case "log": log = JSONTokens.text(line, value)
                default: break
                }
            }
        } catch {
            log = nil
        }
        guard var content = log.map({ Array($0.utf8) }), !time.isEmpty else {
            output += copy(bytes, range)
            output.append(0x0A)
            return
        }
        let isWhole = content.last == 0x0A
        if isWhole { content.removeLast() }
        output += Array("\(time) \(stream) \(isWhole ? "F" : "P") ".utf8)
        output += content
        output.append(0x0A)
    }
}
