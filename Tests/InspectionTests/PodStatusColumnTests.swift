import Inspection
import Testing

struct PodStatusColumnTests {
    @Test(arguments: PodVector.all)
    func columns(_ vector: PodVector) throws {
        let pod = PodStatusColumn(try object(vector.yaml))
        #expect(pod.status == vector.status)
        #expect("\(pod.ready)/\(pod.containers)" == vector.ready)
        #expect(pod.restarts == vector.restarts)
    }

    @Test
    func membersOfWrongKindsAreAsIfTheyWereNotThere() throws {
        let pod = PodStatusColumn(
            try object("metadata: [1]\nspec: text\nstatus: {phase: {a: 1}, containerStatuses: {b: c}, conditions: 7}"))
        #expect(pod.status == "Unknown")
        #expect(pod.containers == 0)
    }
}
