import { PacketboatError } from '../../errors/packetboat-error.js'

/** One thing that was looked at, and how it is. */
export interface Finding {
  /** `note`: it works, and a person may want to know. */
  readonly state: 'ok' | 'note' | 'wrong'
  /** The subject, in a word or two. */
  readonly about: string
  /** A sentence. */
  readonly what: string
  /** What to do, a sentence; empty where there is nothing to do. */
  readonly next: string
}

/** Collects what the checks of one side, or of one account of it, find. */
export interface Findings {
  ok(about: string, what: string): void
  note(about: string, what: string, next?: string): void
  wrong(about: string, what: string, next: string): void
  /** Does a check. What it throws is what is wrong: one that fails keeps no other from being made. Gives undefined then. */
  attempt<T>(
    about: string | ((error: unknown) => string),
    check: () => T | Promise<T>,
  ): Promise<T | undefined>
}

/** @param tell hears of each as soon as it is known. */
export function createFindings(signal: AbortSignal, tell: (finding: Finding) => void): Findings {
  const wrong: Findings['wrong'] = (about, what, next) => tell({ state: 'wrong', about, what, next })
  return {
    ok: (about, what) => tell({ state: 'ok', about, what, next: '' }),
    note: (about, what, next = '') => tell({ state: 'note', about, what, next }),
    wrong,
    attempt: async (given, check) => {
      try {
        return await check()
      } catch (error) {
        signal.throwIfAborted()
        const about = typeof given === 'string' ? given : given(error)
        if (error instanceof PacketboatError) wrong(about, error.message, error.next)
        else wrong(about, `${(error as Error).message}.`, 'Check the path, who may use it, and the disk.')
        return undefined
      }
    },
  }
}
