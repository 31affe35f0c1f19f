@testable import CollectorSteps

extension FuzzTarget {
    /// A container runtime's log file; the first byte chooses the pieces in which it comes.
    static let containerLog = FuzzTarget("container-log") {
        let time = "2026-11-29T16:48:43.364844776"
        return [
            ("whole", [7] + Array("\(time)Z stdout F one\n\(time)Z stderr F two\n".utf8)),
            ("pieces", [255] + Array("\(time)+00:00 stdout P one \n\(time)+00:00 stdout F two\n".utf8)),
            ("empty-piece", [3] + Array("\(time)Z stdout P \n\(time)Z stdout F:X two\n".utf8)),
            (
                "short-times",
                [1] + Array("2026-02-28T23:59:59Z stdout F a\n2024-02-29T00:00:00.1-07:30 stdout F b".utf8)
            ),
            ("others", [64] + Array("\(time)Z stdout F a\n\0\0\0\n\(time)Z stdin F b\n\(time)Z stdout\n".utf8)),
            ("docker", [0] + Array(#"{"log":"one\n","stream":"stdout","time":"2026-11-29T16:48:43Z"}"#.utf8)),
        ]
    } run: { input in
        guard let first = input.first else { return }
        let file = Array(input.dropFirst())
        let whole = LogReading(file, step: max(1, file.count))
        let parts = LogReading(file, step: Int(first) + 1)
        require(whole == parts, "a log is the same in whatever pieces it comes")
        let lines = file.count { $0 == 0x0A } + 1
        require(whole.others < lines, "no more lines are left out than there are")
        require(whole.isTaken || whole.text.isEmpty, "of another format nothing is taken")
        // A time grows by ten digits and a point at most, and loses its stream and tags.
        require(whole.text.count <= file.count + 4 * lines, "no more comes out than went in")
    }
}

/// What is read of a file.
private struct LogReading: Equatable {
    var text: [UInt8] = []
    var others = 0
    var isTaken = true

    init(_ file: [UInt8], step: Int) {
        var decoder = ContainerLogDecoder(timestamps: true)
        var start = 0
        while start < file.count, isTaken {
            let end = min(file.count, start + step)
            isTaken = decoder.decode(file[start..<end], into: &text)
            start = end
        }
        others = decoder.otherLines
        isTaken = isTaken && decoder.hasBegun
    }
}
