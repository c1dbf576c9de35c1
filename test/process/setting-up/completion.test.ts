import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { lastEvent } from '../../world/process/program.js'
import { binary, needsTmux, openScreen } from '../../world/process/terminal.js'
import { type Cleanup, makeWorld } from '../../world/process/world.js'

/** A mailbox's name that a careless script would run. */
const bad = 'Work $(touch PWNED) `touch PWNED` *'

/** A machine on which mail has come, the command in a folder for the PATH, and the script of a shell. */
async function makeShell(t: Cleanup, shell: 'bash' | 'zsh' | 'fish') {
  const [first, second] = makeMail({ seed: 7, messages: 2, attachments: { share: 0 } })
  const world = await makeWorld(t, {
    mail: [
      { ...first!, mailbox: [bad] },
      { ...second!, mailbox: ['Two words'] },
    ],
  })
  await world.sync()
  const mail = 'From: me@example.org\nTo: ann@example.org\n\nHello.\n'
  await world.command(['sendmail', '--data', world.data, '-t'], { stdin: mail })
  const [queued] = lastEvent(await world.run(['outbox']))['mail'] as { name: string }[]
  const bin = join(world.root, 'bin')
  mkdirSync(bin)
  symlinkSync(binary, join(bin, 'packetboat'))
  // Where zsh looks for a command's completion, it has this name.
  const script = join(bin, '_packetboat')
  writeFileSync(script, (await world.command(['completion', shell])).stdout)
  return { world, bin, script, queued: queued?.name ?? '' }
}

test('bash completes the names of this machine, and runs nothing that stands in one', async (t) => {
  const { world, bin, script, queued } = await makeShell(t, 'bash')
  const offered = (words: readonly string[], data = world.data): string[] => {
    const shell = `source "$1"; shift; COMP_WORDS=(packetboat "$@"); COMP_CWORD=$#; _packetboat; printf "%s\\n" "\${COMPREPLY[@]}"`
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', shell, 'bash', script, ...words], {
      encoding: 'utf8',
      cwd: world.root,
      env: {
        PATH: `${bin}:${process.env['PATH']}`,
        HOME: join(world.root, 'home'),
        PACKETBOAT_DATA: data,
      },
    })
    assert.equal(status, 0, stderr)
    assert.equal(stderr, '')
    return stdout.trimEnd().split('\n').sort()
  }
  assert.deepEqual(offered(['list', 'T']), ['Two words'])
  assert.deepEqual(offered(['sync', 'Wo']), [bad])
  assert.ok(offered(['sync', '']).includes('INBOX'))
  assert.ok(!offered(['sync', '-']).includes('INBOX'))
  assert.deepEqual(offered(['sync', '--link', 'ir']), ['iridium'])
  assert.deepEqual(offered(['sync', '-a', '']), ['default'])
  assert.deepEqual(offered(['waiting', '--take', '']), [''], 'nothing waits')
  assert.deepEqual(offered(['read', '']).filter((name) => /^[0-9a-f]{12}$/.test(name)).length, 2)
  for (const command of ['show', 'hold', 'release', 'edit', 'retry', 'cancel'])
    assert.ok(offered(['outbox', command, '']).includes(queued), command)
  assert.deepEqual(offered(['expunged', '--restore', '']), [''], 'nothing was deleted')
  const { server } = world
  assert.deepEqual(offered(['conflicts', '-a', ''], server.data), ['me'])
  assert.deepEqual(offered(['device', 'revoke', 'l'], server.data), ['laptop'])
  assert.ok(offered(['account', 'show', ''], server.data).includes('me'))
  assert.deepEqual(offered(['fetch', 'x'], join(world.root, 'nothing')), [''], 'nothing is set up')
  assert.ok(!existsSync(join(world.root, 'nothing')), 'and nothing is made')
  assert.ok(!existsSync(join(world.root, 'PWNED')))
})

const needs = (shell: string) =>
  spawnSync(shell, ['-c', 'true']).status === 0 ? false : `${shell} is not installed here`

test('fish completes commands, options and the names of this machine, and runs nothing that stands in one', {
  skip: needs('fish'),
}, async (t) => {
  const { world, bin, script, queued } = await makeShell(t, 'fish')
  const offered = (line: string, data = world.data): string[] => {
    const { stdout, stderr, status } = spawnSync(
      'fish',
      ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line],
      {
        encoding: 'utf8',
        cwd: world.root,
        env: {
          PATH: `${bin}:${process.env['PATH']}`,
          HOME: join(world.root, 'home'),
          PACKETBOAT_DATA: data,
        },
      },
    )
    assert.equal(status, 0, stderr)
    assert.equal(stderr, '')
    return stdout
      .trimEnd()
      .split('\n')
      .map((each) => each.split('\t')[0] ?? '')
      .sort()
  }
  assert.deepEqual(offered('packetboat sta'), ['status'])
  assert.deepEqual(offered('packetboat device rev'), ['revoke'])
  assert.ok(offered('packetboat sync --max-').includes('--max-bytes'))
  assert.deepEqual(offered('packetboat sync --link ir'), ['iridium'])
  assert.deepEqual(offered('packetboat list Tw'), ['Two words'])
  assert.equal(offered('packetboat sync Wo').length, 1)
  assert.deepEqual(offered('packetboat sync -a de'), ['default'])
  assert.deepEqual(offered(`packetboat outbox cancel ${queued.slice(0, 4)}`), [queued])
  assert.deepEqual(offered('packetboat device revoke l', world.server.data), ['laptop'])
  assert.ok(!existsSync(join(world.root, 'PWNED')))
})

test('zsh completes with the first Tab, from the folders it looks in, and runs nothing that stands in a name', {
  skip: needsTmux.skip || needs('zsh'),
}, async (t) => {
  const { world, bin, script, queued } = await makeShell(t, 'zsh')
  for (const set of [
    'fpath=($BIN $fpath); autoload -U compinit; compinit -D',
    `autoload -U compinit; compinit -D; source ${script}`,
  ]) {
    const screen = openScreen(t, ['zsh', '-f'], {
      socket: join(world.root, `tmux-${set.length}`),
      columns: 110,
      env: {
        PATH: `${bin}:${process.env['PATH']}`,
        BIN: bin,
        HOME: join(world.root, 'home'),
        PACKETBOAT_DATA: world.data,
      },
    })
    screen.press(`cd ${world.root}; PS1='ready> '; ${set}; clear`, 'Enter')
    await screen.shows((text) => text.trim() === 'ready>')
    for (const [typed, becomes] of [
      ['packetboat sta', 'packetboat status'],
      ['packetboat device rev', 'packetboat device revoke'],
      ['packetboat list T', 'packetboat list Two\\ words'],
      ['packetboat sync --link ir', 'packetboat sync --link iridium'],
      ['packetboat sync -a de', 'packetboat sync -a default'],
      [`packetboat outbox cancel ${queued.slice(0, 4)}`, `packetboat outbox cancel ${queued}`],
      ['packetboat sync --max-b', 'packetboat sync --max-bytes'],
      ['packetboat sync Wo', 'packetboat sync Work\\ \\$\\(touch\\ PWNED\\)\\ \\`touch\\ PWNED\\`\\ \\*'],
    ] as const) {
      screen.press('C-u', typed, 'Tab')
      await screen.shows((text) => text.split('\n').some((line) => line.trim() === `ready> ${becomes}`))
    }
  }
  assert.ok(!existsSync(join(world.root, 'PWNED')))
})
