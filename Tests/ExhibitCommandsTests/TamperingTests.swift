import Foundation
import Testing

/// `exhibit verify` on bundles that somebody altered, cut, or that never were one.
@Suite(.needsBinary, .needsCluster)
struct TamperingTests {
    /// The content of a log of pod `pair`.
    private static let entry = "data/namespaces/exhibit-demo/pods/pair/first/first/logs/current.log"

    enum Kind: CaseIterable, Sendable {
        case tar, tarZstd

        func write(_ archive: TarArchive, in folder: String) async throws -> String {
            switch self {
            case .tar:
                try Files.write(archive.file, to: folder + "/edited.tar")
                return folder + "/edited.tar"
            case .tarZstd:
                try Files.write(try await SeekableZstd.pack(archive), to: folder + "/edited.tar.zst")
                return folder + "/edited.tar.zst"
            }
        }
    }

    private func withEdited(
        _ kind: Kind, _ edit: (inout TarArchive) throws -> Void,
        _ body: (_ path: String, _ sealID: String) async throws -> Void
    ) async throws {
        let capture = try await Capture.signed.value
        try await Scratch.withFolder { folder in
            var archive = try TarArchive(try Files.bytes(capture.path))
            try edit(&archive)
            try await body(try await kind.write(archive, in: folder), capture.sealID)
        }
    }

    /// The edited archives below are well made: without an edit, the same way of packing is accepted.
    @Test(arguments: Kind.allCases)
    func repackingChangesNothing(kind: Kind) async throws {
        try await withEdited(kind, { _ in }) { path, sealID in
            try await Exhibit.expect(Exhibit.Code.ok, ["verify", path, "--expect", sealID])
        }
        let capture = try await Capture.signed.value
        let bytes = try Files.bytes(capture.path)
        #expect(try TarArchive(bytes).file == bytes)
    }

    @Test(arguments: Kind.allCases, [entry, "meta/ledger.jsonl", "meta/custody.jsonl", "meta/bundle.json"])
    func oneChangedByteIsFoundAndNamed(kind: Kind, entry: String) async throws {
        try await withEdited(
            kind,
            { archive in
                let index = try #require(archive.index(of: entry))
                let middle = archive.entries[index].content.count / 2
                // Stays text, and a digit stays a digit.
                let letter = try #require(
                    archive.entries[index].content[middle...].firstIndex { (0x31...0x38).contains($0) })
                archive.entries[index].content[letter] ^= 1
            }
        ) { path, sealID in
            for anchor in [[], ["--expect", sealID]] {
                let outcome = try await Exhibit.expect(Exhibit.Code.integrityFailed, ["verify", path] + anchor)
                #expect(outcome.text.contains(entry), "\(outcome.summary)")
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func aRemovedEntryIsMissed(kind: Kind) async throws {
        try await withEdited(kind, { $0.entries.remove(at: try #require($0.index(of: Self.entry))) }) { path, sealID in
            let outcome = try await Exhibit.run(["verify", path, "--expect", sealID])
            #expect(
                [Exhibit.Code.integrityFailed, Exhibit.Code.incomplete].contains(outcome.status), "\(outcome.summary)")
            #expect(outcome.text.contains(Self.entry), "\(outcome.summary)")
        }
    }

    @Test(arguments: Kind.allCases)
    func anAddedEntryIsFound(kind: Kind) async throws {
        try await withEdited(
            kind,
            { archive in
                let index = try #require(archive.index(of: "data/version"))
                var added = archive.entries[index]
                // The name differs in one letter, and the checksum of the header with it: v + 1.
                let position = try #require(
                    String(decoding: added.header.prefix(100), as: UTF8.self).range(of: "version"))
                let offset = String(decoding: added.header.prefix(100), as: UTF8.self).utf8.distance(
                    from: "".startIndex, to: position.lowerBound)
                added.header[offset] += 1
                let sum = added.header.enumerated().reduce(0) {
                    $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element))
                }
                let digits = String(sum, radix: 8)
                added.header.replaceSubrange(
                    148..<154, with: (String(repeating: "0", count: 6 - digits.count) + digits).utf8)
                archive.entries.insert(added, at: index + 1)
            }
        ) { path, sealID in
            let outcome = try await Exhibit.expect(Exhibit.Code.integrityFailed, ["verify", path, "--expect", sealID])
            #expect(outcome.text.contains("data/wersion"), "\(outcome.summary)")
        }
    }

