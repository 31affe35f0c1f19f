import KubernetesClient
import Testing

/// Which part of a file an answer says that it is.
struct NodeLogPartTests {
    @Test(arguments: [
        (206 as UInt, "bytes 200-299/300", 200 as UInt64, 300 as UInt64?), (206, "bytes 0-0/1", 0, 1),
        // Of an empty file, by the kubelet of Kubernetes 1.20.
        (206, "bytes 0--1/0", 0, 0), (200, nil, 0, nil), (200, "bytes 5-6/7", 0, nil),
    ])
    func whatIsSaid(_ status: UInt, _ range: String?, _ start: UInt64, _ size: UInt64?) throws {
        let part = try #require(NodeLogPart(status: status, range: range))
        #expect(part.start == start && part.size == size)
    }

    @Test(arguments: [nil, "", "bytes */300", "bytes 5-6/*", "lines 1-2/3", "bytes 9-9/3", "bytes -1-2/3", "bytes 1-2"])
    func whatIsNotSaid(_ range: String?) {
        #expect(NodeLogPart(status: 206, range: range) == nil)
    }
}
