internal import LogStore
internal import NIOCore

extension ServerLoop {
    /// Has a watch see a sample again and again from now on, until `stop`, and times turns for it.
    func begin(_ watch: ServerWatch) {
        loop.assertInEventLoop()
        turnWatch = TurnWatch(watch.metrics)
        look = { [unowned self] in watch.onSample(core.sample) }
        let delay = TimeAmount.milliseconds(Int64(watch.sampleMilliseconds))
        sampler = loop.scheduleRepeatedTask(initialDelay: .zero, delay: delay) { [unowned self] _ in look?() }
    }

    /// Shows the last sample.
    func endWatch() {
        sampler?.cancel()
        sampler = nil
        look?()
        look = nil
    }
}
