import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a page of docs/ has people write and run, for tests that do it. */

const docs = fileURLToPath(new URL('../../../docs', import.meta.url))

/** The code blocks of a section, `## NAME` or `### NAME`, without their indentation. Throws if it has none. */
export function linesOf(page: string, section: string): string[] {
  const text = readFileSync(join(docs, page), 'utf8')
  const [, after] = text.split(new RegExp(`^#+ ${section.replace(/[^\w ,]/g, '\\$&')}$`, 'm'))
  const lines = (after?.split(/^#+ /m)[0] ?? '').split('\n')
  const found = lines.flatMap((line) => (line.startsWith('    ') ? [line.slice(4)] : []))
  if (found.length === 0) throw new Error(`${page} has no block in a section ${section}`)
  return found
}

/** What to skip a test for, where a program isn't there. */
export const needs = (program: string, ...args: string[]): string | false =>
  spawnSync(program, args).status === 0 ? false : `${program} is not installed here`
