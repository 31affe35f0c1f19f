import Archive
import Glibc
import TestSupport
import Testing

struct OutputTests {
    @Test func createsExclusivelyForItsOwnerOnly() throws {
        let scratch = Scratch()
        let path = scratch.file("a")
        try OutputFile(creating: path).close()
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
        #expect(code { try OutputFile(creating: path).close() } == .exists)
        symlink(scratch.file("elsewhere"), scratch.file("link"))
        #expect(code { try OutputFile(creating: scratch.file("link")).close() } == .exists)
        #expect(access(scratch.file("elsewhere"), F_OK) != 0)
        #expect(code { try OutputFile(creating: scratch.file("no/folder")).close() } == .writeFailed)
    }

    @Test func publishesWithoutReplacing() throws {
        let scratch = Scratch()
        let partial = scratch.write([1], to: "a.partial"), taken = scratch.write([2], to: "taken")
        #expect(code { try OutputFile.publish(from: partial, to: taken) } == .exists)
        #expect(contents(of: taken) == [2])
        try OutputFile.publish(from: partial, to: scratch.file("a"))
        #expect(contents(of: scratch.file("a")) == [1])
        #expect(access(partial, F_OK) != 0)
        #expect(code { try OutputFile.publish(from: partial, to: scratch.file("b")) } == .writeFailed)
    }

    /// A pipe that is read slowly and never blocks the writer: short writes and EAGAIN all the time.
    @Test(arguments: Container.allCases)
    func writesToAPipe(container: Container) async throws {
        let scratch = Scratch()
        let samples = Sample.corners()
        let stream = popen("sleep 0.2; exec cat > \(scratch.file("a"))", "we")!
        // Closed on exec, as the stream is: else the children of other tests keep the pipe open, and `cat` waits for them.
        let descriptor = fcntl(fileno(stream), F_DUPFD_CLOEXEC, 0)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let output = OutputFile(adopting: descriptor, name: "pipe")
        let isRegularFile = output.isRegularFile
        #expect(!isRegularFile)
        let writer = ContainerWriter(output: output, container: container)
        for sample in samples { try await writer.write(try sample.blocks()) }
        try await writer.flush(sync: true)
        try await writer.write(StrictTar.endMarker)
        let locator = Locator(indexOffset: 0, indexSize: 0, tarLength: await writer.position, entries: 0)
        try await writer.finish(locator: locator)
        #expect(pclose(stream) == 0)
        let reader = try ContainerReader(path: scratch.file("a"))
        #expect(try await readAll(reader).samples == samples)
        #expect(await writer.written == reader.fileSize)
    }

    @Test func aReaderThatGoesAwayIsAnError() async throws {
        signal(SIGPIPE, SIG_IGN)
        let stream = popen("exec true", "we")!
        let writer = ContainerWriter(
            output: OutputFile(adopting: fcntl(fileno(stream), F_DUPFD_CLOEXEC, 0), name: "pipe"), container: .tar,
            options: ContainerOptions(frameBytes: 512))
        await #expect(throws: ArchiveError.self) {
            while true { try await writer.write([UInt8](repeating: 1, count: 4096)) }
        }
        pclose(stream)
    }

    /// /dev/full says ENOSPC to every write.
    @Test(arguments: Container.allCases)
    func aFailureStays(container: Container) async throws {
        let descriptor = open("/dev/full", O_WRONLY)
        let writer = ContainerWriter(output: OutputFile(adopting: descriptor, name: "/dev/full"), container: container)
        try await writer.write([1, 2, 3])
        let first = await failure { try await writer.flush(sync: false) }
        #expect(first?.code == .noSpace)
        #expect(first?.written == 0)
        #expect(first?.synced == 0)
        #expect(await failure { try await writer.write([1]) } == first)
        #expect(await failure { try await writer.flush(sync: true) } == first)
        let locator = Locator(indexOffset: 0, indexSize: 0, tarLength: 3, entries: 0)
        #expect(await failure { try await writer.finish(locator: locator) } == first)
    }

    /// A real file system of 1 MiB that runs full after a checkpoint. Needs the right to mount, else it is skipped.
    @Test func diskFull() async throws {
        let scratch = Scratch()
        guard run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", scratch.path) == 0 else {
            print("diskFull: skipped, mounting a tmpfs needs root")
            return
        }
        defer { _ = run("umount", "-l", scratch.path) }
        var random = SeededGenerator(seed: 5)
        let noise = (0..<65536).map { _ in UInt8.random(in: 0...255, using: &random) }
        for container in Container.allCases {
            let path = scratch.file("a" + container.fileExtension)
            let writer = ContainerWriter(
                output: try OutputFile(creating: path), container: container,
                options: ContainerOptions(frameBytes: 65536, workers: 2))
            try await writer.write(noise)
            try await writer.flush(sync: true)
            let safe = await writer.written
            let error = await failure { while true { try await writer.write(noise) } }
            #expect(error?.code == .noSpace)
            #expect(error?.subject == path)
            #expect(error?.synced == safe)
            #expect(error?.written == UInt64(contents(of: path).count))
            #expect(error?.advice.contains("free") == true)
            unlink(path)
        }
    }

    /// What is held for a file is there for it even when somebody else uses up all the rest.
    @Test func roomThatIsHeldIsNobodyElses() throws {
        let scratch = Scratch()
        guard run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", scratch.path) == 0 else {
            print("roomThatIsHeldIsNobodyElses: skipped, mounting a tmpfs needs root")
            return
        }
        defer { _ = run("umount", "-l", scratch.path) }
        var output = try OutputFile(creating: scratch.file("held"))
        try output.write([UInt8](repeating: 1, count: 1_000))
        let isHeld = try output.reserve(upTo: 512 << 10)
        #expect(isHeld)
        #expect(contents(of: scratch.file("held")).count == 1_000, "its size is what was written")
        let isTooMuch = try output.reserve(upTo: 2 << 20)
        #expect(!isTooMuch)
        var filler = try OutputFile(creating: scratch.file("filler"))
        #expect(code { while true { try filler.write([UInt8](repeating: 2, count: 4_096)) } } == .noSpace)
        try output.write([UInt8](repeating: 1, count: (512 << 10) - 1_000 - 4_096))
        output.releaseReserve()
        try filler.write([UInt8](repeating: 2, count: 4_096))
        let written = output.written
        #expect(written == UInt64((512 << 10) - 4_096))
        try output.close()
        #expect(contents(of: scratch.file("held")).count == (512 << 10) - 4_096)
    }

    @Test func errnoBecomesAdvice() {
        let errors = [
            (EFBIG, ArchiveError.Code.noSpace), (EDQUOT, .noSpace), (EIO, .writeFailed), (EROFS, .writeFailed),
            (EACCES, .writeFailed),
        ]
        for (number, code) in errors {
            let error = ArchiveError.failure(number, doing: "writing", path: "/x")
            #expect(error.code == code)
            #expect(!error.advice.isEmpty)
        }
    }

    private func code(_ action: () throws -> Void) -> ArchiveError.Code? {
        do {
            try action()
            return nil
        } catch {
            return (error as? ArchiveError)?.code
        }
    }
}

/// The error that an action ends with.
func failure(_ action: () async throws -> Void) async -> ArchiveError? {
    do {
        try await action()
        return nil
    } catch {
        return error as? ArchiveError
    }
}
