import Ledger
import LedgerSpaces
import Testing

/// Every order in which a few actors can come to one payment: the same rules hold in each.
@Suite struct InterleavingTests {
    /// Nothing between the steps; one request made twice; time passes. More is the campaign's.
    private static let extras = [
        Story.Extras(), Story.Extras(repetitions: 1), Story.Extras(dues: 1),
    ]

    @Test(arguments: Story.all.indices)
    func `every order of the steps of a story keeps every promise`(_ index: Int) throws {
        let story = Story.all[index]
        let scratch = Scratch()
        var pair = LedgerPair(at: LedgerPair.setUp(scratch), scratch: scratch)
        for step in story.start where !pair.take(step) { pair.note("\(step) is no step") }
        let (place, begun) = (pair.place, pair.problems)
        #expect(begun == [])
        var (runs, commands) = (0, 0)
        var problems: [String] = []
        for extras in Self.extras {
            story.forEachRun(extras) { run in
                let told = StoryRun(story, run, from: place, replays: runs % 8 == 0, scratch: scratch)
                problems += told.problems
                (runs, commands) = (runs + 1, commands + told.commands)
            }
        }
        print("interleavings: \(story.title): \(runs) orders, \(commands) commands")
        #expect(problems.prefix(10) == [])
    }

    @Test func `two actors of two steps and one of one have thirty orders`() {
        let story = Story("", start: [], [["", ""], ["", ""], [""]])
        var runs: Set<[Story.Event]> = []
        story.forEachRun(Story.Extras()) { runs.insert($0) }
        #expect(runs.count == 30)
    }
}
