import type { MemoryLink } from '../world/memory-link.js'
import type { Side } from '../world/side.js'
import type { Fault } from './script.js'

/** One sync of two sides. */
export interface Exchange {
  readonly side: Side
  readonly upstream: Side
  readonly link: MemoryLink
}

/** Has a fault happen in the exchange that follows. `act`: a person does something there. */
export function arrange(fault: Fault, { side, upstream, link }: Exchange, act: (side: Side) => void): void {
  const end = 'end' in fault && fault.end === 'responder' ? upstream : side
  switch (fault.kind) {
    case 'cut-up':
      link.cutAfter({ up: fault.at })
      break
    case 'cut-down':
      link.cutAfter({ down: fault.at })
      break
    case 'crash':
    case 'power':
      end.crashAt(fault.step)
      break
    case 'full':
      end.fullFrom(fault.step)
      break
    case 'twice':
      link.deliverTwice()
      break
    case 'person':
      end.interfereAt(fault.step, () => act(end))
  }
}

/** What hasn't happened by now doesn't happen any more. */
export function release({ side, upstream, link }: Exchange): void {
  link.cutAfter({})
  for (const end of [side, upstream]) {
    end.crashAt(undefined)
    end.fullFrom(undefined)
    end.interfereAt(undefined)
  }
}
