import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { silentProgram } from '../../scripts/paper/silent-program.js'
import { subcommandsOf } from '../../src/cli/documented-command.js'
import { exitCodeByError, exitCodes } from '../../src/cli/exit-codes.js'

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'ARCHITECTURE.md', 'CHANGELOG.md'],
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

/** What GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

function anchorsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
  const named = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)
  return [...headings, ...named]
}

describe('the documentation', () => {
  for (const page of pages)
    it(`${page} links to pages and headings that are there`, () => {
      for (const [link, target = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? page : join(dirname(page), path)
        assert.ok(existsSync(file), `${page}: ${link}`)
        if (anchor !== undefined) assert.ok(anchorsOf(file).includes(anchor), `${page}: ${link}`)
      }
    })

  it('names the exit code of each error code, and each exit code', () => {
    const text = readFileSync('docs/EXIT-CODES.md', 'utf8')
    const told = new Map<string, number>()
    for (const [, codes = '', exit] of text.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (\d+) \|/gm))
      for (const code of codes.matchAll(/`([A-Z_]+)`/g)) told.set(code[1] ?? '', Number(exit))
    // What is no error of ours has no entry in the program's table.
    told.delete('BUG')
    assert.deepEqual([...told].sort(), Object.entries(exitCodeByError).sort())
    const listed = [...text.matchAll(/^\| (\d+) \| \w/gm)].map(([, exit]) => Number(exit))
    assert.deepEqual(listed, Object.values(exitCodes))
  })

  it('names files of the code and of the tests that are there', () => {
    const there = ['src', 'test', 'testing', 'scripts', 'bench', 'fixtures', 'demo'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => `/${folder}/${path}`),
    )
    for (const page of pages.filter((name) => name !== 'CHANGELOG.md'))
      for (const [, path = ''] of readFileSync(page, 'utf8').matchAll(/`([\w./-]+\/[\w.-]+\.ts)`/g))
        assert.ok(
          there.some((file) => file.endsWith(`/${path}`)),
          `${page}: ${path}`,
        )
  })

  it('names functions and fields that are in the files that it names', () => {
    for (const page of pages.filter((name) => name !== 'CHANGELOG.md'))
      for (const [, names = '', path = ''] of readFileSync(page, 'utf8').matchAll(
        /((?:`\w+`(?:,\s|\sand\s)?)+)\sin\s`(?:src\/)?([\w/-]+\.ts)`/g,
      ))
        for (const [, name = ''] of names.matchAll(/`(\w+)`/g))
          assert.match(
            readFileSync(join('src', path), 'utf8'),
            new RegExp(`\\b${name}\\b`),
            `${page}: ${path}`,
          )
  })

  it('has every page in its index', () => {
    const index = readFileSync('docs/README.md', 'utf8')
    for (const page of readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md'))
      assert.ok(index.includes(`](${page})`), page)
  })

  it('has every command in docs/COMMANDS.md', () => {
    const text = readFileSync('docs/COMMANDS.md', 'utf8')
    for (const command of subcommandsOf(silentProgram()))
      assert.match(text, new RegExp(`\`(?:packetboat )?${command.name()}\\b`), command.name())
  })

  it('begins with a page of three screens, with the two commands that show that it works', () => {
    const lines = readFileSync('README.md', 'utf8').split('\n')
    assert.ok(lines.length <= 120, `${lines.length} lines`)
    for (const command of ['    npm install && npm run demo', '    npm install && npm test'])
      assert.ok(lines.includes(command), command)
  })
})
