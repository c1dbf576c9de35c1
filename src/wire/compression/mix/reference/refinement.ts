import { tables } from '../tables.js'

const columns = 33

/** What became of predictions like this one in the same situation, and says so instead of them. */
export class Refinement {
  private readonly table: Uint16Array
  private at = 0

  constructor(log2Situations: number) {
    this.table = new Uint16Array(columns * 2 ** log2Situations)
    const { squashed } = tables()
    for (let i = 0; i < this.table.length; i++)
      this.table[i] = squashed[Math.min(4095, (i % columns) * 128)] as number
  }

  refine(logit: number, situation: number): number {
    const at = situation * columns + ((logit + 2048) >> 7)
    const weight = (logit + 2048) & 127
    this.at = at + (weight >> 6)
    return (
      (Math.imul(this.table[at] as number, 128 - weight) + Math.imul(this.table[at + 1] as number, weight)) >>
      7
    )
  }

  learn(bit: number): void {
    const { table, at } = this
    const value = table[at] as number
    table[at] = value + (((bit << 16) - bit - value) >> 6)
  }
}
