import { relative } from 'node:path'

/** A reporter of node's test runner: the seconds of each file, the slowest first. What a file takes to load is not in it. */
export default async function* secondsPerFile(events) {
  const msOf = new Map()
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.nesting > 0 || !data.file) continue
    const file = relative('.', data.file).replace(/^\.tests\/run-[^/]*\//, '')
    msOf.set(file, (msOf.get(file) ?? 0) + data.details.duration_ms)
  }
  const files = [...msOf].sort(([, one], [, other]) => other - one)
  const sum = files.reduce((all, [, ms]) => all + ms, 0)
  for (const [file, ms] of [...files, ['in all', sum]])
    yield `${(ms / 1000).toFixed(1).padStart(7)} ${file}\n`
}
