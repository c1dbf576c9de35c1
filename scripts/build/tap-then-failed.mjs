import { relative } from 'node:path'
import { tap } from 'node:test/reporters'

/** Of each message its beginning, which tells what failed, and its end, where the programs are that the test ran; not the whole of two accounts that differ. */
const mostLines = 25
const lastMost = 50
const mostColumns = 300

/**
 * A reporter of node's test runner: TAP, and what failed once more, last of all. Thousands of lines follow a failure, and CI shows only the first
 * and the last ones. Of each failed test its place, its name and its message; of a file that ended before its tests did, how, and what it printed
 * last; of a file that was ended because it took too long, which tests had begun. What failed only because a test inside it did is left out.
 */
export default async function* tapThenFailed(events) {
  const failed = []
  yield* tap(collect(events, failed))
  if (failed.length > 0) yield `\nWhat failed:\n\n${failed.join('\n')}`
}

/** Hands the events on, and adds to `failed` what is shown of each failure. */
async function* collect(events, failed) {
  const printedBy = new Map()
  const runningIn = new Map()
  for await (const event of events) {
    yield event
    const { type, data } = event
    if (type === 'test:stderr' || type === 'test:stdout')
      printedBy.set(data.file, lastLines((printedBy.get(data.file) ?? '') + data.message))
    if (type === 'test:dequeue' || type === 'test:complete') follow(runningIn, event)
    if (type !== 'test:fail' || data.todo !== undefined) continue
    const { error } = data.details
    if (error?.failureType === 'subtestsFailed') continue
    const file = pathOf(data.file)
    const printed = indent(printedBy.get(data.file) ?? '')
    if (isWholeFile(error))
      failed.push(`${file}: ended by ${error.signal ?? `exit code ${error.exitCode}`}\n${printed}`)
    else if (data.name === data.file) {
      const running = [...(runningIn.get(data.file)?.values() ?? [])].join(', ')
      failed.push(`${file}: ${messageOf(error)}, in: ${running || 'no test that told of it'}\n${printed}`)
    } else failed.push(`${file}:${data.line ?? '?'}: ${data.name}\n${indent(messageOf(error))}`)
  }
}

/** The tests of each file that have begun and not ended. */
function follow(runningIn, { type, data: { file, line, column, nesting, name } }) {
  if (name === file) return
  const running = runningIn.get(file) ?? new Map()
  runningIn.set(file, running)
  const place = `${line}:${column}:${nesting}:${name}`
  if (type === 'test:dequeue') running.set(place, name)
  else running.delete(place)
}

const isWholeFile = (error) => error?.exitCode != null || error?.signal != null

/** The path in the repository, for a compiled file too. */
const pathOf = (file) => (file ? relative('.', file).replace(/^\.tests\/run-[^/]*\//, '') : '(unknown file)')

function messageOf(error) {
  const cause = error?.cause ?? error
  return typeof cause === 'string' ? cause : (cause?.message ?? String(cause))
}

const lastLines = (text) =>
  text
    .slice(-mostLines * mostColumns)
    .split('\n')
    .slice(-mostLines)
    .join('\n')

function indent(text) {
  const lines = text.trim() === '' ? [] : text.trim().split('\n')
  const all = lines.map((line) => `  ${line.slice(0, mostColumns)}\n`)
  const left = all.length - mostLines - lastMost
  if (left <= 0) return all.join('')
  return `${all.slice(0, mostLines).join('')}  (${left} more lines)\n${all.slice(-lastMost).join('')}`
}
