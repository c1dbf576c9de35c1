/** A reporter of node's test runner. */
export default function tapThenFailed(events: AsyncIterable<unknown>): AsyncGenerator<string>
