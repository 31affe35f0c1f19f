@testable import Archive

/// Reads a container in all ways there are, and holds them against each other.
///
/// - Parameter check: is given the tar stream and the entries of one that is accepted.
func readContainer(
    _ file: [UInt8], check: ([UInt8], [(entry: TarEntry, body: [UInt8])]) -> Void
) throws {
    let reader = try ContainerReader(source: MemorySource(content: file), workers: 2)
    let found = accepted {
        try runToEnd { () async throws -> Pass in
            var pass = Pass()
            pass.summary = try await reader.entries { entry, body in
                pass.entries.append((entry, try await body.readAll(limit: 1 << 26)))
            }
            return pass
        }
    }
    guard let found, let summary = found.summary else {
        // Random access promises nothing of such a file but to end.
        _ = accepted { try reader.read(tarOffset: 0, count: 1_024) }
        _ = accepted { try runToEnd { try await reader.entries(from: 0) { _, _ in } } }
        return
    }
    require(summary.entries == UInt64(found.entries.count), "as many entries are counted as were handed out")
    require(reader.locator == summary.locator, "the locator of the pass is that of the end")
    guard let length = Int(exactly: summary.tarLength), length <= 1 << 26 else { return }
    guard let content = accepted({ try reader.read(tarOffset: 0, count: length) }) else {
        return require(false, "an accepted container can be read by offset")
    }
    require(content.count == length, "all of the tar stream can be read by offset")
    for (entry, body) in found.entries {
        require(
            content[Int(entry.contentOffset)...].prefix(body.count).elementsEqual(body),
            "content of \(entry.path) is the same in the pass and by offset")
    }
    for (entry, _) in found.entries.prefix(3) {
        let piece = accepted { try reader.read(tarOffset: entry.offset, count: 512) }
        require(piece == Array(content[Int(entry.offset)...].prefix(512)), "a header is the same by its own offset")
        let paths = accepted {
            try runToEnd { () async throws -> [TarEntry] in
                var entries: [TarEntry] = []
                try await reader.entries(from: entry.offset) { entry, _ in entries.append(entry) }
                return entries
            }
        }
        require(
            paths == found.entries.map(\.entry).filter { $0.offset >= entry.offset },
            "a pass from \(entry.path) on finds the same entries")
    }
    require(refusal { _ = try reader.read(tarOffset: UInt64(length), count: 1) } != nil, "nothing lies behind the end")
    check(content, found.entries)
}

private struct Pass: Sendable {
    var entries: [(entry: TarEntry, body: [UInt8])] = []
    var summary: ArchiveSummary?
}
