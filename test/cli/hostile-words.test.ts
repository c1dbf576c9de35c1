import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, it, test } from 'node:test'
import type { Command } from 'commander'
import { imapEncode } from 'emailjs-utf7'
import { subcommandsOf } from '../../src/cli/documented-command.js'
import { main } from '../../src/cli/main.js'
import { buildProgram, type Shell } from '../../src/cli/program.js'
import { createOutput } from '../../src/cli/text/output.js'
import { PacketboatError } from '../../src/errors/packetboat-error.js'

/** What a stranger would like to be obeyed: the title, the clipboard, a C1 introducer, DEL, a row of its own, text turned round. */
const hostile = 'x\u001b]0;title\u0007\u001b]52;c;aGk=\u0007\u009b31m\u007f\r\nPLANTED\u202egpj.exe\u2066'
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is about
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: what our own display draws with
const ours = /\u001b\[[0-9;?]*[A-Za-z]/g

function assertPlain(text: string, where: string): void {
  assert.doesNotMatch(text, obeyed, `${where}: ${JSON.stringify(text)}`)
  assert.doesNotMatch(text, /^PLANTED/m, `${where}: ${JSON.stringify(text)}`)
}

interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly drawn: string
}

function start(
  args: readonly string[],
  options: { home: string; tty?: boolean; signal?: AbortSignal; onOut?: () => void },
) {
  const said = { stdout: '', stderr: '', drawn: '' }
  const screen = Object.assign(new PassThrough(), {
    columns: 80,
    rows: 24,
    isTTY: true,
    hasColors: () => true,
  })
  screen.on('data', (chunk: Buffer) => {
    said.drawn += chunk.toString('utf8')
  })
  const shell: Shell = {
    streams: {
      stdout: (text) => {
        said.stdout += text
        options.onOut?.()
      },
      stderr: (text) => {
        said.stderr += text
      },
    },
    env: { HOME: options.home, PATH: process.env['PATH'] },
    signal: options.signal ?? new AbortController().signal,
    onHangup: () => () => undefined,
    stdin: async () => hostile,
    keyboard: undefined,
    terminal: options.tty ? (screen as unknown as NodeJS.WriteStream) : undefined,
    version: '0',
    self: ['node'],
  }
  return { said, ended: main(args, shell).then((exit): Ran => ({ exit, ...said })) }
}

