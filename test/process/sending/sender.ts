import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startServer, type TestServer, type TestServerOptions } from '../../submit/servers.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** A client whose endpoint hands mail over to a server of the test. */
export interface Sender extends World {
  readonly smtp: TestServer
  sendmail(args: readonly string[], text: string): Promise<number | undefined>
  /** State and subject of all mail on its way. */
  outbox(): Promise<string[]>
}

export async function makeSender(
  t: TestContext,
  options: TestServerOptions = {},
  serverEnv: Readonly<Record<string, string>> = {},
): Promise<Sender> {
  const smtp = await startServer(t, options)
  const world = await makeWorld(t, { mail: [], endpoint: 'process', serverEnv })
  await sendThrough(
    world,
    `via = "smtp"\nhost = "127.0.0.1"\nport = ${smtp.port}\ntls = "none"\nidentities = ["Ann <ann@example.org>"]`,
  )
  return {
    ...world,
    smtp,
    sendmail: async (args, input) =>
      (await world.command(['sendmail', '--data', world.data, ...args], { stdin: input })).code,
    outbox: () => outboxOf(world),
  }
}

/** Has the endpoint hand mail over by these settings, lines of its table `submit`. */
export async function sendThrough(world: World, submit: string): Promise<void> {
  const settings = join(world.server.data, 'endpoint.toml')
  const text = readFileSync(settings, 'utf8')
  const place = `mailstore = "maildir:${world.server.maildir}"`
  const others = text.replace(/^\[accounts\]\n|^me = "maildir:[^"]*"\n/gm, '')
  writeFileSync(settings, `${others}\n[accounts.me]\n${place}\n\n[accounts.me.submit]\n${submit}\n`)
  await world.restart()
}

interface OutboxRow {
  readonly name: string
  readonly state: string
  readonly subject: string
}

/** All mail on its way. */
export async function outboxRows(world: Pick<World, 'run'>): Promise<readonly OutboxRow[]> {
  return (lastEvent(await world.run(['outbox'])) as unknown as { mail: readonly OutboxRow[] }).mail
}

/** State and subject of all mail on its way. */
export async function outboxOf(world: World): Promise<string[]> {
  return (await outboxRows(world)).map(({ state, subject }) => `${state} ${subject}`)
}

export const letterTo = (to: string, subject: string): string =>
  `From: ann@example.org\nTo: ${to}\nBcc: eve@example.org\nSubject: ${subject}\n\nHello.\n`
