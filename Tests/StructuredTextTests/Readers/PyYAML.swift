import Foundation
import StructuredText

/// One run of python3 that compares pairs of JSON and YAML.
enum PyYAML {
    static let isAvailable =
        (try? ForeignReader.run(["python3", "-c", "import yaml"], input: [])).map { $0.status == 0 } ?? false

    static func compare(_ pairs: [JSONValue]) throws -> String {
        let input = pairs.flatMap { (pair) -> [UInt8] in pair.serialized() + [0x0A] }
        let result = try ForeignReader.run(["python3", "-c", script], input: input)
        return String(decoding: result.output, as: UTF8.self)
    }

    /// Values are compared with their types; a lone surrogate is U+FFFD. Then the text of each number is that of the JSON,
    /// except that an exponent has the fraction and the sign that YAML 1.1 wants of it.
    private static let script = #"""
        import json, re, sys, yaml
        def same(a, b):
            if type(a) is not type(b): return False
            if isinstance(a, dict): return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
            if isinstance(a, list): return len(a) == len(b) and all(map(same, a, b))
            return a == b
        def text(value):
            return re.sub("[\ud800-\udfff]", "\ufffd", value)
        def repaired(value):
            if isinstance(value, dict): return {text(k): repaired(v) for k, v in value.items()}
            if isinstance(value, list): return list(map(repaired, value))
            return text(value) if isinstance(value, str) else value
        class Spelt(str): pass
        def spelling(number):
            mantissa, e, exponent = re.fullmatch(r"([^eE]*)([eE]?)(.*)", number).groups()
            if not e: return number
            return mantissa + (".0" if "." not in mantissa else "") + e + ("" if exponent[0] in "+-" else "+") + exponent
        def digits(value, node):
            if isinstance(value, dict): return all(digits(v, n) for v, (_, n) in zip(value.values(), node.value))
            if isinstance(value, list): return all(map(digits, value, node.value))
            return spelling(value) == node.value if isinstance(value, Spelt) else True
        loaders = [yaml.SafeLoader] + ([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])
        count = 0
        for line in sys.stdin.buffer:
            source, written = json.loads(line)
            value = repaired(json.loads(source))
            spelt = json.loads(source, parse_int=Spelt, parse_float=Spelt)
            for loader in loaders:
                try:
                    read = yaml.load(written, Loader=loader)
                    right = same(value, read) and digits(spelt, yaml.compose(written, Loader=loader))
                except Exception as error: read, right = error, False
                if not right: print(loader.__name__, ascii(source), ascii(written), ascii(read))
            count += 1
        print("same", count)
        """#
}
