import { duration, oneOf } from '../settings/kind.js'
import { section, setting } from '../settings/section.js'

/** The line to the endpoint, whatever its profile. */
export const lineSettings = section({
  table: '',
  side: 'client',
  about: 'The line to the endpoint, on every link',
  settings: {
    connectTimeout: setting(duration(), {
      default: 60_000,
      help: 'A connection on which nothing moves for so long while it is made is given up',
    }),
    stallTimeout: setting(duration(), {
      default: 120_000,
      help: 'A line on which no byte moves for so long is dead, and is dialled again',
      flag: '--stall <duration>',
    }),
    codec: setting(oneOf('auto', 'zstd', 'mix'), {
      default: 'auto',
      help: 'How text is compressed: "mix" takes a fifth fewer bytes, and some ten seconds of work a megabyte on both sides; "auto" uses it where the line was slow',
    }),
    giveUpAfter: setting(duration(), {
      default: 120_000,
      help: 'Stop dialling after so long without progress',
      flag: '--give-up-after <duration>',
    }),
  },
})
