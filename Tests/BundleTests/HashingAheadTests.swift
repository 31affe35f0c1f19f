import Archive
import Bundle
import BundleFormat
import Foundation
import TestSupport
import Testing

/// Entries of many sizes, since their content is hashed in batches on several cores: some that end just at a batch's
/// edge, some that are many batches, thousands that share one.
struct HashingAheadTests {
    private static let batch = 1 << 20
    private static let sizes =
        [3 * batch, 0, batch - 1, batch, batch + 1, 1, 5 * batch + 17, 0, 2 * batch]
        + Array(repeating: 30, count: 4_200) + [batch / 2, batch / 2, batch / 2 + 1, 0]

    private static func path(_ number: Int) -> String { "data/\(number).txt" }

    private func write(to path: String, _ container: Container) async throws {
        let writer = try await BundleWriter(
            opening: try Sample.opening(), outputPath: path, options: .init(container: container))
        var receipts: [EntryReceipt] = []
        for (number, size) in Self.sizes.enumerated() {
            // Whole and cut content: roots of the first follow from the hash.
            let entry = try await writer.entry(
                path: Sample.components(Self.path(number)), media: "text/plain",
                segments: number.isMultiple(of: 5) ? .whole : .lines, attempt: 1)
            let bytes = size > 100 ? Sample.noise(size, seed: UInt64(number)) : Array("\(number)\n".utf8.prefix(size))
            try await entry.write(bytes)
            receipts.append(try await entry.finish())
        }
        try await writer.record(Sample.ledgerLine(1, receipts))
        _ = try await writer.seal()
    }

    @Test(arguments: Container.allCases, [false, true])
    func allAreHashed(container: Container, deep: Bool) async throws {
        try await withFolder { folder in
            try await write(to: "\(folder)/b", container)
            let verification = try await Verifier(deep: deep).verify(path: "\(folder)/b")
            #expect(verification.failures.isEmpty)
            #expect(verification.counts.payloadFiles == Self.sizes.count + 1)
            #expect((verification.counts.segments > 4_200) == deep)
        }
    }

    @Test(arguments: [false, true])
    func allOfAFolderAreHashed(deep: Bool) async throws {
        try await withFolder { folder in
            try await write(to: "\(folder)/b.tar", .tar)
            #expect(try Command(["tar", "xf", "b.tar"], in: folder).status == 0)
            let verification = try await Verifier(deep: deep).verify(path: "\(folder)/case-1")
            #expect(verification.failures.isEmpty)
            #expect(verification.counts.payloadFiles == Self.sizes.count + 1)
            #expect((verification.counts.segments > 4_200) == deep)
        }
    }

    /// Each changed entry is named, and no other, whatever batch it is in.
    @Test func eachChangeIsNamed() async throws {
        try await withFolder { folder in
            try await write(to: "\(folder)/b.tar", .tar)
            let parts = try await TakenApart("\(folder)/b.tar")
            var random = SeededGenerator(seed: 11)
            for round in 0..<12 {
                var changed = parts
                var expected: Set<String> = []
                for _ in 0...random.next(6) {
                    let number = random.next(round.isMultiple(of: 2) ? 9 : Self.sizes.count)
                    guard Self.sizes[number] > 0, expected.insert("contentChanged \(Self.path(number))").inserted else {
                        continue
                    }
                    let file = parts.index(Self.path(number))
                    let last = parts.files[file].bytes.count - 1
                    changed.files[file].bytes[[0, last, random.next(last + 1)][random.next(3)]] ^= 1
                }
                try await changed.write(to: "\(folder)/c.tar")
                let verification = try await Verifier(deep: round.isMultiple(of: 3)).verify(path: "\(folder)/c.tar")
                #expect(verification.failures == expected, "round \(round)")
                try FileManager.default.removeItem(atPath: "\(folder)/c.tar")
            }
        }
    }

    /// Those behind a file that cannot be read are still what they are.
    @Test func aFileThatCannotBeReadDoesNotSpoilTheNext() async throws {
        try await withFolder { folder in
            try await write(to: "\(folder)/b.tar", .tar)
            #expect(try Command(["tar", "xf", "b.tar"], in: folder).status == 0)
            let file = "\(folder)/case-1/\(Self.path(0))"
            try FileManager.default.removeItem(atPath: file)
            try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "2.txt")
            let failures = try await Verifier().verify(path: "\(folder)/case-1").failures
            #expect(failures.contains("missing \(Self.path(0))"))
            #expect(failures.allSatisfy { $0.hasSuffix(" \(Self.path(0))") || !$0.contains("data/") })
        }
    }
}
