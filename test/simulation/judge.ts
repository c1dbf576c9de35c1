import { tables } from '../../src/replica/tables.js'
import { fetchKeyword } from '../../src/sync/adopt/fetch-keyword.js'
import { isSent } from '../../src/sync/policy/guard.js'
import type { Side } from '../world/side.js'
import { believedIn, hiddenUnseen, lostUploads, namedInProblems } from './ailing.js'
import { digestOf, isStandIn, serialOf } from './fates.js'
import type { SimulationReport } from './outcome.js'
import type { Past } from './past.js'
import type { Post } from './post.js'

/** The laws of docs/CONFLICTS.md, for a world that has come to rest. */

interface World {
  readonly sides: readonly Side[]
  readonly past: Past
  readonly post: Post
  /** Throws SimulationFailure. */
  readonly fail: (what: string) => never
}

/** Each message that is not everywhere lies in a mailbox of which some side says that it can't take part, wholly or in part. */
export async function checkNothingHidden(world: World): Promise<void> {
  const { sides, past, fail } = world
  const named = await namedInProblems(sides)
  const trees = sides.map((side) => treeOf(past, side))
  const names = new Set(trees.flatMap((each) => [...each.keys()]))
  // A message that waits to be moved or copied there.
  const waiting = new Set(
    trees.flatMap((each) => [...named].flatMap((name) => (each.get(name) ?? []).map(serialOfLine))),
  )
  const believed = [...(await believedIn(sides, named))].map((digest) =>
    past.rewriting.versionless(digest.slice(0, 12)),
  )
  for (const line of trees.flatMap((each) => [...each.values()].flat()))
    if (believed.some((digest) => line.includes(digest))) waiting.add(serialOfLine(line))
  // A stand-in that a person removed where not all is in sight isn't said to be gone before all is (`keepStandIns`).
  if (named.size > 0)
    for (const serial of past.fates.all.keys()) if (mayBeGone(past, serial)) waiting.add(serial)
  const unknown = await hiddenUnseen(sides)
  for (const name of names) {
    // Nobody has seen it before it went out of sight.
    if (unknown.has(name)) continue
    const odd = trees.flatMap((each) => [
      ...without(trees[0]?.get(name), each.get(name)),
      ...without(each.get(name), trees[0]?.get(name)),
    ])
    const everywhere = trees.every((each) => each.has(name))
    // A mailbox that has several names by now goes by either.
    const isNamed = everywhere ? named.has(name) : named.size > 0
    const hidden = isNamed ? [] : odd.filter((line) => !waiting.has(serialOfLine(line)))
    if (hidden.length > 0)
      fail(
        `${name} differs in [${hidden.join('; ')}], and nobody says why: ${[...named].join(', ') || 'nothing'} is named`,
      )
  }
}

/** Whether all agree, and nothing is lost or doubled without a reason. Throws SimulationFailure. */
export async function judge(world: World): Promise<SimulationReport> {
  const { sides, past, post, fail } = world
  const [top] = sides
  if (!top) throw new Error('a world without sides')
  let orphans = 0
  for (const side of sides.slice(1)) orphans += compare(world, top, side)
  const lost = await lostUploads(sides)
  for (const serial of lost.values())
    if (!mayBeGone(past, serial)) fail(`${serial} can't be sent, and nobody removed it`)
  const trees = new Map(sides.map((side) => [side, treeOf(past, side)]))
  const waits = (side: Side, name: string): boolean =>
    (trees.get(side)?.get(name) ?? []).some((line) => isOrphan(past, line))
  await past.uids.compare(sides, fail, lost, waits)
  for (const side of sides) checkRemovals(world, side)
  post.check(fail)
  for (const { name, mail } of sides)
    for (const { flags, locator } of [...mail.snapshot().values()].flat())
      if (flags.includes(fetchKeyword)) fail(`${locator} of ${name} still asks to be fetched`)
  const duplicates = checkCopies(world, top)
  const conflicts = await tables.conflict.count(top.account.replica.db)
  const { times: rewritten } = past.rewriting
  return { ...past.counts, conflicts, duplicates, orphans, mails: post.mails, rewritten }
}

/** Where the copies of each mail are, by serial number. */
function copiesOf({ past }: World, top: Side) {
  const present = new Map<string, number>()
  // A device may bring back its stand-ins of what others have forgotten: another content.
  const standIns = new Map<string, number>()
  const rehoused = new Set<string>()
  const outsideSent = new Set<string>()
  for (const [name, messages] of top.mail.snapshot())
    for (const { bytes } of messages) {
      const serial = serialOf(bytes)
      present.set(serial, (present.get(serial) ?? 0) + 1)
      // Or it has another name at the endpoint, where its own was taken.
      if (past.fates.wasRenamed(name) || / \(\d+\)$/.test(name)) rehoused.add(serial)
      if (!isSent({ path: name.split('/') })) outsideSent.add(serial)
      if (isStandIn(bytes)) standIns.set(serial, (standIns.get(serial) ?? 0) + 1)
    }
  return { present, standIns, rehoused, outsideSent }
}

