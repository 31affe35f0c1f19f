import Foundation
import StructuredText

/// Runs of python3 that write YAML, and that read what ``YAMLReader`` reads.
extension PyYAML {
    /// What PyYAML writes for each value, in eight ways.
    static func dumps(_ values: [JSONValue]) throws -> [[JSONValue]] {
        try lines(of: dumper, input: values).map { $0.array ?? [] }
    }

    /// `same COUNT` when PyYAML reads each text to the JSON that stands beside it.
    static func compareReading(_ pairs: [JSONValue]) throws -> String {
        let result = try ForeignReader.run(
            ["python3", "-c", reader], input: pairs.flatMap { (pair) -> [UInt8] in pair.serialized() + [0x0A] })
        return String(decoding: result.output, as: UTF8.self)
    }

    /// The YAML files of an archive.
    static func members(of archive: String) throws -> [String] {
        try lines(of: extractor, input: [.string(archive)]).compactMap { $0.string }
    }

    private static func lines(of script: String, input: [JSONValue]) throws -> [JSONValue] {
        let input = input.flatMap { (value) -> [UInt8] in value.serialized() + [0x0A] }
        let result = try ForeignReader.run(["python3", "-c", script], input: input)
        return try result.output.split(separator: 0x0A).map { try JSONValue(parsing: $0) }
    }

    /// Quotes what is a string to YAML 1.1 as PyYAML knows it, and none to go-yaml: `y`, `1e5`, `0o7`, `08`.
    private static let dumper = #"""
        import json, re, sys, yaml
        class Dumper(yaml.SafeDumper): pass
        Dumper.add_implicit_resolver("bool", re.compile("^[yYnN]$"), list("yYnN"))
        Dumper.add_implicit_resolver("float", re.compile(r"^[-+]?(0[xXoObB])?[0-9._eE+-]+$"), list("-+.0123456789"))
        for line in sys.stdin.buffer:
            value = json.loads(line)
            print(json.dumps([
                yaml.dump(value, Dumper=Dumper, sort_keys=False, default_flow_style=flow, width=width, allow_unicode=unicode)
                for flow in (False, None) for width in (20, 1 << 20) for unicode in (False, True)
            ]))
        """#

    /// Plain scalars are compared as the text that they are, but for null.
    private static let reader = #"""
        import json, sys, yaml
        class Text(yaml.SafeLoader): pass
        Text.yaml_implicit_resolvers = {}
        def text(value):
            if isinstance(value, dict): return {text(k): text(v) for k, v in value.items()}
            if isinstance(value, list): return list(map(text, value))
            if value is None or value == "~" or value == "null": return ""
            return "true" if value is True else "false" if value is False else value
        count = 0
        for line in sys.stdin.buffer:
            written, read = json.loads(line)
            try: expected = yaml.load(written, Loader=Text)
            except Exception as error: expected = str(error)
            found = json.loads(read, parse_int=str, parse_float=str)
            if text(expected) != text(found): print(ascii(written), ascii(read), ascii(expected))
            count += 1
        print("same", count)
        """#

    private static let extractor = #"""
        import json, sys, tarfile
        with tarfile.open(json.loads(sys.stdin.readline())) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".yaml"):
                    print(json.dumps(archive.extractfile(member).read().decode()))
        """#
}
