import { createHash } from 'node:crypto'

/** What people did to a mail: enough to say whether it may be missing, and how often it may be there. */
export interface Fate {
  made: number
  /** How many of them were made of what stands for it: they may go with the last bytes. */
  ofStandIn: number
  removed: number
  /** Sides on which somebody moved, copied, marked or removed it: two of them may have had different ideas. */
  readonly touched: Set<string>
}

const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

/** What is here in the place of a mail. */
export function isStandIn(bytes: Uint8Array): boolean {
  return /^X-Packetboat-(?:Partial|Unreadable):/m.test(latin(bytes).split(/\r?\n\r?\n/)[0] ?? '')
}

/** The serial number stands in every subject: a mail is known by it, and so is its stand-in. */
export function serialOf(bytes: Uint8Array): string {
  return /^Subject: (\S+)/m.exec(latin(bytes))?.[1] ?? digestOf(bytes)
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12)
}

/** By serial number. */
export class Fates {
  readonly all = new Map<string, Fate>()
  /**
   * Sides that died in the middle of a run and haven't been through another: what was written to their mail store may not be noted, and a
   * person who moves it makes a copy of it (docs/CONFLICTS.md, duplicate 5).
   */
  readonly unsettled = new Set<string>()
  /**
   * Names that mailboxes had before or after somebody renamed them: where that is forgotten before all have heard of it, nothing tells that
   * these are one (docs/CONFLICTS.md, duplicate 12).
   */
  readonly renamed = new Set<string>()

  /** Where a name was taken, it got a number behind it. */
  wasRenamed(name: string): boolean {
    return this.renamed.has(name.replace(/ \(\d+\)/g, ''))
  }

  made(bytes: Uint8Array): void {
    const standsIn = isStandIn(bytes)
    if (standsIn && !this.all.has(serialOf(bytes))) return
    const fate = this.of(bytes)
    fate.made++
    if (standsIn) fate.ofStandIn++
  }

  removed(bytes: Uint8Array, side: string): void {
    this.of(bytes).removed++
    this.touch(bytes, side)
  }

  touch(bytes: Uint8Array, side: string): void {
    const { touched } = this.of(bytes)
    touched.add(side)
    if (this.unsettled.has(side)) touched.add(`${side}, which forgot`)
  }

  private of(bytes: Uint8Array): Fate {
    const serial = serialOf(bytes)
    const fate = this.all.get(serial) ?? { made: 0, ofStandIn: 0, removed: 0, touched: new Set() }
    this.all.set(serial, fate)
    return fate
  }
}
