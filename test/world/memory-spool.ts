import { concat } from '../../src/bytes/concat.js'
import { memorySource } from '../../src/bytes/source.js'
import {
  type FilledSpool,
  isHeldBack,
  type NewMail,
  noSuchMail,
  takenMail,
} from '../../src/sync/submission/filled-spool.js'

interface Kept {
  readonly mail: NewMail
  readonly bytes: Uint8Array
  readonly queuedMs: number
  heldUntil: number | 'released' | undefined
  taken: boolean
}

export interface MemorySpool extends FilledSpool {
  /** Hands in a mail from ann to bob, unless something else is said of it. Returns its name. */
  put(text: string, mail?: Partial<NewMail>): string
}

interface MemorySpoolOptions {
  /** Names of mails begin with it: two machines give none the same name. */
  readonly owner?: string
  readonly now?: () => number
}

const plain: NewMail = {
  envelope: { from: 'ann@example.org', recipients: ['bob@example.org'] },
  urgent: false,
}

export function memorySpool({
  owner = 'm',
  now = () => 1_790_000_000_000,
}: MemorySpoolOptions = {}): MemorySpool {
  const all = new Map<string, Kept>()
  let made = 0
  const isHeld = ({ heldUntil = 0, queuedMs, taken }: Kept): boolean =>
    !taken && (heldUntil === 'released' || isHeldBack(queuedMs, heldUntil, now()))
  const find = (name: string): Kept => {
    const kept = all.get(name)
    if (!kept) throw noSuchMail(name)
    return kept
  }
  const findHere = (name: string): Kept => {
    const kept = find(name)
    if (kept.taken) throw takenMail(name)
    return kept
  }
  const keep = (mail: NewMail, bytes: Uint8Array): string => {
    const name = `${owner}-${++made}`
    all.set(name, { mail, bytes, queuedMs: now(), heldUntil: mail.heldUntil, taken: false })
    return name
  }
  return {
    put: (text, more = {}) => keep({ ...plain, ...more }, new TextEncoder().encode(text)),
    add: async (mail, bytes, check) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(chunk.slice())
      await check?.(memorySource(concat(chunks)))
      return keep(mail, concat(chunks))
    },
    list: async () =>
      [...all].map(([name, kept]) => ({
        name,
        envelope: kept.mail.envelope,
        sizeBytes: kept.bytes.length,
        queuedMs: kept.queuedMs,
        urgent: kept.mail.urgent,
        ...(kept.mail.notBeforeMs !== undefined && { notBeforeMs: kept.mail.notBeforeMs }),
        ...(kept.mail.asIs && { asIs: true }),
        ...(isHeld(kept) && { held: true }),
      })),
    open: async (name) => {
      const kept = all.get(name)
      if (!kept || isHeld(kept)) return undefined
      kept.taken = true
      return { ...memorySource(kept.bytes), close: async () => undefined }
    },
    remove: async (name) => {
      all.delete(name)
    },
    setAside: async (name) => {
      all.delete(name)
    },
    hold: async (name, untilMs) => {
      findHere(name).heldUntil = untilMs ?? 'released'
    },
    release: async (name) => {
      find(name).heldUntil = undefined
    },
    takeBack: async (name) => {
      findHere(name)
      all.delete(name)
    },
  }
}
