import { readdirSync, readFileSync } from 'node:fs'
import { Instrumenter } from '@stryker-mutator/instrumenter'

/** One change to the sources that a test ought to notice. */
export interface Mutant {
  readonly id: string
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  /** Its kind, the text that it stands for, and what stands there instead. */
  readonly what: string
}

/** The model of codec 2 is numbers: another number there is another model, not a wrong one. */
const leftOut = 'src/wire/compression/mix/'
/** What is said to people, and which no other text makes wrong. */
const sentence = /\S \S/

/** All mutants of some rooms, and for each file its text with all of them in it, of which one at most is switched on. */
export async function instrument(
  rooms: readonly string[],
): Promise<{ mutants: Mutant[]; texts: Map<string, string> }> {
  const names = rooms
    .flatMap((room) => readdirSync(room, { recursive: true }).map((name) => `${room}/${name}`))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.startsWith(leftOut))
    .sort()
  const before = new Map(names.map((name) => [name, readFileSync(name, 'utf8')]))
  const { files, mutants } = await new Instrumenter(silent).instrument(
    [...before].map(([name, content]) => ({ name, content, mutate: true })),
    { plugins: null, excludedMutations: [], ignorers: [] },
  )
  return {
    texts: new Map(files.map(({ name, content }) => [name, content])),
    mutants: mutants.flatMap(({ id, fileName, location: { start, end }, mutatorName, replacement }) => {
      const lines = (before.get(fileName) ?? '').split('\n').slice(start.line, end.line + 1)
      const last = lines.length - 1
      lines[last] = (lines[last] ?? '').slice(0, end.column)
      lines[0] = (lines[0] ?? '').slice(start.column)
      const text = lines.join(' ')
      if (mutatorName === 'StringLiteral' && sentence.test(text)) return []
      const what = `${mutatorName}: ${oneLine(text)} -> ${oneLine(replacement)}`
      return [{ id, file: fileName, line: start.line + 1, column: start.column + 1, what }]
    }),
  }
}

const oneLine = (text: string): string => {
  const flat = text.replace(/\s+/g, ' ')
  return flat.length > 70 ? `${flat.slice(0, 67)}...` : flat
}

const no = () => false
const nothing = () => undefined
const silent = {
  ...{ isTraceEnabled: no, isDebugEnabled: no, isInfoEnabled: no, isWarnEnabled: no },
  ...{ isErrorEnabled: no, isFatalEnabled: no },
  ...{ trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing },
}
