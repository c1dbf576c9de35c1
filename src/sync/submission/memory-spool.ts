import { concat } from '../../bytes/concat.js'
import { memorySource } from '../../bytes/source.js'
import { type FilledSpool, isHeldBack, type NewMail, noSuchMail, takenMail } from './filled-spool.js'

interface Kept {
  readonly mail: NewMail
  readonly bytes: Uint8Array
  readonly queuedMs: number
  heldUntil: number | 'released' | undefined
  taken: boolean
}

/** A spool in memory, for tests and for whoever keeps what it holds elsewhere. */
export function memorySpool(now: () => number): FilledSpool {
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
  return {
    add: async (mail, bytes, check) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(chunk.slice())
      await check?.(memorySource(concat(chunks)))
      const name = (++made).toString(36).padStart(12, '0')
      const { heldUntil } = mail
      all.set(name, { mail, bytes: concat(chunks), queuedMs: now(), heldUntil, taken: false })
      return name
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
