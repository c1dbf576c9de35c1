import { command, duration, oneOf, price, rate, step, text, texts } from '../../settings/kind.js'
import { section, setting } from '../../settings/section.js'

const minute = 60_000

/** The line to the endpoint, whatever its profile. */
export const lineSettings = section({
  table: '',
  side: 'client',
  about: 'The line to the endpoint. [link.NAME] overrides these for one link',
  settings: {
    defaultLink: setting(text, {
      example: '"iridium"',
      help: 'The link profile to use when neither linkCommand nor a network interface selects one',
      flag: '--link <name>',
    }),
    linkCommand: setting(command, {
      example: '["/usr/local/bin/which-link"]',
      help: 'A command that prints the name of the link profile to use, or nothing',
    }),
    limitRate: setting(rate, {
      example: '"2400 bit/s"',
      help: 'The highest rate to use in either direction, to leave room for others on the line',
      flag: '--limit-rate <rate>',
    }),
    connectTimeout: setting(duration(), {
      default: minute,
      help: 'Give up a connection attempt when nothing has moved for this long',
    }),
    stallTimeout: setting(duration(), {
      default: 2 * minute,
      help: 'Treat a line as dead, and dial again, when no byte has moved for this long',
      flag: '--stall <duration>',
    }),
    codec: setting(oneOf('auto', 'zstd', 'mix'), {
      default: 'auto',
      help: 'How to compress text. "mix" saves a fifth of the bytes of "zstd" and takes a second or more of work for each megabyte on both sides; "auto" uses it on lines that have been slow',
    }),
    giveUpAfter: setting(duration(), {
      default: 2 * minute,
      help: 'Stop dialling after this long without progress',
      flag: '--give-up-after <duration>',
    }),
  },
})

/** A kind of link. Other modules register what they want to know of one beside this, under the same table. */
export const linkSettings = section({
  table: 'link',
  keyed: { name: 'NAME', example: 'boat' },
  side: 'client',
  about: 'A link profile: your own, or a built-in one that you change',
  settings: {
    like: setting(text, {
      example: '"iridium"',
      help: 'The built-in profile from which to take everything that this one does not set',
    }),
    interfaces: setting(texts, {
      example: '["ppp0", "wwan*"]',
      help: 'Use this profile when one of these network interfaces has the default route, or else is up',
    }),
    rate: setting(rate, {
      example: '"2400 bit/s"',
      help: 'The rate of the line, until packetboat has measured it',
    }),
    rateUp: setting(rate, {
      example: '"1200 bit/s"',
      help: 'The rate upwards, if it differs',
    }),
    latency: setting(duration(), { example: '"2 s"', help: 'The time of a round trip' }),
    price: setting(price, { example: '"1.20 USD/min"', help: 'The price of a minute or a megabyte' }),
    billingStep: setting(step, {
      example: '"20 s"',
      help: 'The step in which time or bytes are billed; a step that has begun costs as much as a whole one',
    }),
    limitRate: setting(rate, { example: '"1200 bit/s"', help: 'The same for this link' }),
    connectTimeout: setting(duration(), { example: '"3 min"', help: 'The same for this link' }),
    stallTimeout: setting(duration(), { example: '"5 min"', help: 'The same for this link' }),
    giveUpAfter: setting(duration(), { example: '"15 min"', help: 'The same for this link' }),
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
