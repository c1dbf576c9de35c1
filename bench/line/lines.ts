/** The lines that are emulated, as in `link.py`, which is what makes them. */
export interface LineProfile {
  readonly up: number
  readonly down: number
  /** One way. */
  readonly delayMs: number
}

/** 0 bit/s means no limit. `far` is `fast` with a long delay: the difference in time between both gives the round trips. */
export const lineProfiles = {
  fast: { up: 0, down: 0, delayMs: 1 },
  far: { up: 0, down: 0, delayMs: 300 },
  dialup56: { up: 33_600, down: 48_000, delayMs: 90 },
  gsm9600: { up: 9600, down: 9600, delayMs: 300 },
  iridium2400: { up: 2400, down: 2400, delayMs: 900 },
  isdn64: { up: 64_000, down: 64_000, delayMs: 20 },
  vsat: { up: 128_000, down: 512_000, delayMs: 300 },
} as const satisfies Readonly<Record<string, LineProfile>>

export type LineName = keyof typeof lineProfiles

export const isLineName = (name: string): name is LineName => name in lineProfiles

/** How long so many bytes and round trips take: no overlap between ways, no start-up of programs. */
export function estimateSeconds(name: LineName, cost: { up: number; down: number; rtts: number }): number {
  const { up, down, delayMs } = lineProfiles[name]
  const at = (bytes: number, rate: number): number => (rate === 0 ? 0 : (bytes * 8) / rate)
  return at(cost.up, up) + at(cost.down, down) + (cost.rtts * 2 * delayMs) / 1000
}
