// Writes the bytes of golden rows that have none yet, and a recording of this version where there is none: `npm run golden`. Bytes that are
// there stay as they are, since they are what other builds of this version send and take; where the code now says otherwise this fails, and
// says so. `npm run golden -- --anew` writes all of them anew: for a new version of the frames alone (docs/PROTOCOL.md, "Versions").
// `-- --record` only records anew, where sides of this version say the same in other bytes (another order, another primer): have a build
// from before replay what the new one recorded.
import { writeFileSync } from 'node:fs'
import { toHex } from '../src/bytes/hex.js'
import { protocolVersion } from '../src/wire/request-frames.js'
import { type GoldenCodec, goldenCodecs } from '../test/wire/golden/codecs.js'
import { goldenBytesFile, goldenRows, readGoldenBytes } from '../test/wire/golden/rows.js'
import { codecs } from '../test/wire/recorded/scenes.js'
import { readRecording, record, recordingFile } from '../test/wire/recorded/session.js'

const anew = process.argv.includes('--anew')
const before = anew ? { version: protocolVersion, rows: {} } : readGoldenBytes()
if (before.version !== protocolVersion) fail(`the bytes are those of version ${before.version}: --anew`)

const rows = Object.fromEntries(
  Object.entries(goldenRows).map(([name, values]) => {
    const { encode } = goldenCodecs[name as keyof typeof goldenCodecs] as GoldenCodec<unknown>
    const bytes = Object.entries(values).map(([row, value]): [string, string] => {
      const now = toHex(encode(value))
      const then = before.rows[name]?.[row] ?? now
      if (now !== then) fail(`${name}, ${row}: was\n  ${then}\nand would be\n  ${now}`)
      return [row, then]
    })
    return [name, Object.fromEntries(bytes)]
  }),
)
write(goldenBytesFile, { version: protocolVersion, rows })
for (const codec of codecs)
  if (anew || process.argv.includes('--record') || !readRecording(codec))
    write(recordingFile(codec), await record(codec))

function write(file: string, what: unknown): void {
  writeFileSync(file, `${JSON.stringify(what, undefined, 2)}\n`)
}

function fail(what: string): never {
  console.error(what)
  process.exit(1)
}
