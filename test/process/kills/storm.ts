import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { MaildirPerson, MailFile } from '../../world/process/maildir-person.js'
import { type Cleanup, makeWorld, type World } from '../../world/process/world.js'
import { seededRandom } from '../../world/random.js'

/**
 * Real processes over real files, killed hard at random moments. People on both sides do things in between, each to mail of their own, so
 * that what has to come out in the end is known to the last flag: nothing lost, nothing doubled.
 */

export interface StormReport {
  readonly kills: number
  /** Syncs that came to their end before they were killed. */
  readonly survived: number
  readonly operations: number
  readonly settles: number
  readonly messages: number
}

const boxes = ['INBOX', 'Archive', 'Lists'] as const

/** People delete more than half of their little mail here, and mean it: with the guards a long storm ended by asking. */
const env = { PACKETBOAT_GUARD_SHARE: '1' }

/** When to kill, as shares of the time that a sync takes: not while Node is still starting, and sometimes too late. */
const [earliest, latest] = [0.25, 1.15]

export async function storm(
  t: Cleanup,
  options: { readonly seed: number; readonly kills: number; readonly killsBetweenSettles?: number },
): Promise<StormReport> {
  const random = seededRandom(options.seed)
  const world = await makeWorld(t, { mail: [], endpoint: 'process', serverEnv: env })
  const people = [new Writer(world.server.person, 'shore'), new Writer(world.person, 'ship')] as const
  for (const box of boxes.slice(1)) world.server.person.makeMailbox([box])
  let spanMs = await timed(world.sync([], { env }))
  const count = { kills: 0, survived: 0, operations: 0, settles: 0 }
  while (count.kills < options.kills) {
    for (const person of people)
      for (let i = random.below(4); i > 0; i--) {
        person.act(random.below)
        count.operations++
      }
    const victim = random.pick(['client', 'endpoint', 'both'] as const)
    if (await killOne(world, victim, spanMs * (earliest + random.next() * (latest - earliest)))) count.kills++
    else count.survived++
    if (count.kills % (options.killsBetweenSettles ?? 10) !== 0) continue
    spanMs = await settle(world, people, options.seed)
    count.settles++
  }
  await settle(world, people, options.seed)
  return { ...count, messages: people[0].model.size + people[1].model.size }
}

/** Returns whether something was there to be killed. */
async function killOne(
  world: World,
  victim: 'client' | 'endpoint' | 'both',
  afterMs: number,
): Promise<boolean> {
  const running = world.startSync(['--give-up-after', '1'], { env })
  let over = false
  const ended = running.ended.then(() => {
    over = true
  })
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, afterMs))])
  const killed = !over
  if (victim !== 'endpoint') await running.kill('SIGKILL')
  if (victim !== 'client') {
    await world.restart()
    await running.ended
  }
  await ended
  return killed
}

/** Two runs without disturbance: both sides hold exactly what people made of it. Returns how long the first one took, ms. */
async function settle(world: World, people: readonly Writer[], seed: number): Promise<number> {
  const tookMs = await timed(world.sync([], { env }))
  const second = await world.sync([], { env })
  const wanted = people.flatMap((person) => person.lines()).sort()
  for (const [name, root] of [
    ['the server', world.server.maildir],
    ['the client', world.maildir],
  ] as const)
    assert.deepEqual(linesOf(world, root), wanted, `${name}, seed ${seed}`)
  world.assertInStep()
  assert.equal(second['listed'], 0, `a further run lists nothing, seed ${seed}`)
  return tookMs
}

async function timed(run: Promise<unknown>): Promise<number> {
  const began = performance.now()
  await run
  return performance.now() - began
}

function linesOf(world: World, root: string): string[] {
  const person = root === world.maildir ? world.person : world.server.person
  return boxes
    .flatMap((box) =>
      person.list([box]).map((file) => `${box} ${subjectOf(person, file)} ${lettersOf(file)}`),
    )
    .sort()
}

function subjectOf(person: MaildirPerson, file: MailFile): string {
  return /^Subject: (.*)$/m.exec(Buffer.from(person.read(file)).toString('latin1'))?.[1] ?? '?'
}

const lettersOf = ({ name }: MailFile): string => /:2,([A-Z]*)/.exec(name)?.[1] ?? ''

/** Somebody with a mail program, and what ought to have become of the mail that is theirs. */
class Writer {
  readonly model = new Map<string, { box: string; letters: string }>()
  private serial = 0

  constructor(
    private readonly person: MaildirPerson,
    private readonly name: string,
  ) {}

  lines(): string[] {
    return [...this.model].map(([subject, { box, letters }]) => `${box} ${subject} ${letters}`)
  }

  act(below: (limit: number) => number): void {
    const known = [...this.model]
    const [subject, state] = known[below(known.length)] ?? []
    const roll = below(10)
    if (!subject || !state || roll < 4) {
      this.deliver(below)
      return
    }
    const file = this.find(state.box, subject)
    if (roll < 6) {
      const letters = below(2) === 0 ? 'FS' : 'S'
      this.person.setLetters(file, letters)
      state.letters = letters
    } else if (roll < 8) {
      const to = boxes[below(boxes.length)] ?? 'INBOX'
      if (to === state.box) return
      this.person.moveAsMutt(file, [to])
      state.box = to
    } else {
      this.person.remove(file)
      this.model.delete(subject)
    }
  }

  private deliver(below: (limit: number) => number): void {
    const box = boxes[below(boxes.length)] ?? 'INBOX'
    const subject = `${this.name} ${++this.serial}`
    const body = Array.from({ length: below(40) }, () => below(2 ** 31).toString(36)).join('\n')
    this.person.deliver([box], `From: ${this.name}@example.org\nSubject: ${subject}\n\n${body}\n`)
    this.model.set(subject, { box, letters: '' })
  }

  private find(box: string, subject: string): MailFile {
    for (const file of this.person.list([box])) if (subjectOf(this.person, file) === subject) return file
    throw new Error(
      `${this.name} misses "${subject}" in ${box}: ${readdirSync(join(this.person.root)).join()}`,
    )
  }
}
