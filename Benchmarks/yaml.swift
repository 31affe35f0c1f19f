import Glibc
import StructuredText

/// What Benchmarks/yaml measures: the objects of FILE, one line of JSON each, as YAML, `ROUNDS` times on one core. Seconds of CPU of
/// each round go to standard output, with the bytes that went in and came out; the YAML of the last round to OUTPUT.
///
///     yaml FILE ROUNDS OUTPUT
@main
struct YAMLBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let rounds = Int(arguments[2]) else { exit(2) }
        let text = try bytes(of: arguments[1])
        let objects = text.split(separator: 0x0A)
        for round in 1...rounds {
            let output = open(arguments[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard output >= 0 else { exit(1) }
            defer { close(output) }
            var buffer: [UInt8] = []
            var (input, written, seconds) = (0, 0, 0.0)
            for object in objects {
                let start = cpu()
                try YAML.append(json: object, to: &buffer, sequenceItem: true)
                seconds += cpu() - start
                input += object.count
                if buffer.count >= 64 << 10 || input == text.count {
                    written += buffer.count
                    if round == rounds { write(output, buffer, buffer.count) }
                    buffer.removeAll(keepingCapacity: true)
                }
            }
            print(seconds, input, written + buffer.count)
            if round == rounds { write(output, buffer, buffer.count) }
        }
    }

    private static func cpu() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { exit(1) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
