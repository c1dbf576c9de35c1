import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Command } from 'commander'
import { allPages } from '../../scripts/paper/pages.js'
import { escaped } from '../../scripts/paper/roff.js'
import { silentProgram } from '../../scripts/paper/silent-program.js'
import { completionScript, shells } from '../../src/cli/completion.js'
import { subcommandsOf } from '../../src/cli/documented-command.js'

let printed = ''
const program = silentProgram((text) => {
  printed += text
})

const withBelow = (command: Command): Command[] => [command, ...subcommandsOf(command).flatMap(withBelow)]
const nameOf = (command: Command): string =>
  command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()

function present(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

function temporary(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-paper-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'file')
  writeFileSync(file, text)
  return file
}

describe('help', () => {
  for (const command of withBelow(program))
    it(`of ${nameOf(command)} fits a screen of 24 lines and 80 columns`, () => {
      printed = ''
      command.outputHelp()
      const lines = printed.trimEnd().split('\n')
      assert.ok(lines.length <= 24, `${lines.length} lines:\n${printed}`)
      assert.deepEqual(
        lines.filter((line) => line.length > 80),
        [],
      )
      assert.match(lines[0] ?? '', /^Usage: packetboat/)
    })
})

describe('the paper', () => {
  for (const { path, text } of allPages())
    it(`has ${path} as npm run paper writes it`, () => {
      assert.ok(existsSync(path), `${path} is missing: npm run paper`)
      assert.equal(readFileSync(path, 'utf8'), text, `${path} is out of date: npm run paper`)
    })

  it('has every command and every option', () => {
    const page = allPages().find(({ path }) => path === 'man/packetboat.1')?.text ?? ''
    for (const command of withBelow(program)) {
      if (subcommandsOf(command).length === 0)
        assert.ok(page.includes(escaped(nameOf(command))), nameOf(command))
      for (const { long, hidden } of command.options)
        if (long && !hidden && long !== '--version') assert.ok(page.includes(escaped(long)), long)
    }
  })

  it('is man page that a formatter takes without an error', (t) => {
    if (!present('mandoc')) return t.skip('there is no mandoc here')
    for (const { path, text } of allPages().filter(({ path }) => path.startsWith('man/'))) {
      const { stdout, status } = spawnSync('mandoc', ['-T', 'lint', '-W', 'error', temporary(t, text)])
      assert.equal(status, 0, `${path}\n${stdout}`)
    }
  })

  it('has man pages that fit a terminal of 80 columns', (t) => {
    if (!present('groff')) return t.skip('there is no groff here')
    for (const { path, text } of allPages().filter(({ path }) => path.startsWith('man/'))) {
      const formatted = spawnSync('groff', ['-man', '-Tutf8', '-P-cbou', '-rLL=80n', temporary(t, text)], {
        encoding: 'utf8',
      })
      assert.equal(formatted.status, 0, formatted.stderr)
      assert.equal(formatted.stderr, '', path)
      const lines = formatted.stdout.split('\n')
      assert.ok(lines.length > 100)
      assert.deepEqual(
        lines.filter((line) => line.length > 80),
        [],
      )
    }
  })

  it('has text that no request or escape hides in', () => {
    assert.equal(escaped(".x\n'y\n\\z a-b"), "\\&.x\n\\&'y\n\\ez a\\-b")
  })
})

describe('completion', () => {
  const cases: readonly [words: readonly string[], has: readonly string[], hasNot: readonly string[]][] = [
    [[''], ['sync', 'device', 'config', '--help'], ['add', '--wait']],
    [['s'], ['sync', 'status', 'serve', 'settle'], ['device']],
    [['device', ''], ['add', 'list', 'lost', 'revoke'], ['sync']],
    [['device', 'add', '--a'], ['--address'], ['--tls', '--account']],
    [['--json', 'sync', '--li'], ['--link', '--limit-rate'], ['--listen']],
    [['init', '--names', ''], ['mutf7', 'utf8'], ['--force']],
    [['settle', '3', '--keep', 't'], ['there'], ['here']],
    [['completion', ''], ['bash', 'zsh', 'fish'], ['sync']],
    [['sync', '--wait', ''], [], ['--link', 'sync']],
  ]
  const asked: Record<string, (script: string, words: readonly string[]) => [string, string[]]> = {
    bash: (script, words) => [
      'bash',
      [
        '--norc',
        '-c',
        `source "$1"; shift; COMP_WORDS=(packetboat "$@"); COMP_CWORD=$#; _packetboat; printf "%s\\n" "\${COMPREPLY[@]}"`,
        'bash',
        script,
        ...words,
      ],
    ],
    fish: (script, words) => [
      'fish',
      ['--no-config', '-c', 'source $argv[1]; complete -C "packetboat $argv[2]"', script, words.join(' ')],
    ],
  }
  for (const [shell, command] of Object.entries(asked))
    it(`in ${shell} offers what may stand there, and nothing else`, (t) => {
      if (!present(shell)) return t.skip(`there is no ${shell} here`)
      const script = temporary(t, completionScript(shell as 'bash' | 'fish', program))
      for (const [words, has, hasNot] of cases) {
        const [file, args] = command(script, words)
        const { stdout, stderr, status } = spawnSync(file, args, { encoding: 'utf8' })
        assert.equal(status, 0, stderr)
        const offered = stdout.split('\n').map((line) => line.split('\t')[0] ?? '')
        // Fish offers options only behind a dash.
        const wanted = has.filter(
          (word) => shell === 'bash' || !word.startsWith('--') || words.at(-1)?.startsWith('-'),
        )
        for (const word of wanted) assert.ok(offered.includes(word), `${words}: no ${word} in ${offered}`)
        for (const word of hasNot) assert.ok(!offered.includes(word), `${words}: ${word} in ${offered}`)
      }
    })

  for (const shell of shells)
    it(`for ${shell} is a script that the shell can read`, (t) => {
      if (!present(shell)) return t.skip(`there is no ${shell} here`)
      const script = temporary(t, completionScript(shell, program))
      const { stderr, status } = spawnSync(shell, ['-n', script], { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    })
})
