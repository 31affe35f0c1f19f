import OfflineServer
import StructuredText
import Testing

/// Rows as the API server printed them when they were captured.
struct CapturedRowTests {
    private static let columns = """
        {"name":"Name","type":"string","format":"name","description":"","priority":0},
        {"name":"Data","type":"string","format":"","description":"","priority":0},
        {"name":"Mood","type":"string","format":"","description":"","priority":1}
        """

    private static func table(_ rows: String, columns: String = columns, kind: String = "Table") -> String {
        #"{"kind":"\#(kind)","apiVersion":"meta.k8s.io/v1","columnDefinitions":[\#(columns)],"rows":[\#(rows)]}"#
    }

    private static let place = "cluster/api/tables/api/v1/namespaces/shop/configmaps"

    private static func object(_ name: String, namespace: String = "shop") throws -> StoredObject {
        try StoredObject(
            json: #"{"metadata":{"name":"\#(name)","namespace":"\#(namespace)"},"data":{"a":"1","b":"2","c":"3"}}"#)
    }

    private static func rows(_ files: [String: String], _ objects: [StoredObject]) async throws -> [[JSONValue]] {
        try await TableBundle.with(files) { printers in
            let printer = try await printers.printer(for: APIResource(full: "configmaps"))
            return objects.map { printer.row(of: $0).cells }
        }
    }

    @Test func areGivenAsTheyAre() async throws {
        let files = [
            "\(Self.place).json": Self.table(#"{"cells":["one",7,null],"object":null}"#),
            "\(Self.place).2.json": Self.table(#"{"cells":["two",true,"calm"],"object":null}"#),
        ]
        let rows = try await Self.rows(files, [try Self.object("one"), try Self.object("two")])
        #expect(rows == [["one", 7, nil], ["two", true, "calm"]])
    }

    /// The columns are those of that server; what it alone knows is not made up.
    @Test func whatHasNoRowIsPrintedIntoTheSameColumns() async throws {
        let files = ["\(Self.place).json": Self.table(#"{"cells":["one",7,"calm"]}"#)]
        let rows = try await Self.rows(
            files, [try Self.object("later"), try Self.object("one", namespace: "other")])
        #expect(rows == [["later", 3, "<unknown>"], ["one", 3, "<unknown>"]])
    }

    @Test func aNameInTwoRowsIsInNone() async throws {
        let files = ["\(Self.place).json": Self.table(#"{"cells":["one",7,"x"]},{"cells":["one",8,"y"]}"#)]
        #expect(try await Self.rows(files, [try Self.object("one")]) == [["one", 3, "<unknown>"]])
    }

    @Test(arguments: [
        #"{"cells":["one",7]}"#, #"{"cells":["one",7,"x","y"]}"#, #"{"cells":["one",[7],"x"]}"#,
        #"{"cells":["one",{"a":7},"x"]}"#, #"{"cells":[1,7,"x"]}"#, #"{"cells":["one",1e400,"x"]}"#,
        #"{"cells":"one"}"#, "null", "7",
        #"{"cells":["one",7,"\#(String(repeating: "x", count: 65_537))"]}"#,
    ])
    func aRowThatNoServerMakesIsNotUsed(row: String) async throws {
        let files = ["\(Self.place).json": Self.table(row)]
        #expect(try await Self.rows(files, [try Self.object("one")]) == [["one", 3, "<unknown>"]])
    }

    @Test(arguments: [
        "", "{", "[]", table(#"{"cells":["one",7,"x"]}"#, kind: "Status"), table("", columns: ""),
        table("", columns: #"{"name":7,"type":"string"}"#), table("", columns: #"{"name":"Name"}"#),
        table("", columns: #"{"name":"Name","type":"string","priority":99999999999}"#),
        String(repeating: "[", count: 5_000),
    ])
    func whatIsNoTableIsNotUsed(text: String) async throws {
        try await TableBundle.with(["\(Self.place).json": text]) { printers in
            let printer = try await printers.printer(for: APIResource(full: "configmaps"))
            #expect(printer.columns.map { $0["name"]?.string } == ["Name", "Data", "Age"])
        }
    }

    @Test func aPageWithOtherColumnsIsNotUsed() async throws {
        let other = Self.columns.replacing("Mood", with: "Smell")
        let files = [
            "\(Self.place).json": Self.table(""),
            "\(Self.place).2.json": Self.table(#"{"cells":["one",7,"x"]}"#, columns: other),
        ]
        #expect(try await Self.rows(files, [try Self.object("one")]) == [["one", 3, "<unknown>"]])
    }

    /// Which namespace would they be of?
    @Test func rowsOverAllNamespacesAreNotUsed() async throws {
        let files = ["cluster/api/tables/api/v1/configmaps.json": Self.table(#"{"cells":["one",7,"x"]}"#)]
        #expect(try await Self.rows(files, [try Self.object("one")]) == [["one", 3, "<unknown>"]])
    }

    @Test func theDefaultStorageClassHasItsRow() async throws {
        let columns = #"{"name":"Name","type":"string","format":"name"},{"name":"Provisioner","type":"string"}"#
        let files = [
            "cluster/api/tables/apis/storage.k8s.io/v1/storageclasses.json":
                Self.table(#"{"cells":["standard (default)","as the server said"]}"#, columns: columns)
        ]
        try await TableBundle.with(files) { printers in
            let printer = try await printers.printer(
                for: APIResource(full: "storageclasses.storage.k8s.io", isNamespaced: false))
            let object = try StoredObject(json: #"{"metadata":{"name":"standard"},"provisioner":"as it says"}"#)
            #expect(printer.row(of: object).cells == ["standard (default)", "as the server said"])
        }
    }

    /// What is looked at first during an incident does not rest on what can be forged apart from the object.
    @Test func aRowThatContradictsItsPodIsNotShown() async throws {
        let columns = ["Name", "Ready", "Status", "Restarts", "Age"].map {
            #"{"name":"\#($0)","type":"string","format":"\#($0 == "Name" ? "name" : "")"}"#
        }.joined(separator: ",")
        let files = [
            "cluster/api/tables/api/v1/namespaces/shop/pods.json":
                Self.table(
                    #"{"cells":["web","1/1","Running",0,"8h"]},{"cells":["db","0/1","CrashLoopBackOff",4,"9h"]}"#,
                    columns: columns)
        ]
        func pod(_ name: String) throws -> StoredObject {
            try StoredObject(
                json: #"""
                    {"metadata":{"name":"\#(name)","namespace":"shop"},"spec":{"containers":[{"name":"main"}]},
                    "status":{"phase":"Running","containerStatuses":[{"name":"main","restartCount":4,
                    "lastState":{"terminated":{"finishedAt":"2026-11-30T11:55:00Z"}},
                    "state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}
                    """#)
        }
        try await TableBundle.with(files) { printers in
            let printer = try await printers.printer(for: APIResource(full: "pods"))
            let forged = printer.row(of: try pod("web"))
            #expect(forged.cells == ["web", "0/1", "CrashLoopBackOff", "4 (5m ago)", "<unknown>"])
            #expect(forged.warning?.contains("shop/web") == true)
            let genuine = printer.row(of: try pod("db"))
            #expect(genuine.cells == ["db", "0/1", "CrashLoopBackOff", 4, "9h"])
            #expect(genuine.warning == nil)
        }
    }
}
