import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { SMTPServerOptions } from 'smtp-server'
import { startServer, type TestServer } from '../../submit/servers.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** A client whose endpoint hands mail over to a server of the test. */
export interface Sender extends World {
  readonly smtp: TestServer
  sendmail(args: readonly string[], text: string): Promise<number | undefined>
  /** State and subject of all mail on its way. */
  outbox(): Promise<string[]>
}

export async function makeSender(t: TestContext, options: SMTPServerOptions = {}): Promise<Sender> {
  const smtp = await startServer(t, options)
  const world = await makeWorld(t, { mail: [] })
  const settings = join(world.server.data, 'endpoint.toml')
  const text = readFileSync(settings, 'utf8')
  const table = `{ mailstore = "maildir:${world.server.maildir}", submit = { via = "smtp", host = "127.0.0.1", port = ${smtp.port}, tls = "none", identities = ["Ann <ann@example.org>"] } }`
  writeFileSync(settings, text.replace(/"maildir:[^"]*"/, table))
  await world.restart()
  return {
    ...world,
    smtp,
    sendmail: async (args, input) =>
      (await world.command(['sendmail', '--data', world.data, ...args], { stdin: input })).code,
    outbox: async () => {
      const { mail } = lastEvent(await world.run(['outbox'])) as unknown as {
        mail: readonly { readonly state: string; readonly subject: string }[]
      }
      return mail.map(({ state, subject }) => `${state} ${subject}`)
    },
  }
}

export const letterTo = (to: string, subject: string): string =>
  `From: ann@example.org\nTo: ${to}\nBcc: eve@example.org\nSubject: ${subject}\n\nHello.\n`

/** The endpoint hands mail over by itself, after the sync. */
export async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await setTimeout(50)
}