const word = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`

function message(id: string): string {
  return [
    `Message-ID: <${id}@example.org>`,
    `From: ${word(hostile)} <a@example.org>`,
    `Subject: ${word(hostile)}`,
    'Date: Sat, 28 Nov 2026 07:00:00 +0000',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'hello',
    '--b',
    `Content-Type: application/octet-stream; name*=utf-8''${encodeURIComponent(hostile)}`,
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.alloc(150_000, id).toString('base64').replace(/.{76}/g, '$&\n'),
    '--b--',
    '',
  ].join('\n')
}

const leavesOf = (
  command: Command,
  at: readonly string[] = [],
): { path: readonly string[]; command: Command }[] => {
  const below = subcommandsOf(command)
  return below.length === 0
    ? [{ path: at, command }]
    : below.flatMap((each) => leavesOf(each, [...at, each.name()]))
}

test('no command prints what others wrote so that a terminal obeys it', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-hostile-'))
  const [mail, endpoint, client] = [join(home, 'mail'), join(home, 'E'), join(home, 'C')]
  for (const folder of ['.', `.${imapEncode(hostile)}`, '.Work'])
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(mail, folder, part), { recursive: true })
  for (const folder of readdirSync(mail).filter((name) => name.startsWith('.')))
    writeFileSync(join(mail, folder, 'cur', `1.${folder.length}.h:2,S`), message(`in${folder.length}`))
  writeFileSync(join(mail, 'cur/9.gone.h:2,S'), message('gone'))
  const stop = new AbortController()
  let listening: (address: string) => void
  const address = new Promise<string>((resolve) => {
    listening = resolve
  })
  const server = start(
    ['serve', '--json', '--data', endpoint, '--account', `me=maildir:${mail}`, '--listen', '127.0.0.1:0'],
    {
      home,
      signal: stop.signal,
      onOut: () => {
        const found = /"listening","address":"([^"]+)"/.exec(server.said.stdout)?.[1]
        if (found) listening(found)
      },
    },
  )
  t.after(async () => {
    stop.abort()
    await server.ended
    rmSync(home, { recursive: true, force: true })
  })
  await address
  const run = async (args: readonly string[], tty = false): Promise<Ran> => {
    const ran = await start(args, { home, tty }).ended
    const where = args.map((each) => JSON.stringify(each)).join(' ')
    assertPlain(ran.stdout + ran.stderr, where)
    assertPlain(ran.drawn.replace(ours, ''), where)
    if (args.includes('--json')) for (const line of ran.stdout.split('\n').filter(Boolean)) JSON.parse(line)
    return ran
  }
  const pairing = (await run(['device', 'add', 'me', 'laptop', '--data', endpoint])).stdout.trim()
  await run(['device', 'add', 'me', hostile, '--data', endpoint])
  assert.equal((await run(['init', pairing, '--data', client, '--maildir', join(home, 'here')])).exit, 0)
  const first = await run(['sync', '--verbose', '--data', client], true)
  assert.match(first.stderr + first.stdout, /PLANTED/, 'the names came, as text')
  rmSync(join(mail, 'cur/9.gone.h:2,S'))
  await run(['sync', '--json', '--data', client])

  const listed = JSON.parse((await run(['list', '*', '--json', '--data', client])).stdout)
  for (const { name } of listed.messages as { name: string }[])
    for (const form of [[], ['--headers'], ['--raw']]) {
      const { stdout } = await run(['read', name, ...form, '--data', client], true)
      assert.match(stdout, form.includes('--raw') ? /Subject: =/ : /PLANTED/)
    }

  assert.match((await run(['search', 'planted', '--data', client], true)).stdout, /PLANTED/)

  const program = buildProgram(
    { ...({} as Shell), streams: { stdout: () => undefined, stderr: () => undefined }, version: '0' },
    { output: () => undefined, exit: () => undefined, run: async () => 0 },
  )
  for (const { path, command } of leavesOf(program)) {
    const operands = command.registeredArguments.map(({ argChoices }) => argChoices?.[0] ?? hostile)
    const mandatory = command.options.filter(({ mandatory }) => mandatory)
    const needed = mandatory.flatMap(({ long, argChoices }) => [long ?? '', argChoices?.[0] ?? ''])
    // Two endpoints can't have one data directory: what is to be looked at is what it says of its accounts.
    const more = path[0] === 'serve' ? ['--check'] : []
    const forms = [[], ['--json'], operands, [...operands, '--json']]
    for (const data of [endpoint, client, join(home, hostile)])
      for (const form of forms) await run([...path, ...more, ...needed, ...form, '--data', data])
    await run([...path, ...more, ...needed, '--data', client], true)
    await run([...path, hostile, `--${hostile}`, hostile])
  }
})

describe('what is printed', () => {
  const printed = (json: boolean): string => {
    let text = ''
    const add = (more: string): void => {
      text += more
    }
    const output = createOutput({ stdout: add, stderr: add }, json)
    output.result({ name: hostile }, [hostile, `a\tb\t${hostile}`])
    output.event({ name: hostile }, hostile)
    output.warning(hostile)
    output.error(new PacketboatError('CONFIG', hostile, hostile))
    output.error(new Error(hostile))
    return text
  }

  it('is plain in lines and in JSON, whichever way it goes', () => {
    assertPlain(printed(false), 'lines')
    assertPlain(printed(true), 'JSON')
  })

  it('keeps every sign in JSON, and the tabs between columns in lines', () => {
    const [first] = printed(true).split('\n')
    assert.deepEqual(JSON.parse(first ?? ''), { name: hostile })
    assert.match(printed(false), /^a\tb\tx/m)
  })
})
