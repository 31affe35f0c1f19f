import Foundation
import StructuredText

/// One run of perl that tells what YAML::PP reads: a parser of its own, by YAML 1.2.
enum PerlYAML {
    static let isAvailable =
        (try? ForeignReader.run(["perl", "-MYAML::PP", "-e", "1"], input: [])).map { $0.status == 0 } ?? false

    /// A line for each document, as ``told(_:)`` makes them.
    static func read(_ documents: [[UInt8]]) throws -> [String] {
        let input = documents.flatMap { (document) -> [UInt8] in Array(hex(document).utf8) + [0x0A] }
        let result = try ForeignReader.run(["perl", "-e", script], input: input)
        return String(decoding: result.output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// What the script prints for a value: members in their order, texts as hex, numbers as they are spelt.
    static func told(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let text): "n\(spelling(text))"
        case .string(let text): told(text)
        case .array(let elements): "[\(elements.map(told).joined(separator: ","))]"
        case .object(let members): "{\(members.map { "\(told($0.key)):\(told($0.value))" }.joined(separator: ","))}"
        }
    }

    private static func told(_ text: String) -> String { "s\(hex(Array(text.utf8)))" }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// An exponent has the fraction and the sign that YAML 1.1 wants of it.
    static func spelling(_ number: String) -> String {
        guard let e = number.firstIndex(where: { $0 == "e" || $0 == "E" }) else { return number }
        let (mantissa, exponent) = (number[..<e], number[number.index(after: e)...])
        let isSigned = exponent.hasPrefix("-") || exponent.hasPrefix("+")
        return "\(mantissa)\(mantissa.contains(".") ? "" : ".0")\(number[e])\(isSigned ? "" : "+")\(exponent)"
    }

    /// The values are as the Core schema takes them, their spelling as Failsafe does, to which all is text.
    private static let script = #"""
        use strict; use warnings;
        use B (); use Encode (); use YAML::PP; use YAML::PP::Common qw(PRESERVE_ORDER);
        my ($core, $failsafe) = map {
            YAML::PP->new(schema => [$_], boolean => "JSON::PP", cyclic_refs => "fatal", preserve => PRESERVE_ORDER)
        } qw(Core Failsafe);
        sub text { utf8::encode(my $text = shift); "s" . unpack("H*", $text) }
        sub told {
            my ($value, $spelt) = @_;
            return "null" unless defined $value;
            return $value ? "true" : "false" if ref $value eq "JSON::PP::Boolean";
            return "[" . join(",", map { told($value->[$_], $spelt->[$_]) } 0 .. $#$value) . "]" if ref $value eq "ARRAY";
            return "{" . join(",", map { text($_) . ":" . told($value->{$_}, $spelt->{$_}) } keys %$value) . "}" if ref $value;
            my $flags = B::svref_2object(\$value)->FLAGS;
            return "n$spelt" if $flags & (B::SVf_IOK | B::SVf_NOK) and not $flags & B::SVf_POK;
            return text($value);
        }
        while (my $line = <STDIN>) {
            chomp $line;
            my $yaml = Encode::decode("UTF-8", pack("H*", $line), Encode::FB_CROAK);
            my @told = eval {
                my @values = $core->load_string($yaml);
                my @spelt = $failsafe->load_string($yaml);
                map { told($values[$_], $spelt[$_]) } 0 .. $#values
            };
            print $@ ? "error $@" =~ s/\n/ /gr : join(" ", @told), "\n";
        }
        """#
}
