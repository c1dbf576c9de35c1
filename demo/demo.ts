import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeMail } from '../fixtures/make-mail.js'
import { writeMaildir } from '../fixtures/write-maildir.js'
import { main } from '../src/cli/main.js'
import type { Shell } from '../src/cli/program.js'
import { startSlowLine } from '../src/link/slow-line.js'
import { formatBytes, formatSeconds } from '../src/told/sizes.js'
import { compareMaildirs } from './compare-maildirs.js'

/**
 * `npm run demo`: the whole thing on one machine. An endpoint over a Maildir of made mail, the line of a telephone modem between
 * (33,600 bit/s or as many as its argument says, 300 ms each way), a client that syncs, loses the line, goes on, and then both sides change
 * things.
 */

const bitsPerSecond = Number(process.argv[2] ?? 33_600)
const delayMs = 300
const seed = 20_071

const say = (text: string): void => {
  process.stdout.write(`\n\u25b8 ${text}\n`)
}

async function demo(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-demo-'))
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const server = join(root, 'server-mail')
  const client = join(root, 'client-mail')
  const endpointData = join(root, 'endpoint')
  const clientData = join(root, 'client')
  try {
    const mail = makeMail({ seed, messages: 24, attachments: { share: 0.2, scale: 0.15 } })
    writeMaildir(server, mail)
    const bytes = mail.reduce((sum, message) => sum + message.bytes.length, 0)
    say(
      `A mail server's Maildir with ${mail.length} messages, ${formatBytes(bytes)}, and an endpoint beside it.`,
    )

    const { address, stopped } = await startEndpoint(endpointData, server, stop.signal)
    const line = await startSlowLine({ target: address, bitsPerSecond, delayMs })
    const lineAddress = `${line.address.host}:${line.address.port}`
    say(`Between them and the boat: ${bitsPerSecond} bit/s, ${delayMs} ms each way.`)
    const pairing = await run([
      'device',
      'add',
      'me',
      'boat',
      '--data',
      endpointData,
      '--address',
      lineAddress,
    ])
    await run(['init', '-', '--data', clientData, '--maildir', client, '--attachments', '6k'], {
      stdin: pairing,
    })

    const sync = async (...args: string[]): Promise<void> => {
      const before = { ...line.counters }
      const startedMs = Date.now()
      await runVisibly(['sync', '--data', clientData, ...args])
      const up = line.counters.up - before.up
      const down = line.counters.down - before.down
      const took = formatSeconds((Date.now() - startedMs) / 1000)
      process.stdout.write(`  (on the line: ${formatBytes(down)} down, ${formatBytes(up)} up, ${took})\n`)
    }

    say('First sync. The line will break after 12 kB, and come back.')
    line.cutAfter({ down: 12_000 })
    const repair = setInterval(() => {
      if (line.counters.down < 12_000) return
      clearInterval(repair)
      say('The line is gone. It comes back in three seconds; packetboat dials again by itself.')
      setTimeout(() => line.restore(), 3000)
    }, 100)
    await sync()

    say('Meanwhile, new mail comes at the server. On the boat, one message is read, one answered, one moved.')
    const more = makeMail({ seed: seed + 1, messages: 3 }).map((message) => ({
      ...message,
      mailbox: ['INBOX'],
    }))
    writeMaildir(server, more)
    changeOnBoard(client)
    await sync()

    say('Nothing has happened since. A sync costs:')
    await sync()

    say('What is still missing, and one part of it fetched:')
    await run(['waiting', '--data', clientData], { echo: true })
    const { messages } = JSON.parse(await run(['waiting', '--json', '--data', clientData])) as {
      messages: { parts: { name: string; sizeBytes: number }[] }[]
    }
    const parts = messages.flatMap((message) => message.parts)
    const smallest = parts.sort((a, b) => a.sizeBytes - b.sizeBytes)[0]
    if (smallest) await runVisibly(['fetch', smallest.name, '--data', clientData])

    const { equal, partial, report } = compareMaildirs(server, client)
    say(equal ? 'Both sides agree.' : 'The two sides differ:')
    process.stdout.write(
      `  ${report}${partial > 0 ? ` ${partial} messages show stand-ins for parts that are still missing.` : ''}\n`,
    )
    process.stdout.write(
      `  In all ${formatBytes(line.counters.down)} came down and ${formatBytes(line.counters.up)} went up, TLS included.\n\n`,
    )
    if (!equal) process.exitCode = 1
    stop.abort()
    await line.close()
    await stopped
  } finally {
    stop.abort()
    rmSync(root, { recursive: true, force: true })
  }
}

