import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../fixtures/make-mail.js'
import { writeMaildir } from '../../fixtures/write-maildir.js'
import { freePort } from '../world/free-port.js'
import { needsTmux, openScreen } from '../world/process/terminal.js'
import { notNow } from './person.js'

/** Somebody who has just got an account on this machine; it goes with the test. */
const name = 'packetboat-newcomer'
const reason =
  notNow ||
  needsTmux.skip ||
  (userInfo().uid !== 0 || spawnSync('useradd', ['--help']).error
    ? 'only root on Linux can make a user'
    : false) ||
  (spawnSync('getent', ['passwd', name]).status === 0 ? `there is a user ${name} here` : false)

/** The line of a page's blocks that is this, or else begins like this. */
function lineOf(page: string, start: string): string {
  const lines = readFileSync(page, 'utf8').split('\n')
  const found =
    lines.find((line) => line === `    ${start}`) ?? lines.find((line) => line.startsWith(`    ${start} `))
  assert.ok(found, `${page} has no line ${start}`)
  return found.trim()
}

const commands = [
  lineOf('docs/INSTALL.md', 'npm install --global --prefix'),
  lineOf('docs/INSTALL.md', 'export PATH="$HOME/.local/bin:$PATH"'),
  lineOf('docs/TUTORIAL.md', 'packetboat serve --listen'),
  lineOf('docs/TUTORIAL.md', 'packetboat device add'),
  lineOf('docs/TUTORIAL.md', 'packetboat init --maildir'),
  lineOf('docs/TUTORIAL.md', 'packetboat sync'),
] as const

test('a new user of this machine reads the first mail after the six commands of the guides, from a package in a file', {
  skip: reason,
}, async (t) => {
  const startedMs = Date.now()
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-newcomer-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const home = join(folder, 'home')
  // Before any terminal, so that it goes after them.
  t.after(() => void spawnSync('userdel', ['--force', name], { timeout: 60_000 }))
  execFileSync('chmod', ['755', folder])
  execFileSync('useradd', ['--create-home', '--home-dir', home, '--shell', '/bin/bash', name], {
    timeout: 300_000,
  })
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 240_000,
  })
  const [{ filename, version }] = JSON.parse(packed) as [{ filename: string; version: string }]
  copyFileSync(join(folder, filename), join(home, filename))
  const mail = makeMail({ seed: 17, messages: 12 })
  writeMaildir(join(home, 'Maildir'), mail)
  // The prompt says how many commands there were, and how the last one ended.
  writeFileSync(join(home, '.bashrc'), "PS1='\\# ended $? >'\n")
  execFileSync('chown', ['-R', `${name}:`, home], { timeout: 60_000 })

  const address = `127.0.0.1:${await freePort()}`
  const typed = commands.map((line) =>
    line
      .replace(/packetboat-\d\S*\.tgz/, `packetboat-${version}.tgz`)
      .replace(/(0\.0\.0\.0|mail\.example\.org):4190/, address),
  )
  const [install, path, serve, add, init, sync] = typed as [string, string, string, string, string, string]
  const openShell = (number: number) => {
    const terminal = openScreen(t, ['su', '--login', name], {
      socket: join(folder, `tmux-${number}`),
      columns: 300,
      env: {},
    })
    let said = 1
    return {
      ...terminal,
      type: (line: string) => terminal.press(line, 'Enter'),
      /** When the command has ended well: what the screen shows. */
      ended: async () => {
        said++
        const shown = await terminal.shows((screen) => screen.includes(`${said} ended`), 5)
        assert.match(shown.join('\n'), new RegExp(`^${said} ended 0 >`, 'm'))
        return shown.join('\n')
      },
      ready: () => terminal.shows(/^1 ended 0 >/m),
    }
  }

  const endpoint = openShell(1)
  await endpoint.ready()
  endpoint.type(install)
  await endpoint.ended()
  endpoint.type(path)
  await endpoint.ended()
  endpoint.type(serve)
  await endpoint.shows((screen) => screen.split(serve)[1]?.includes(address) ?? false)

  const laptop = openShell(2)
  await laptop.ready()
  laptop.type(add)
  const pairing = /packetboat\+psk:\S+/.exec(await laptop.ended())?.[0]
  assert.ok(pairing)
  laptop.type(init)
  await laptop.shows(/pairing string/i)
  laptop.press(pairing, 'Enter')
  await laptop.ended()
  laptop.type(sync)
  assert.match(await laptop.ended(), /12 new/)

  const inbox = ['cur', 'new'].flatMap((each) => readdirSync(join(home, 'Mail', each)))
  assert.equal(inbox.length, mail.filter(({ mailbox }) => mailbox.join() === 'INBOX').length)
  laptop.type('packetboat list --limit 1')
  await laptop.ended()
  endpoint.press('C-c')
  let seconds = 0
  for (const each of [endpoint, laptop]) {
    each.type('times')
    // Those of the shell, then those of what it ran: user and system.
    const rows = await each.shows(/(\d+m[\d.]+s \d+m[\d.]+s\s+){2}/)
    for (const [, minutes, rest] of rows.join('\n').matchAll(/(\d+)m([\d.]+)s/g))
      seconds += Number(minutes) * 60 + Number(rest)
  }
  const wall = Math.round((Date.now() - startedMs) / 1000)
  t.diagnostic(`six commands took ${seconds.toFixed(1)} s of processor time; the whole test ${wall} s`)
  assert.ok(seconds < 120, `${seconds} s of processor time`)
})
