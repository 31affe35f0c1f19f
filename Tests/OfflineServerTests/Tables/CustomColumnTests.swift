import OfflineServer
import StructuredText
import Testing

/// Columns of custom resources, by the definitions that were captured.
struct CustomColumnTests {
    private static func definition(_ spec: String, api version: String = "v1") -> String {
        #"""
        {"apiVersion":"apiextensions.k8s.io/\#(version)","kind":"CustomResourceDefinition",
        "metadata":{"name":"widgets.shop.example"},"spec":{"group":"shop.example","names":{"plural":"widgets"},\#(spec)}}
        """#
    }

    private static let object = #"""
        {"apiVersion":"shop.example/v1","kind":"Widget",
        "metadata":{"name":"blue","namespace":"shop","creationTimestamp":"2026-11-30T09:00:00Z",
            "annotations":{"shop.example/owner":"ops"}},
        "spec":{"color":"blue","size":3,"weight":2.5,"on":true,"since":"2026-11-29T12:00:00Z","never":"soon","none":null,
            "parts":[{"name":"a","n":1},{"name":"b","n":2}],"map":{"z":1,"a":[true]}},
        "status":{"conditions":[{"type":"Ready","status":"False"},{"type":"Synced","status":"True"}]}}
        """#

    private static func print(_ definition: String?, version: String = "v1") async throws -> (
        columns: [JSONValue], cells: [JSONValue]
    ) {
        let place = "cluster-scoped-resources/apiextensions.k8s.io/customresourcedefinitions/widgets.shop.example.yaml"
        return try await TableBundle.with(definition.map { [place: $0] } ?? [:]) { printers in
            let printer = try await printers.printer(for: APIResource(full: "widgets.shop.example", version: version))
            return (printer.columns, printer.row(of: try StoredObject(json: object)).cells)
        }
    }

    @Test func areThoseOfTheVersion() async throws {
        let printed = try await Self.print(
            Self.definition(
                #"""
                "versions":[{"name":"v0","additionalPrinterColumns":[{"name":"Old","type":"string","jsonPath":".x"}]},
                {"name":"v1","additionalPrinterColumns":[
                    {"name":"Color","type":"string","jsonPath":".spec.color"},
                    {"name":"Size","type":"integer","format":"int32","priority":1,"jsonPath":".spec.size"}]}]
                """#))
        #expect(printed.columns.map { $0["name"]?.string } == ["Name", "Color", "Size"])
        #expect(printed.columns.last?["priority"]?.int == 1)
        #expect(printed.columns.last?["format"]?.string == "int32")
        #expect(printed.cells == ["blue", "blue", 3])
    }

    @Test func ofOldDefinitionsAreForAllVersions() async throws {
        let columns = #""additionalPrinterColumns":[{"name":"Color","type":"string","JSONPath":".spec.color"}]"#
        for spec in [#""version":"v1",\#(columns)"#, #""versions":[{"name":"v1"}],\#(columns)"#] {
            let printed = try await Self.print(Self.definition(spec, api: "v1beta1"))
            #expect(printed.cells == ["blue", "blue"])
        }
    }

    @Test func areTheAgeWhereNoneAreGiven() async throws {
        let printed = try await Self.print(Self.definition(#""versions":[{"name":"v1"}]"#))
        #expect(printed.columns.map { $0["type"]?.string } == ["string", "date"])
        #expect(printed.cells == ["blue", "3h"])
    }

    @Test func areTheServersDefaultWithoutADefinition() async throws {
        for definition in [nil, Self.definition(#""versions":[{"name":"v2"}]"#), Self.definition(#""versions":7"#)] {
            let printed = try await Self.print(definition)
            #expect(printed.columns.map { $0["name"]?.string } == ["Name", "Created At"])
            #expect(printed.cells == ["blue", "2026-11-30T09:00:00Z"])
        }
    }

    static let paths: [(path: String, type: String, cell: JSONValue)] = [
        (".spec.color", "string", "blue"), (".spec.size", "string", "3"), (".spec.on", "string", "true"),
        (".spec.map", "string", #"{"a":[true],"z":1}"#), (".spec.missing.deep", "string", nil),
        (".spec.none", "string", nil),
        (#".status.conditions[?(@.type=="Ready")].status"#, "string", "False"),
        (#".status.conditions[?(@.type == 'Synced')].status"#, "string", "True"),
        (#".status.conditions[?(@.type!="Ready")].status"#, "string", "True"),
        (#".status.conditions[?(@.nothing)].status"#, "string", nil),
        (#".spec.parts[?(@.n==2)].name"#, "string", "b"),
        (".spec.parts[0].name", "string", "a"), (".spec.parts[-1].name", "string", "b"),
        (".spec.parts[9].name", "string", nil), (".spec.parts[*].name", "string", "a"),
        (#".metadata.annotations['shop.example/owner']"#, "string", "ops"),
        (#".metadata.annotations.shop\.example/owner"#, "string", "ops"),
        (".spec.size", "integer", 3), (".spec.weight", "integer", 2), (".spec.color", "integer", nil),
        (".spec.weight", "number", .number("2.5")), (".spec.on", "boolean", true), (".spec.color", "boolean", nil),
        (".spec.since", "date", "24h"), (".spec.never", "date", "<invalid>"), (".spec.size", "date", nil),
        // Not paths, or none that this knows.
        ("..color", "string", nil), ("spec.color", "string", nil), (".spec.parts[0:1].name", "string", nil),
        (".spec[", "string", nil), (".spec[?(", "string", nil), (".spec.parts[99999999999999999999]", "string", nil),
        (".spec.color", "nonsense", nil),
    ]

    @Test func areFoundByTheirPaths() async throws {
        let columns: [JSONValue] = Self.paths.map { path, type, _ in
            ["name": "X", "type": .string(type), "jsonPath": .string(path)]
        }
        let text = String(decoding: JSONValue.array(columns).serialized(), as: UTF8.self)
        let printed = try await Self.print(
            Self.definition(#""versions":[{"name":"v1","additionalPrinterColumns":\#(text)}]"#))
        try #require(printed.cells.count == Self.paths.count + 1)
        for ((path, type, wanted), cell) in zip(Self.paths, printed.cells.dropFirst()) {
            #expect(cell == wanted, "\(path) \(type)")
        }
    }

    /// Whoever made the capture wrote the definition: neither the depth nor the number of its paths costs the server.
    @Test func whatGoesTooFarIsEmpty() async throws {
        func nested(_ depth: Int) -> String {
            "." + String(repeating: "a[?(@.", count: depth) + "x" + String(repeating: ")]", count: depth)
        }
        let deep = try await Self.print(
            Self.definition(
                #"""
                "versions":[{"name":"v1","additionalPrinterColumns":[
                    {"name":"a","type":"string","jsonPath":"\#(nested(50_000))"},
                    {"name":"b","type":"string","jsonPath":"\#(nested(9))"},
                    {"name":"\u001b]0;x\u0007c\n","type":"string","jsonPath":".spec.color"}]}]
                """#))
        #expect(deep.cells == ["blue", nil, nil, "blue"])
        #expect(deep.columns[3]["name"]?.string?.unicodeScalars.contains { $0.value < 0x20 } == false)
        let many = (0..<1_000).map { #"{"name":"c\#($0)","type":"string","jsonPath":".spec.color"}"# }
        let wide = try await Self.print(
            Self.definition(
                #""versions":[{"name":"v1","additionalPrinterColumns":[\#(many.joined(separator: ","))]}]"#))
        #expect(wide.columns.count == 64)
        #expect(wide.cells.count == 64)
    }
}
