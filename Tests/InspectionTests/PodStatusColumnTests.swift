import Inspection
import Rows
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

    /// Init containers that are done do not count, as their restarts do not.
    @Test
    func theLastRestartIsThatOfTheContainersThatCount() throws {
        let pod = PodStatusColumn(
            try object(
                """
                spec:
                  initContainers: [{name: once}, {name: side, restartPolicy: Always}]
                  containers: [{name: a}, {name: b}]
                status:
                  initContainerStatuses:
                  - {name: once, restartCount: 9, lastState: {terminated: {finishedAt: "2026-11-30T12:00:00Z"}},
                     state: {terminated: {exitCode: 0}}}
                  - {name: side, restartCount: 1, started: true, ready: true, state: {running: {}},
                     lastState: {terminated: {finishedAt: "2026-11-30T09:00:00Z"}}}
                  containerStatuses:
                  - {name: a, restartCount: 2, lastState: {terminated: {finishedAt: "2026-11-30T11:00:00Z"}}}
                  - {name: b, restartCount: 1, lastState: {terminated: {finishedAt: "no time"}}}
                """))
        #expect(pod.restarts == 4)
        #expect(pod.lastRestart?.words == "2026-11-30T11:00:00.000000000Z")
    }
}
