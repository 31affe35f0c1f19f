/// Cuts what one command prints into several files: a NUL, one of the names, and a line feed begin the file of that name.
///
/// Names count in their order, each once, so that what was written is never added to later. A NUL that begins no name is
/// content like any other. Holds back no more than a name.
package struct OutputSplitter {
    package enum Piece: Equatable {
        case begin(String)
        case bytes(ArraySlice<UInt8>)
    }

    private var names: ArraySlice<String>
    private let longest: Int
    /// A NUL and what may become a name.
    private var held: [UInt8] = []

    package init(names: [String]) {
        self.names = names[...]
        longest = names.map(\.utf8.count).max() ?? 0
    }

    package mutating func take(_ bytes: ArraySlice<UInt8>) -> [Piece] {
        let data = held + bytes
        held = []
        guard !names.isEmpty else { return whole(data[...]) }
        var pieces: [Piece] = []
        var start = 0
        var position = 0
        while let null = data[position...].firstIndex(of: 0) {
            let window = data[(null + 1)...].prefix(longest + 1)
            guard let end = window.firstIndex(of: 0x0A) else {
                if window.count == longest + 1 || window.contains(0) {
                    position = null + 1
                    continue
                }
                pieces += whole(data[start..<null])
                held = Array(data[null...])
                return pieces
            }
            let name = String(decoding: data[(null + 1)..<end], as: UTF8.self)
            position = null + 1
            guard let index = names.firstIndex(of: name) else { continue }
            names = names[(index + 1)...]
            pieces += whole(data[start..<null]) + [.begin(name)]
            start = end + 1
            position = start
        }
        return pieces + whole(data[start...])
    }

    /// What was held back, when nothing more comes.
    package mutating func rest() -> [Piece] {
        defer { held = [] }
        return whole(held[...])
    }

    private func whole(_ bytes: ArraySlice<UInt8>) -> [Piece] { bytes.isEmpty ? [] : [.bytes(bytes)] }
}