/** Each mail is there as often as people made it and didn't remove it. Returns how many copies there are beyond that, for a reason. */
function checkCopies(world: World, top: Side): number {
  const { past, post, fail } = world
  const { present, standIns, rehoused, outsideSent } = copiesOf(world, top)
  // Whoever forgets, or stops before it has noted what it wrote, while not all of it is in sight can't know again what is out of sight (docs/CONFLICTS.md, duplicate 13).
  const blind = past.counts.ailments > 0 && (past.amnesia || past.counts.crashes > 0 || past.filled)
  const isUnnoticed = blind || past.restored.size > 1
  const explainedOf = (serial: string, surplus: number): number => {
    // Where the mail program's copy is no longer in Sent, or can't be seen there, the endpoint files one (docs/CONFLICTS.md, duplicate 14).
    const unfound = outsideSent.has(serial) || past.unseenInSent.has(serial)
    const filed = post.filed.has(serial) && unfound ? 1 : 0
    // What nobody touched is known by its mailbox and digest, whoever has lost his memory.
    const rehousedOrPart = rehoused.has(serial) ? surplus : (standIns.get(serial) ?? 0)
    return (past.amnesia ? rehousedOrPart : 0) + filed
  }
  let duplicates = 0
  for (const [serial, { made, removed, touched }] of past.fates.all) {
    const count = present.get(serial) ?? 0
    if (count === 0 && isLost(world, serial)) fail(`${serial} is lost: made ${made}, removed ${removed}`)
    const surplus = Math.max(0, count - made)
    const isDoubled = surplus > explainedOf(serial, surplus)
    if (isDoubled && !isUnnoticed && touched.size < (past.amnesia ? 1 : 2))
      fail(`${serial} is there ${count} times, made ${made} times, and nobody disagreed about it`)
    duplicates += surplus
  }
  for (const serial of present.keys()) if (!past.fates.all.has(serial)) fail(`${serial} came out of nowhere`)
  return duplicates
}

/** Fewer are left than people made and didn't remove. Where memory was lost, copies may have been matched by digest, and one removed for both. */
function isLost(world: World, serial: string): boolean {
  const { fates, amnesia } = world.past
  const { made = 0, ofStandIn = 0, removed = 0 } = fates.all.get(serial) ?? {}
  // A copy of what was sent may be the one that the endpoint files.
  const mayBeOne = amnesia || /^(?:late-)?sent-/.test(serial)
  const isLeft = mayBeOne && made > 1 ? removed === 0 : removed === 0 || made - ofStandIn > removed
  return isLeft && !isPutAside(world, serial)
}

/** What a sync removed without keeping it stands there still, was removed there by a person too, or made room for another draft. */
function checkRemovals({ past, fail }: World, { name, mail }: Side): void {
  const had = new Set<string>()
  const digestOfAny = (bytes: Uint8Array): string => past.rewriting.versionless(digestOf(bytes))
  for (const { bytes } of [...mail.snapshot().values()].flat()) had.add(digestOfAny(bytes))
  for (const bytes of mail.aside) had.add(digestOfAny(bytes))
  // What was evicted was at the endpoint when it went.
  for (const { by, bytes } of mail.removals) if (by !== 'port') had.add(digestOfAny(bytes))
  for (const { by, bytes, flags } of mail.removals) {
    if (by !== 'port' || had.has(digestOfAny(bytes)) || flags.includes('\\Draft') || isStandIn(bytes))
      continue
    fail(`${serialOf(bytes)} went from ${name} because another side said so, and isn't to be had back`)
  }
}

/**
 * It can be restored, in one of two cases (docs/CONFLICTS.md): a device told of the new bytes of a file, and forgot
 * them before they had gone up; or a stand-in was moved to where nobody had ever seen anything.
 */
function isPutAside({ sides, past }: World, serial: string): boolean {
  const isForgotten = past.amnesia && past.rewriting.serials.has(serial)
  if (!isForgotten && !past.movedUnseen.has(serial)) return false
  return sides.some(({ mail }) => mail.aside.some((bytes) => serialOf(bytes) === serial))
}

/** Returns how many stand-ins are left of what was removed everywhere else. */
function compare({ past, fail }: World, top: Side, side: Side): number {
  let orphans = 0
  const [there, here] = [treeOf(past, top), treeOf(past, side)]
  for (const name of new Set([...there.keys(), ...here.keys()])) {
    const onlyThere = without(there.get(name), here.get(name))
    const strangers = without(here.get(name), there.get(name))
    const onlyHere = strangers.filter((line) => !isOrphan(past, line))
    orphans += strangers.length - onlyHere.length
    if (there.has(name) !== here.has(name) || onlyThere.length + onlyHere.length > 0)
      fail(
        `${name}: only top (${there.has(name)}) has [${onlyThere.join('; ')}], only ${side.name} (${here.has(name)}) has [${onlyHere.join('; ')}]`,
      )
  }
  return orphans
}

/** What stands for a message whose last bytes may be gone (docs/CONFLICTS.md "When no rule helps"). */
function isOrphan(past: Past, line: string): boolean {
  return line.includes('STAND-IN') && mayBeGone(past, serialOfLine(line))
}

/** Somebody removed it, or wrote over the last bytes of one of its versions. */
function mayBeGone({ fates, rewriting }: Past, serial: string): boolean {
  return (fates.all.get(serial)?.removed ?? 0) > 0 || rewriting.serials.has(serial)
}

function treeOf({ rewriting }: Past, side: Side): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [name, messages] of side.mail.snapshot())
    found.set(
      name,
      messages
        .map(
          ({ bytes, flags }) =>
            `${serialOf(bytes)} ${rewriting.versionless(digestOf(bytes))} ${isStandIn(bytes) ? 'STAND-IN ' : ''}${flags.join(',')}`,
        )
        .sort(),
    )
  return found
}

const serialOfLine = (line: string): string => line.split(' ')[0] ?? ''

function without(these: readonly string[] = [], others: readonly string[] = []): string[] {
  const left = [...others]
  return these.filter((item) => {
    const at = left.indexOf(item)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
