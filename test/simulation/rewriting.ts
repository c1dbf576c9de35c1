import { seededRandom } from '../world/random.js'
import type { Side } from '../world/side.js'
import { digestOf, isStandIn, serialOf } from './fates.js'
import type { Witness } from './person.js'

const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

/** What programs and failing disks make of a file: more bytes, fewer, or as many others. Its header keeps its serial number. */
const changes: readonly ((bytes: Uint8Array, roll: number) => Uint8Array)[] = [
  (bytes, roll) => Buffer.from(`X-Checked: ${roll}\n${latin(bytes)}`, 'latin1'),
  (bytes) => bytes.subarray(0, bytes.length - Math.floor((bytes.length - bodyAt(bytes)) / 3)),
  (bytes, roll) => bytes.with(-2, 65 + (roll % 26)).with(-3, 65 + ((roll >> 5) % 26)),
]

const bodyAt = (bytes: Uint8Array): number => Math.max(0, latin(bytes).search(/\r?\n\r?\n/)) + 4

/**
 * Files that somebody writes other bytes into, in place: between two runs, or while they are being read. A message's bytes never change, so what
 * is lost is what only that file had. The rest is the law: each side shows one of the versions that the file has had, whole and never mixed, and
 * as often as its message.
 */
export class Rewriting {
  /** The first version of each, by digest. */
  private readonly first = new Map<string, string>()
  /** Mail of which some version may be gone, by its serial number: all versions. */
  readonly serials = new Map<string, string[]>()
  times = 0

  /** One digest for all versions of a file. */
  versionless(digest: string): string {
    return this.first.get(digest) ?? digest
  }

  /** Now, or while a message is read for the n-th time. */
  arm(
    side: Side,
    { roll, atRead }: { readonly roll: number; readonly atRead: number },
    witness: Witness,
  ): void {
    if (atRead === 0) {
      const files = [...side.mail.snapshot()].flatMap(([name, all]) =>
        all.map(({ locator }) => ({ name, locator })),
      )
      if (files.length === 0) return
      const { name, locator } = seededRandom(roll).pick(files)
      this.rewrite(side, name, locator, roll, witness)
      return
    }
    let left = atRead
    side.ailments.beforeRead = (name, locator) => {
      if (--left > 0) return
      side.ailments.beforeRead = undefined
      this.rewrite(side, name, locator, roll, witness)
    }
  }

  private rewrite(side: Side, name: string, locator: string, roll: number, witness: Witness): void {
    const found = side.mail
      .snapshot()
      .get(name)
      ?.find((each) => each.locator === locator)
    // Mail on its way is known to the post by its bytes.
    if (!found || isStandIn(found.bytes) || !/^\d+$/.test(serialOf(found.bytes))) return
    const bytes = changes[roll % changes.length]?.(found.bytes, roll) ?? found.bytes
    const { locator: _, ...stored } = found
    side.mail.person.putBack(name.split('/'), locator, { ...stored, bytes })
    this.times++
    this.first.set(digestOf(bytes), this.versionless(digestOf(found.bytes)))
    const versions = this.serials.get(serialOf(bytes)) ?? [latin(found.bytes)]
    this.serials.set(serialOf(bytes), [...versions, latin(bytes)])
    witness.fates.touch(bytes, side.name)
    witness.fates.touch(bytes, `${side.name}, whose file is another`)
    witness.note(`${side.name}: writes other bytes into ${locator} in ${name}`)
  }
}
