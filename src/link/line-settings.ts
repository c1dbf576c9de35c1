import { command, duration, oneOf, price, rate, step, text, texts } from '../settings/kind.js'
import { section, setting } from '../settings/section.js'

const minute = 60_000

/** The line to the endpoint, whatever its profile. */
export const lineSettings = section({
  table: '',
  side: 'client',
  about: 'The line to the endpoint, on every link; what [link.NAME] says goes before it',
  settings: {
    defaultLink: setting(text, {
      example: '"iridium"',
      help: 'The link profile where neither linkCommand nor an interface says another',
      flag: '--link <name>',
    }),
    linkCommand: setting(command, {
      example: '["/usr/local/bin/which-link"]',
      help: 'A command that prints the name of the link profile; nothing leaves it open',
    }),
    limitRate: setting(rate, {
      example: '"2400 bit/s"',
      help: 'Never more than this in either direction, for the sake of others on the line',
      flag: '--limit-rate <rate>',
    }),
    connectTimeout: setting(duration(), {
      default: minute,
      help: 'A connection on which nothing moves for so long while it is made is given up',
    }),
    stallTimeout: setting(duration(), {
      default: 2 * minute,
      help: 'A line on which no byte moves for so long is dead, and is dialled again',
      flag: '--stall <duration>',
    }),
    codec: setting(oneOf('auto', 'zstd', 'mix'), {
      default: 'auto',
      help: 'How text is compressed: "mix" takes a fifth fewer bytes, and some ten seconds of work a megabyte on both sides; "auto" uses it where the line was slow',
    }),
    giveUpAfter: setting(duration(), {
      default: 2 * minute,
      help: 'Stop dialling after so long without progress',
      flag: '--give-up-after <duration>',
    }),
  },
})

/** A kind of link. Other modules register what they want to know of one beside this, under the same table. */
export const linkSettings = section({
  table: 'link',
  keyed: { name: 'NAME', example: 'boat' },
  side: 'client',
  about: 'A link profile: one of your own, or a built-in one of which you change something',
  settings: {
    like: setting(text, {
      example: '"iridium"',
      help: 'The built-in profile that has what this one leaves out',
    }),
    interfaces: setting(texts, {
      example: '["ppp0", "wwan*"]',
      help: 'It is this link when one of these interfaces has the default route, or else is up',
    }),
    rate: setting(rate, {
      example: '"2400 bit/s"',
      help: 'What the line carries, until it has been measured',
    }),
    rateUp: setting(rate, {
      example: '"1200 bit/s"',
      help: 'What it carries upwards, where that is another',
    }),
    latency: setting(duration(), { example: '"2 s"', help: 'How long a round trip takes' }),
    price: setting(price, { example: '"1.20 USD/min"', help: 'What a minute or a megabyte costs' }),
    billingStep: setting(step, {
      example: '"20 s"',
      help: 'Time or bytes are billed in steps of so much, a step that was begun as a whole',
    }),
    limitRate: setting(rate, { example: '"1200 bit/s"', help: 'As above, on this link' }),
    connectTimeout: setting(duration(), { example: '"3 min"', help: 'As above, on this link' }),
    stallTimeout: setting(duration(), { example: '"5 min"', help: 'As above, on this link' }),
    giveUpAfter: setting(duration(), { example: '"15 min"', help: 'As above, on this link' }),
  },
  // Rates and round trips as these lines have them on a usual day; no prices, since every contract has its own.
  builtIn: {
    hf: {
      rate: 300,
      latency: 8000,
      connectTimeout: 10 * minute,
      stallTimeout: 15 * minute,
      giveUpAfter: 60 * minute,
    },
    iridium: {
      rate: 2400,
      latency: 2000,
      connectTimeout: 3 * minute,
      stallTimeout: 5 * minute,
      giveUpAfter: 15 * minute,
    },
    gsm: {
      rate: 9600,
      latency: 700,
      connectTimeout: 2 * minute,
      stallTimeout: 3 * minute,
      giveUpAfter: 10 * minute,
    },
    modem: {
      rate: 33_600,
      latency: 300,
      connectTimeout: 2 * minute,
      stallTimeout: 3 * minute,
      giveUpAfter: 5 * minute,
    },
    vsat: {
      rate: 1_000_000,
      rateUp: 256_000,
      latency: 650,
      connectTimeout: minute,
      stallTimeout: 2 * minute,
      giveUpAfter: 5 * minute,
    },
    'metered-mobile': {
      rate: 5_000_000,
      rateUp: 1_000_000,
      latency: 80,
      connectTimeout: minute,
      stallTimeout: 2 * minute,
      giveUpAfter: 5 * minute,
    },
    lan: {
      rate: 100_000_000,
      latency: 1,
      connectTimeout: 20_000,
      stallTimeout: 2 * minute,
      giveUpAfter: minute,
    },
  },
})
