import LedgerSpaces

/// Every order of the steps of every story, with two requests made again, or two passings of time, or one of
/// each at every place; then any two moves one after the other, and of any three one in so many, from where
/// each story begins.
///
/// A unit is a story; a case is an order.
package struct LedgerInterleavings: Campaign {
    package let name = "ledger-interleavings"
    private static let extras = [
        Story.Extras(), Story.Extras(repetitions: 1), Story.Extras(dues: 1),
        Story.Extras(repetitions: 1, dues: 1), Story.Extras(dues: 2), Story.Extras(repetitions: 2),
    ]
    /// Of all threes, one in so many: a prime, so that every pair comes up.
    private static let threesStride = 61

    package init() {}

    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        let stories = Story.all
        // Of all orders, one in so many.
        let stride = max(1, Int(1 / share))
        if let only = progress.onlyCase {
            return stories.first { $0.title == only }.map { Self.tell($0, stride) } ?? CampaignResult()
        }
        return progress.forEachUnit(stories.map(\.title)) { Self.tell(stories[$0], stride) }
    }

    private static func tell(_ story: Story, _ stride: Int) -> CampaignResult {
        let scratch = Scratch()
        var pair = LedgerPair(at: LedgerPair.setUp(scratch), scratch: scratch)
        var result = CampaignResult()
        for step in story.start where !pair.take(step) { pair.note("\(step) is no step") }
        for problem in pair.problems { result.fail(.init(replay: story.title, problem)) }
        let place = pair.place
        var index = 0
        for extras in extras {
            story.forEachRun(extras) { run in
                index += 1
                guard index % stride == 0 else { return }
                add(
                    StoryRun(story, run, from: place, replays: index % 8 == 0, scratch: scratch), of: story,
                    to: &result)
            }
        }
        result.add(result.cases, to: "orders")
        let orders = result.cases
        func tell(_ moves: [String], every stride: Int) {
            index += 1
            guard index % stride == 0 else { return }
            let few = Story(story.title, start: story.start, [moves])
            let run = [Story.Event](repeating: .step(0), count: moves.count)
            let told = StoryRun(few, run, from: place, replays: index % 8 == 0, scratch: scratch)
            add(told, of: story, to: &result)
        }
        // Any of what anybody in the stories does.
        let moves = Set(Story.all.flatMap { $0.actors.joined() }).sorted()
        var three = 0
        for first in moves {
            for second in moves {
                tell([first, second], every: stride)
                for third in moves {
                    three += 1
                    if three % Self.threesStride == 0 { tell([first, second, third], every: stride) }
                }
            }
        }
        result.add(result.cases - orders, to: "twos and threes")
        return result
    }

    private static func add(_ told: StoryRun, of story: Story, to result: inout CampaignResult) {
        result.cases += 1
        result.add(told.commands, to: "commands")
        for problem in told.problems { result.fail(.init(replay: story.title, problem)) }
    }
}
