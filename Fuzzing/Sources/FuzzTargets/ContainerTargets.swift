internal import CZlib
internal import CZstd

@testable import Archive

extension FuzzTarget {
    static let containers = [tar, zstd, zstdMade, bgzf, bgzfMade, deflate]

    /// A plain tar. The first byte says what is put right before it is read, so that what lies behind the checksums is
    /// reached.
    static let tar = FuzzTarget("tar") {
        var long = StrictTar.headerBlocks(
            path: Array("f/\(String(repeating: "d/", count: 60))e".utf8), size: 3, time: 9)
        long += Array("abc".utf8) + [UInt8](repeating: 0, count: 509)
        return [
            ("empty", [7]), ("entries", [7] + sampleTar), ("as-it-is", [0] + wholeTar(sampleTar)), ("long", [7] + long),
        ]
    } run: { input in
        var recipe = Recipe(input)
        let options = recipe.byte()
        var bytes = recipe.remainder()
        if options & 1 != 0 { mendChecksums(&bytes) }
        if options & 2 != 0 { bytes += StrictTar.endMarker }
        if options & 4 != 0 {
            bytes = wholeTar(bytes)
        }
        try readContainer(bytes) { content, entries in
            // What is accepted has exactly one form.
            var again: [UInt8] = []
            for (entry, body) in entries {
                again += StrictTar.headerBlocks(
                    path: Array(entry.path.utf8), size: UInt64(body.count), time: entry.modificationTime)
                again += body + [UInt8](repeating: 0, count: StrictTar.padding(size: UInt64(body.count)))
            }
            require(again + StrictTar.endMarker == content, "an accepted tar stream is what its entries make")
        }
    }

    /// A `.tar.zst` as it comes.
    static let zstd = FuzzTarget("zstd") {
        [("whole", zstdFile(sampleTar + StrictTar.endMarker, cuts: [700], level: 3))]
    } run: { input in
        try readContainer(input) { content, _ in
            require(
                zstdContent(of: input, atMost: content.count) == content,
                "zstd decompresses an accepted file to the same stream")
        }
    }

    /// A `.tar.zst` around a tar stream, its frames cut and its tail changed as the input says.
    static let zstdMade = FuzzTarget("zstd-made") {
        [("two-frames", [1, 1, 0, 0, 0]), ("edited", [2, 0, 100, 1, 1, 1, 0, 5, 9, 0])]
    } run: { input in
        var recipe = Recipe(input)
        var stream = sampleTar + StrictTar.endMarker
        let cuts = (0..<recipe.number(below: 8)).map { _ in recipe.number(below: stream.count) }
        recipe.edit(&stream)
        var file = zstdFile(stream, cuts: cuts, level: recipe.number(below: 4) + 1)
        let untouched = file
        recipe.edit(&file)
        if recipe.byte() & 1 == 1 { file.removeLast(recipe.number(below: file.count)) }
        file += recipe.bytes(recipe.number(below: 256))
        try readContainer(file) { content, _ in
            require(content == stream, "an accepted file holds the stream that was put into it")
            require(
                zstdContent(of: file, atMost: content.count) == content,
                "zstd decompresses an accepted file to the same stream")
            require(
                file.count == untouched.count, "an accepted file has not a byte more or less than the one that was made"
            )
        }
    }

    /// A `.tar.gz` as it comes.
    static let bgzf = FuzzTarget("bgzf") {
        [("whole", bgzfFile(sampleTar + StrictTar.endMarker, cuts: [700]))]
    } run: { input in
        try readContainer(input) { content, _ in
            require(
                gzipContent(of: input)?.starts(with: content) == true,
                "zlib decompresses an accepted file to the same stream")
        }
    }

    /// A `.tar.gz` around a tar stream, as above.
    static let bgzfMade = FuzzTarget("bgzf-made") {
        [("two-members", [1, 1, 0, 0, 0]), ("edited", [2, 0, 100, 1, 1, 1, 0, 5, 9, 0])]
    } run: { input in
        var recipe = Recipe(input)
        var stream = sampleTar + StrictTar.endMarker
        let cuts = (0..<recipe.number(below: 200)).map { _ in recipe.number(below: stream.count) }
        recipe.edit(&stream)
        var file = bgzfFile(stream, cuts: cuts)
        recipe.edit(&file)
        if recipe.byte() & 1 == 1 { file.removeLast(recipe.number(below: file.count)) }
        file += recipe.bytes(recipe.number(below: 256))
        try readContainer(file) { content, _ in
            require(content == stream, "an accepted file holds the stream that was put into it")
            require(
                gzipContent(of: file)?.starts(with: content) == true,
                "zlib decompresses an accepted file to the same stream")
        }
    }
}

