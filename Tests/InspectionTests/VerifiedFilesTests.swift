import Archive
import Bundle
import BundleFormat
import Foundation
import Glibc
import Inspection
import Synchronization
import Testing

/// Whether a file system knows a file again (docs/query.md), that of temporary files here.
private let knowsFiles: Bool = {
    guard let folder = try? TestFolder() else { return false }
    defer { withExtendedLifetime(folder) {} }
    guard let source = try? FileSource(path: folder.write("x", to: "x")) else { return false }
    return source.settled(for: 0) != nil
}()

/// That hashes were compared, kept from one reading of a bundle to the next.
@Suite(.enabled(if: knowsFiles, "temporary files are on a file system that does not know a file again"))
struct VerifiedFilesTests {
    private static let log = "namespaces/prod/pods/a/main/main/logs/current.log"

    /// A bundle as it was sealed, and one of the same seal with another letter in a log, in a container that is as it should be.
    private struct Place {
        let folder: TestFolder
        let seal: SealID
        var good: String { folder.file("good.tar.zst") }
        var wrong: String { folder.file("wrong.tar.zst") }
        var files: VerifiedFiles {
            var files = VerifiedFiles(base: folder.file("cache"))
            files.settling = 0
            return files
        }

        init() async throws {
            folder = try TestFolder()
            let good = folder.file("good.tar.zst")
            try await SmallBundle.write(
                ["namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a"), log: "one\nneedle\n"], to: good)
            seal = try #require(try await BundleReader(path: good).closing().sealID)
            #expect(try folder.shell("zstd -dcq good.tar.zst | sed s/needle/noodle/ >wrong.tar") == 0)
            let writer = ContainerWriter(
                output: try OutputFile(creating: folder.file("wrong.tar.zst")), container: .tarZstd)
            try await writer.write(Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("wrong.tar")))))
            try await writer.finish(locator: try #require(try ContainerReader(path: good).locator))
            // Times are those of the kernel's ticks.
            try await Task.sleep(for: .milliseconds(30))
        }

        func open(_ bundle: String, _ files: VerifiedFiles?) async throws -> BundleCapture {
            try await BundleCapture(try await BundleReader(path: bundle), verified: files)
        }

        /// What is wrong with files of it, by their paths.
        func problems(_ bundle: String, _ files: VerifiedFiles?) async throws -> [String] {
            try await ReadAll(try await open(bundle, files)).problems.keys.sorted()
        }

        func identity(_ file: String) throws -> FileFingerprint { try #require(try FileSource(path: file).identity) }

        func has(_ file: String) throws -> Bool { files.has(try identity(file), seal) }

        var kept: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.file("cache/exhibit/verified"))) ?? [])
        }

        var record: String { folder.file("cache/exhibit/verified/\(seal)") }
    }

    @Test
    func aPassThatComparedAllIsKept() async throws {
        let place = try await Place()
        #expect(try await place.problems(place.good, place.files) == [])
        #expect(place.kept == ["\(place.seal)"])
        let attributes = try FileManager.default.attributesOfItem(atPath: place.record)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try place.has(place.good) && !place.has(place.wrong))
        #expect(try await place.problems(place.good, place.files) == [])
    }

    /// It can only be told from what is not found then.
    @Test
    func whatIsKnownIsNotHashed() async throws {
        let place = try await Place()
        #expect(try await place.problems(place.wrong, place.files) == ["data/" + Self.log])
        #expect(place.kept == [])
        place.files.keep(try place.identity(place.wrong), place.seal)
        #expect(try await place.problems(place.wrong, place.files) == [])
        #expect(try await place.open(place.wrong, place.files).unsealedFiles() == [])
        #expect(try await place.problems(place.wrong, nil) == ["data/" + Self.log])
        let lines = try await EvidenceDatabase(try await place.open(place.wrong, place.files))
        #expect(try await lines.rows("SELECT message FROM log_lines WHERE message = 'noodle'").count == 1)
        #expect(lines.damage.count == 0)
    }

    @Test(arguments: [
        "printf x >>\"$1\"", "touch \"$1\"", "chmod u+x \"$1\"", "cp \"$1\" x && mv x \"$1\"", "ln \"$1\" x",
        // The time of the content is what one likes.
        "touch -r \"$1\" x && printf x | dd of=\"$1\" conv=notrunc 2>/dev/null && touch -r x \"$1\"",
    ])
    func aFileThatWasTouchedIsAnother(change: String) async throws {
        let place = try await Place()
        place.files.keep(try place.identity(place.wrong), place.seal)
        #expect(try place.has(place.wrong))
        #expect(try place.folder.shell(change, place.wrong) == 0)
        #expect(try !place.has(place.wrong))
    }

    @Test(arguments: ["touch \"$1\"", "chmod u+x \"$1\"", "cp \"$1\" x && mv x \"$1\""])
    func whatWasTouchedIsHashedAgain(change: String) async throws {
        let place = try await Place()
        place.files.keep(try place.identity(place.wrong), place.seal)
        #expect(try place.folder.shell(change, place.wrong) == 0)
        #expect(try await place.problems(place.wrong, place.files) == ["data/" + Self.log])
    }

    @Test
    func ofAFileThatHasJustChangedNothingIsKept() async throws {
        let place = try await Place()
        var files = VerifiedFiles(base: place.folder.file("cache"))
        #expect(files.settling >= 2_000_000_000)
        files.settling = 3_600_000_000_000
        #expect(try await place.problems(place.good, files) == [])
        #expect(place.kept == [])
    }

    @Test(arguments: [
        "chmod 622 \"$1\"", "mv \"$1\" x && ln -s \"$PWD/x\" \"$1\"", "printf x >>\"$1\"", ": >\"$1\"", "rm \"$1\"",
        "rm \"$1\" && mkfifo \"$1\"", "rm \"$1\" && mkdir \"$1\"", "sed -i 's/verified 1/verified 2/' \"$1\"",
        "chmod 777 \"$(dirname \"$1\")\"", "chmod 777 \"$(dirname \"$1\")/..\"",
        "d=$(dirname \"$1\"); mv \"$d\" x && ln -s \"$PWD/x\" \"$d\"",
    ])
    func whatSomebodyElseMayHaveWrittenIsNoRecord(change: String) async throws {
        let place = try await Place()
        place.files.keep(try place.identity(place.wrong), place.seal)
        #expect(try place.folder.shell(change, place.record) == 0)
        #expect(try !place.has(place.wrong))
        #expect(try await place.problems(place.wrong, place.files) == ["data/" + Self.log])
    }

    @Test
    func aRecordIsOfItsSealAlone() async throws {
        let place = try await Place()
        place.files.keep(try place.identity(place.wrong), place.seal)
        let other = try #require(SealID(String(repeating: "0", count: 64)))
        #expect(rename(place.record, place.folder.file("cache/exhibit/verified/\(other)")) == 0)
        #expect(try !place.files.has(place.identity(place.wrong), other) && !place.has(place.wrong))
    }

    private final class Passing: FileVisitor {
        private let body: @Sendable () throws -> Void
        let problem = Mutex<String?>(nil)

        init(_ body: @escaping @Sendable () throws -> Void = {}) { self.body = body }

        func take(_ piece: ArraySlice<UInt8>) throws { try body() }
        func end(_ problem: String?) { self.problem.withLock { $0 = problem } }
    }

    @Test
    func aPassThatLeftSomethingOutIsNotKept() async throws {
        let place = try await Place()
        try await place.open(place.good, place.files).read { $0.path.hasSuffix(".log") ? nil : Passing() }
        try await place.open(place.good, place.files).read { _ in Passing { throw EnoughOfFile() } }
        #expect(place.kept == [])
        // The run's own records are always compared.
        try await place.open(place.good, place.files).read { $0.path.hasPrefix("data/") ? Passing() : nil }
        #expect(place.kept.count == 1)
    }

    @Test
    func neitherFoldersNorPlainArchivesAreKnown() async throws {
        let place = try await Place()
        #expect(
            try place.folder.shell(
                "mkdir unpacked && zstd -dcq good.tar.zst | tar xf - -C unpacked") == 0)
        #expect(try await place.problems(place.folder.file("unpacked/case"), place.files) == [])
        let plain = place.folder.file("plain.tar")
        try await SmallBundle.write([Self.log: "one\n"], to: plain, as: .tar)
        #expect(try await place.problems(plain, place.files) == [])
        #expect(place.kept == [])
    }

    @Test
    func whatIsChangedWhileItIsReadIsSaid() async throws {
        let place = try await Place()
        place.files.keep(try place.identity(place.good), place.seal)
        let path = place.good
        let visitor = Passing { _ = chmod(path, 0o640) }
        let capture = try await place.open(path, place.files)
        let error = await #expect(throws: BundleError.self) {
            try await capture.read { $0.path.hasSuffix(".log") ? visitor : nil }
        }
        #expect(error?.code == .damaged)
        #expect(visitor.problem.withLock { $0 }?.contains("while it was read") == true)
    }
}