    @Test(arguments: Kind.allCases)
    func twoEntriesThatChangedPlacesAreFound(kind: Kind) async throws {
        try await withEdited(
            kind,
            { archive in
                let index = try #require(archive.index(of: Self.entry))
                archive.entries.swapAt(index, index - 1)
            }
        ) { path, sealID in
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["verify", path, "--expect", sealID])
        }
    }

    @Test(arguments: Kind.allCases)
    func bytesBehindTheEndAreFound(kind: Kind) async throws {
        let capture = try await Capture.signed.value
        try await Scratch.withFolder { folder in
            let path = try await kind.write(try TarArchive(try Files.bytes(capture.path)), in: folder)
            try Files.write(try Files.bytes(path) + [0x41], to: path)
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["verify", path, "--expect", capture.sealID])
        }
    }

    /// Fractions of the file in thousandths; the last are just before its end.
    @Test(arguments: Kind.allCases, [100, 333, 500, 800, 990])
    func aCutBundleIsIncomplete(kind: Kind, thousandths: Int) async throws {
        try await withEdited(kind, { _ in }) { path, sealID in
            let bytes = try Files.bytes(path)
            try Files.write(bytes.prefix(bytes.count * thousandths / 1000), to: path)
            for anchor in [[], ["--expect", sealID]] {
                let outcome = try await Exhibit.run(["verify", path] + anchor)
                let codes = [Exhibit.Code.integrityFailed, Exhibit.Code.incomplete]
                #expect(codes.contains(outcome.status), "\(anchor): \(outcome.summary)")
                #expect((outcome.text + outcome.errors).utf8.count > 80, "it says what is left: \(outcome.summary)")
            }
        }
    }

    /// GNU tar is content with such an archive, and exits with 0.
    @Test
    func aTarCutBetweenTwoEntriesIsIncomplete() async throws {
        let capture = try await Capture.signed.value
        try await Scratch.withFolder { folder in
            let archive = try TarArchive(try Files.bytes(capture.path))
            let count = try #require(archive.index(of: "meta/ledger.jsonl"))
            let path = folder + "/cut.tar"
            try Files.write(archive.entries.prefix(count).flatMap(\.bytes), to: path)
            for anchor in [[], ["--expect", capture.sealID]] {
                try await Exhibit.expect(Exhibit.Code.incomplete, ["verify", path] + anchor)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func oneByteLessIsNoticed(kind: Kind) async throws {
        try await withEdited(kind, { _ in }) { path, sealID in
            try Files.write(try Files.bytes(path).dropLast(), to: path)
            let outcome = try await Exhibit.run(["verify", path, "--expect", sealID])
            #expect(
                [Exhibit.Code.integrityFailed, Exhibit.Code.incomplete].contains(outcome.status), "\(outcome.summary)")
        }
    }

    // MARK: The unpacked folder

    enum FolderEdit: CaseIterable, Sendable {
        case changed, added, removed, linked
    }

    @Test(arguments: FolderEdit.allCases)
    func anEditedFolderIsFound(edit: FolderEdit) async throws {
        let capture = try await Capture.signed.value
        let folder = try await Capture.unpack(capture.path)
        let file = folder + "/" + Self.entry
        var named = Self.entry
        switch edit {
        case .changed:
            var bytes = try Files.bytes(file)
            bytes[0] ^= 1
            try Files.write(bytes, to: file)
        case .added:
            named = "data/namespaces/exhibit-demo/added.yaml"
            try Files.write("kind: Pod\n", to: folder + "/" + named)
        case .removed:
            try FileManager.default.removeItem(atPath: file)
        case .linked:
            // `sha256sum -c` follows it and is content.
            try FileManager.default.moveItem(atPath: file, toPath: folder + "/../outside.log")
            try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: folder + "/../outside.log")
        }
        let outcome = try await Exhibit.run(["verify", folder, "--expect", capture.sealID])
        let codes =
            edit == .removed ? [Exhibit.Code.incomplete, Exhibit.Code.integrityFailed] : [Exhibit.Code.integrityFailed]
        #expect(codes.contains(outcome.status), "\(outcome.summary)")
        #expect(outcome.text.contains(named), "\(outcome.summary)")
    }
}

/// What is no bundle is called so, by every command that reads one.
@Suite(.needsBinary)
struct NotABundleTests {
    enum Thing: CaseIterable, Sendable {
        case empty, text, noise, foreignTar, foreignZstd, emptyFolder, missing, device

        func make(in folder: String) async throws -> String {
            let path = folder + "/thing"
            switch self {
            case .empty: try Files.write("", to: path)
            case .text: try Files.write(String(repeating: "this is no bundle\n", count: 1000), to: path)
            case .noise: try Files.write((0..<100_000).map { _ in UInt8.random(in: 0...255) }, to: path)
            case .foreignTar, .foreignZstd:
                try FileManager.default.createDirectory(atPath: folder + "/etc", withIntermediateDirectories: true)
                try Files.write("hosts\n", to: folder + "/etc/hosts")
                try await Tool.run(
                    "tar",
                    [self == .foreignTar ? "-cf" : "--zstd", self == .foreignTar ? path : "-cf"]
                        + (self == .foreignTar ? [] : [path]) + ["-C", folder, "etc"])
            case .emptyFolder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            case .missing: break
            case .device: return "/dev/null"
            }
            return path
        }
    }

    @Test(arguments: Thing.allCases, ["verify", "inspect", "ls", "cat", "extract"])
    func itIsNoBundle(thing: Thing, command: String) async throws {
        try await Scratch.withFolder { folder in
            let path = try await thing.make(in: folder)
            var arguments = [command, path]
            if command == "cat" { arguments.append("data/version") }
            if command == "extract" { arguments += ["-C", folder + "/extracted"] }
            let outcome = try await Exhibit.run(arguments)
            #expect(outcome.status == Exhibit.Code.notABundle, "\(arguments): \(outcome.summary)")
            if outcome.output.isEmpty { outcome.expectMessage(path) }
            #expect(!Files.exists(folder + "/extracted"))
        }
    }

    @Test(arguments: ["verify", "inspect", "ls", "extract"])
    func failuresAreJSONToo(command: String) async throws {
        try await Scratch.withFolder { folder in
            let arguments =
                [command, folder, "--output", "json"] + (command == "extract" ? ["-C", folder + "/x"] : [])
            let outcome = try await Exhibit.expect(Exhibit.Code.notABundle, arguments)
            _ = try outcome.json(AnyAnswer.self)
        }
    }
}