/// Three entries, without an end.
let sampleTar: [UInt8] = {
    var bytes: [UInt8] = []
    for (path, content) in [("f/a", "hello\n"), ("f/b/c", ""), ("f/d", String(repeating: "log line\n", count: 100))] {
        let content = Array(content.utf8)
        bytes += StrictTar.headerBlocks(path: Array(path.utf8), size: UInt64(content.count), time: 1_700_000_000)
        bytes += content + [UInt8](repeating: 0, count: StrictTar.padding(size: UInt64(content.count)))
    }
    return bytes
}()

/// The stream with a locator behind it that gives its length.
func wholeTar(_ stream: [UInt8]) -> [UInt8] {
    stream + plainLocator(stream).block
}

private func plainLocator(_ stream: [UInt8]) -> Locator {
    Locator(indexOffset: 0, indexSize: 0, tarLength: UInt64(stream.count), entries: 0)
}

/// Gives every block that claims to be a header the checksum that it should have.
private func mendChecksums(_ bytes: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count - 511, by: 512)
    where bytes[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) {
        let sum = StrictTar.checksum(of: bytes[start..<(start + 512)].map { $0 }[...])
        bytes.replaceSubrange((start + 148)..<(start + 156), with: StrictTar.octal(sum, digits: 6) + [0, 0x20])
    }
}

private func pieces(of stream: [UInt8], cuts: [Int]) -> [[UInt8]] {
    let bounds = Set(cuts.filter { $0 > 0 && $0 < stream.count }).sorted()
    return zip([0] + bounds, bounds + [stream.count]).map { Array(stream[$0..<$1]) }
}

/// A `.tar.zst`; without a locator, with one that says no more than the length.
func zstdFile(_ stream: [UInt8], cuts: [Int], level: Int, locator: Locator? = nil) -> [UInt8] {
    var file: [UInt8] = []
    var tail = TailBuilder(.tarZstd)
    guard var compressor = try? Compressor(level: level) else { return [] }
    for piece in pieces(of: stream, cuts: cuts) {
        guard let frame = try? compressor.compress(piece[...]) else { return [] }
        tail.append(CompressedJob.Part(bytes: frame.count, contentBytes: piece.count))
        file += frame
    }
    return file + tail.encoded(locator ?? plainLocator(stream))
}

/// A `.tar.gz`, likewise.
func bgzfFile(_ stream: [UInt8], cuts: [Int], locator: Locator? = nil) -> [UInt8] {
    var file: [UInt8] = []
    var tail = TailBuilder(.tarGz)
    guard var compressor = try? MemberCompressor(level: 6) else { return [] }
    for piece in pieces(of: stream, cuts: cuts) {
        let job = compressor.compress(piece)
        for part in job.parts { tail.append(part) }
        file += job.bytes
    }
    return file + tail.encoded(locator ?? plainLocator(stream))
}

/// What zstd makes of a whole file; nil when it refuses it.
private func zstdContent(of file: [UInt8], atMost limit: Int) -> [UInt8]? {
    let room = limit + 1
    var result = 0
    let content = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        result = file.withUnsafeBytes { ZSTD_decompress(buffer.baseAddress, room, $0.baseAddress, $0.count) }
        count = ZSTD_isError(result) == 0 ? result : 0
    }
    return ZSTD_isError(result) == 0 ? content : nil
}

/// What zlib makes of a file of gzip members; nil when it refuses it.
private func gzipContent(of file: [UInt8]) -> [UInt8]? {
    var content: [UInt8] = []
    var rest = file[...]
    while !rest.isEmpty {
        guard let (piece, used) = inflated(Array(rest), windowBits: 31, limit: 1 << 17) else { return nil }
        content += piece
        rest = rest.dropFirst(used)
    }
    return content
}

/// What zlib makes of the front of `bytes`, and of how many of them; nil when it refuses it.
func inflated(_ bytes: [UInt8], windowBits: Int32, limit: Int) -> (content: [UInt8], used: Int)? {
    var stream = z_stream()
    guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        return nil
    }
    defer { inflateEnd(&stream) }
    var bytes = bytes
    let count = bytes.count
    var result = Z_OK
    let content = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
        bytes.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(count)
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(limit)
            result = inflate(&stream, Z_FINISH)
        }
        filled = limit - Int(stream.avail_out)
    }
    return result == Z_STREAM_END ? (content, count - Int(stream.avail_in)) : nil
}
