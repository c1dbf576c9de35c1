import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import type { Flags } from '../../../src/replica/model.js'
import { forgetPauses, listProblems } from '../../../src/replica/problems.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { mailText } from '../../../testing/mail-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { type Random, seededRandom } from '../../world/random.js'
import { isStandIn, latin } from '../../world/shown.js'
import { makeSide, type Side } from '../../world/side.js'
import { linesOf } from '../servers/imap-lines.js'
import { imapSide } from '../servers/imap-world.js'
import { mailServers, waysToSpeak } from '../servers/mail-servers.js'

/**
 * People on two devices, and another program (Python's imaplib) on the server itself, do things at the same time, over lines that break.
 * In the end all have the same, byte by byte, and nothing is lost that nobody removed. PACKETBOAT_SEED=N and PACKETBOAT_STEPS=N for
 * other and longer runs.
 */

const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }
const seed = Number(process.env['PACKETBOAT_SEED'] ?? 1 + Math.floor(Math.random() * 1e6))
const steps = Number(process.env['PACKETBOAT_STEPS'] ?? 12)
const python = spawnSync('python3', ['-c', 'import imaplib']).status === 0 ? undefined : 'python3 is not here'

class Fates {
  private readonly made = new Set<string>()
  private readonly removed = new Set<string>()
  make = (name: string): void => void this.made.add(name)
  remove = (name: string): void => void this.removed.add(name)

  /** Those that nobody removed. */
  get living(): string[] {
    return [...this.made].filter((name) => !this.removed.has(name))
  }
}

const subjectOf = (bytes: Uint8Array): string =>
  /^Subject: (\S+)/m.exec(Buffer.from(bytes).toString('latin1'))?.[1] ?? ''

function operate(side: Side, random: Random, step: number, fates: Fates): void {
  const { person } = side.mail
  const path = random.pick([['INBOX'], ['Box']])
  const there = side.mail.snapshot().get(path.join('/'))
  if (!there) return
  const message = there.length > 0 ? random.pick(there) : undefined
  const kind = random.next()
  if (kind < 0.4 || !message) {
    const name = `${side.name}-${step}`
    person.deliver(path, mailText(name, 'text '.repeat(random.below(300))), ['\\Seen'], 1_600_000_000_000)
    fates.make(name)
  } else if (kind < 0.65) {
    const flag = random.pick(['\\Seen', '\\Flagged', '\\Answered', 'work'])
    const flags = message.flags.includes(flag)
      ? message.flags.filter((each) => each !== flag)
      : [...message.flags, flag]
    person.setFlags(path, message.locator, flags)
  } else if (kind < 0.82) person.move(path, message.locator, path[0] === 'Box' ? ['INBOX'] : ['Box'])
  else {
    fates.remove(subjectOf(message.bytes))
    person.remove(path, message.locator)
  }
}

for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  for (const { called, without } of waysToSpeak.slice(0, 2))
    test(`${name} ${called}: everybody at once, and in the end all have the same (seed ${seed})`, {
      skip: skip ?? python,
    }, async () => {
      const running = await server
      if (!running) return
      const random = seededRandom(seed)
      const fates = new Fates()
      const { account, mail, close, user } = await imapSide(running, { without })
      try {
        await mail.createMailbox(['Box'])
        const links = [memoryLink(() => account), memoryLink(() => account)]
        const clients: Side[] = []
        for (const each of ['here', 'there'])
          clients.push(await makeSide(each, { hasUpstream: true, random }))
        const run = (index: number, allow: readonly string[] = []): Promise<SyncReport> => {
          const [client, link] = [clients[index], links[index]]
          if (!client || !link) throw new Error('no client')
          return sync(client.account, { link, policy: everything, allow })
        }
        for (const index of [0, 1]) await run(index)
        const script = new URL('./imaplib-person.py', import.meta.url).pathname
        const args = [script, `${running.port}`, user, `${seed}`, `${steps * 3}`, running.naming.prefix]
        const other = spawn('python3', args, { stdio: ['ignore', 'pipe', 'inherit'] })
        const ended = once(other, 'exit')
        createInterface({ input: other.stdout }).on('line', (line) => {
          const { made, removed } = JSON.parse(line) as { made?: string; removed?: string }
          if (made !== undefined) fates.make(made)
          if (removed !== undefined) fates.remove(removed)
        })
        for (let step = 0; step < steps; step++) {
          const index = random.below(2)
          const client = clients[index]
          if (client) for (let n = random.below(3); n >= 0; n--) operate(client, random, step * 10 + n, fates)
          if (random.next() < 0.3) links[index]?.cutAfter({ down: 1 + random.below(3000) })
          await run(index).catch(() => undefined)
          links[index]?.cutAfter({})
        }
        const [code] = (await ended) as [number]
        assert.equal(code, 0, 'the other program failed')
        for (let round = 0, still = 0; still < 2; round++) {
          assert.ok(round < 20, 'no quiet after twenty rounds')
          let moved = 0
          // What the server took away while it was being written is tried again after a minute: nobody waits for that here.
          await account.replica.db.transact(forgetPauses)
          for (const index of [0, 1]) {
            // What the other program has removed at once after it came is held back: the server may have dropped it.
            const { listed, changed, found, sent, written, trouble } = await run(index, ['INBOX', 'Box'])
            assert.equal(trouble, undefined)
            moved += listed + changed + found + sent + written
          }
          still = moved === 0 ? still + 1 : 0
        }
        const there = linesOf(asOnServer(await mail.snapshot()))
        for (const client of clients) {
          const here = linesOf(asOnServer(client.mail.snapshot()))
          const problems = JSON.stringify(await listProblems(account.replica.db))
          // Said, so that a failure that comes once in a hundred runs tells why.
          if (problems !== '[]') console.log(`${client.name}: the endpoint names ${problems}`)
          assert.deepEqual(here, there, client.name)
        }
        const present = new Set(
          [...(await mail.snapshot()).values()].flat().map(({ bytes }) => subjectOf(bytes)),
        )
        assert.deepEqual(
          fates.living.filter((each) => !present.has(each)),
          [],
          'lost, and nobody removed it',
        )
      } finally {
        await close()
      }
    })
}

/**
 * A stand-in that is all there is left of a message, as the original was removed on the server, goes up as mail (docs/CONFLICTS.md, "What no
 * rule can save"): its lines end otherwise there.
 */
function asOnServer(
  snapshot: ReadonlyMap<string, readonly { readonly flags: Flags; readonly bytes: Uint8Array }[]>,
): Map<string, { readonly flags: Flags; readonly bytes: Uint8Array }[]> {
  const canonical = (bytes: Uint8Array): Uint8Array =>
    isStandIn(bytes) ? Buffer.from(latin(bytes).replace(/\r?\n/g, '\r\n'), 'latin1') : bytes
  return new Map(
    [...snapshot].map(([name, all]) => [
      name,
      all.map(({ flags, bytes }) => ({ flags, bytes: canonical(bytes) })),
    ]),
  )
}