/** Reads a message, answers another and moves a third, as a mail program does it in a Maildir. */
function changeOnBoard(client: string): void {
  const cur = join(client, 'cur')
  const [first, second, third] = [...readdirSync(cur), ...readdirSync(join(client, 'new'))].sort()
  const folder = (name: string): string => (readdirSync(cur).includes(name) ? cur : join(client, 'new'))
  if (!first || !second || !third) return
  const other = readdirSync(client).find(
    (name) => name.startsWith('.') && readdirSync(join(client, name)).includes('cur'),
  )
  renameSync(join(folder(first), first), join(cur, `${first.split(':')[0] ?? ''}:2,S`))
  renameSync(join(folder(second), second), join(cur, `${second.split(':')[0] ?? ''}:2,RS`))
  if (other)
    renameSync(
      join(folder(third), third),
      join(client, other, 'cur', `moved.${third.split(':')[0] ?? ''}:2,S`),
    )
  const answer =
    'From: me@boat.example\nTo: you@shore.example\nSubject: Re: harbour fees\n\nPaid, thank you. We sail at six.\n'
  writeFileSync(join(client, 'new', `answer.${Date.now()}.boat`), answer)
}

async function startEndpoint(
  data: string,
  maildir: string,
  signal: AbortSignal,
): Promise<{ address: { host: string; port: number }; stopped: Promise<unknown> }> {
  let stopped: Promise<unknown> = Promise.resolve()
  const address = await new Promise<string>((resolve, reject) => {
    const args = [
      'serve',
      '--json',
      '--data',
      data,
      '--listen',
      '127.0.0.1:0',
      '--account',
      `me=maildir:${maildir}`,
    ]
    let seen = ''
    const stdout = (text: string): void => {
      seen += text
      for (const line of text.split('\n')) {
        const event = line === '' ? {} : (JSON.parse(line) as { event?: string; address?: string })
        if (event.event === 'listening' && event.address) resolve(event.address)
      }
    }
    stopped = main(args, { ...shell(), signal, streams: { stdout, stderr: () => undefined } })
    void stopped.then(() => reject(new Error(`the endpoint stopped: ${seen}`)))
  })
  const [host = '', port = ''] = address.split(':')
  return { address: { host, port: Number(port) }, stopped }
}

/** How often progress is printed where there is no terminal to draw a line on, ms. */
const progressEveryMs = 3000

/** Runs a sync with its progress: the program's own line on a terminal, else a line now and then. */
async function runVisibly(args: readonly string[]): Promise<void> {
  if (process.stderr.isTTY) {
    await run(args, { echo: true })
    return
  }
  process.stdout.write(`  $ packetboat ${args.join(' ')}\n`)
  let lastMs = Date.now()
  const stdout = (text: string): void => {
    for (const line of text.split('\n').filter((each) => each.startsWith('{'))) {
      const event = JSON.parse(line) as {
        event: string
        down: number
        listed: number
        texts: number
        contents: number
        message: string
        summary: string
      }
      if (event.event === 'retry') process.stdout.write(`  ... ${event.message}\n`)
      if (event.event === 'synced') process.stdout.write(`  ${event.summary}\n`)
      if (event.event !== 'progress' || Date.now() - lastMs < progressEveryMs) continue
      lastMs = Date.now()
      const { down, listed, texts, contents } = event
      process.stdout.write(
        `  ... ${formatBytes(down)} down: ${listed} listed, ${texts} readable, ${contents} complete\n`,
      )
    }
  }
  const code = await main([...args, '--json'], { ...shell(), streams: { stdout, stderr: () => undefined } })
  if (code !== 0) throw new Error(`packetboat ${args.join(' ')} ended with ${code}`)
}

/** Runs a command as from a shell; gives what it printed, and fails when it failed. */
async function run(
  args: readonly string[],
  options: { readonly stdin?: string; readonly echo?: boolean } = {},
): Promise<string> {
  let printed = ''
  const stdout = (text: string): void => {
    printed += text
    if (options.echo) process.stdout.write(`  ${text}`)
  }
  const stderr = (text: string): void => {
    printed += text
    if (options.echo) process.stderr.write(`  ${text}`)
  }
  if (options.echo) process.stdout.write(`  $ packetboat ${args[0] ?? ''}\n`)
  const code = await main(args, {
    ...shell(),
    stdin: async () => options.stdin ?? '',
    streams: { stdout, stderr },
  })
  if (code !== 0) throw new Error(`packetboat ${args.join(' ')} ended with ${code}: ${printed}`)
  await pause(0)
  return printed
}

function shell(): Shell {
  return {
    streams: { stdout: () => undefined, stderr: () => undefined },
    onHangup: () => () => undefined,
    env: process.env,
    signal: new AbortController().signal,
    stdin: async () => '',
    keyboard: undefined,
    terminal: process.stderr.isTTY ? process.stderr : undefined,
    self: [process.execPath, process.argv[1] ?? ''],
    version: 'demo',
  }
}

void demo()
