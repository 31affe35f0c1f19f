internal import Subprocess
internal import SystemPackage

extension Program {
    /// Runs it to its end and hands its standard output out as it comes, in pieces that end anywhere.
    ///
    /// It has a session of its own, without a terminal and with no open files but its standard ones. When the time or the bytes
    /// are used up, when `output` throws, and when the task is cancelled, its whole process group gets SIGTERM and, after
    /// ``grace``, SIGKILL. What it started elsewhere (setsid(2)) lives on, and is not waited for, even if it holds the outputs open.
    ///
    /// - Throws: ``ProgramError`` when nothing was started, and what `output` throws. All else is in the result.
    public func run(_ output: ([UInt8]) async throws -> Void) async throws -> ProgramResult {
        try checkArguments()
        try ProgramSearch.check(executable)
        let input = try MemoryFile(input, name: "input")
        // It lives until the program has ended.
        defer { _ = input.descriptor }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = ProgramWatch.teardown(grace: grace)
        do {
            let ended = try await Subprocess.run(
                Configuration(
                    executable: .path(FilePath(executable)), arguments: Arguments(arguments),
                    environment: environment.forSubprocess, workingDirectory: workingDirectory.map { FilePath($0) },
                    platformOptions: options),
                input: .fileDescriptor(FileDescriptor(rawValue: input.descriptor), closeAfterSpawningProcess: false),
                output: .sequence, error: .sequence
            ) { execution in
                await ProgramWatch(program: self, process: execution.processIdentifier.value).follow(execution, output)
            }
            return try ended.closureResult.result(ended.terminationStatus)
        } catch let error as SubprocessError {
            // Cancelled before there was a process, or while it was being waited for.
            if Task.isCancelled { return ProgramResult(end: .cancelled, bytes: 0, message: []) }
            throw failure(error)
        }
    }

    private func checkArguments() throws(ProgramError) {
        let texts = [executable, workingDirectory ?? ""] + arguments + environment.values.flatMap { [$0, $1] }
        guard executable.hasPrefix("/"), !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw ProgramError(
                code: .badArgument, subject: executable,
                reason: "a program is named by its absolute path, and nothing passed to it may hold a zero byte")
        }
        for name in environment.values.keys where name.isEmpty || name.contains("=") {
            throw ProgramError(
                code: .badArgument, subject: executable,
                reason: "'\(name)' cannot be the name of an environment variable")
        }
    }

    private func failure(_ error: SubprocessError) -> ProgramError {
        let number = error.underlyingError
        let reason = number.map { "\($0)" } ?? "\(error)"
        return switch error.code {
        case .failedToChangeWorkingDirectory:
            ProgramError(
                code: .noWorkingDirectory, subject: executable,
                reason: "it cannot be run in \(workingDirectory ?? "?"): \(reason)")
        case .executableNotFound:
            // The file is there, so this is about what its first line or its header names.
            ProgramError(
                code: .notExecutable, subject: executable,
                reason: "the interpreter that it names is not there, or it may not be run")
        case .spawnFailed where number == .execFormatError:
            ProgramError(
                code: .notExecutable, subject: executable,
                reason: "it is not a program for this machine; a script begins with a line such as #!/bin/sh")
        default:
            ProgramError(code: .startFailed, subject: executable, reason: reason)
        }
    }
}

extension ProgramEnvironment {
    var forSubprocess: Environment {
        let pairs = values.map { (Environment.Key(stringLiteral: $0), $1) }
        let added = Dictionary(uniqueKeysWithValues: pairs)
        return inheritsAll ? .inherit.updating(added.mapValues { Optional($0) }) : .custom(added)
    }
}
