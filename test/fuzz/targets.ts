import assert from 'node:assert/strict'
import { makeMail } from '../../fixtures/make-mail.js'
import { oddMail } from '../../fixtures/odd-mail.js'
import { memorySource } from '../../src/bytes/source.js'
import { allSettings } from '../../src/cli/settings/all-settings.js'
import { PacketboatError } from '../../src/errors/packetboat-error.js'
import { parsePairing, printPairing } from '../../src/link/pairing.js'
import { pathOfServerName, serverName } from '../../src/mailstore/imap/names/mailbox-names.js'
import { parseToken, printToken } from '../../src/mailstore/imap/names/mailbox-token.js'
import { flagsOf } from '../../src/mailstore/imap/read/message-flags.js'
import { codeOf, type ImapNode, itemsOf } from '../../src/mailstore/imap/session/imap-response.js'
import { UidSet } from '../../src/mailstore/imap/session/uid-set.js'
import { bytesOfText, textOfBytes } from '../../src/mailstore/maildir/disk/disk-text.js'
import { parseFileName, printFileName } from '../../src/mailstore/maildir/file-name.js'
import { flagsOfLetters, lettersOfFlags, parseKeywords } from '../../src/mailstore/maildir/keywords.js'
import { folderOf, pathOf } from '../../src/mailstore/maildir/names/mailbox-name.js'
import { nameFolders } from '../../src/mailstore/maildir/names/name-folders.js'
import { parseSubscriptions } from '../../src/mailstore/maildir/names/subscriptions.js'
import { parseUidList, printUidList } from '../../src/mailstore/maildir/uidlist.js'
import { structureSize } from '../../src/mime/body-offsets.js'
import { checkSkeleton } from '../../src/mime/check-skeleton.js'
import { joinCold, withoutCold } from '../../src/mime/headers/cold-header.js'
import { parseEnvelope } from '../../src/mime/headers/envelope.js'
import { decodeEnvelope, encodeEnvelope } from '../../src/mime/headers/envelope-codec.js'
import { decodeOutline, encodeOutline, outlineOf } from '../../src/mime/outline.js'
import { readStructure } from '../../src/mime/read-part.js'
import { rebuildMessage } from '../../src/mime/rebuild.js'
import { decodeSkeleton, encodeSkeleton } from '../../src/mime/skeleton-codec.js'
import { readMarker } from '../../src/mime/stand-in/stand-in.js'
import { readConfig } from '../../src/settings/config.js'
import { exampleFile } from '../../src/settings/describe.js'
import { parseTomlDocument } from '../../src/settings/toml-document.js'
import { decodePolicy, defaultPolicy, encodePolicy } from '../../src/sync/policy/policy.js'
import { unbundle } from '../../src/wire/bundle.js'
import type { Codec } from '../../src/wire/compression/codec.js'
import { shippedDictionary } from '../../src/wire/compression/dictionary.js'
import { mixCodec } from '../../src/wire/compression/mix/mix.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { zstdReader } from '../../src/wire/compression/zstd-read/zstd-read.js'
import { decodeChunk, decodeSkeletonFrame } from '../../src/wire/content-frames.js'
import { createFrameDecoder } from '../../src/wire/frame-decoder.js'
import { decodePrimer } from '../../src/wire/primer-frame.js'
import { decodeQuestion } from '../../src/wire/question-frame.js'
import { decodeHello, decodeJournal, decodeOffer, requestKinds } from '../../src/wire/request-frames.js'
import { decodeAccept } from '../../src/wire/response/accept-frame.js'
import { decodeChanges } from '../../src/wire/response/changes-frame.js'
import { decodeForecast } from '../../src/wire/response/forecast-frame.js'
import { decodeGist } from '../../src/wire/response/gist-frame.js'
import { decodeHits } from '../../src/wire/response/hits-frame.js'
import { responseKinds } from '../../src/wire/response/kinds.js'
import { decodeLinks } from '../../src/wire/response/links-frame.js'
import { decodeList } from '../../src/wire/response/list-frame.js'
import { decodeEnd, decodeTotals, decodeWorking } from '../../src/wire/response/progress-frames.js'
import { decodeRecipients } from '../../src/wire/response/recipients-frame.js'
import { decodeRefusal, encodeRefusal } from '../../src/wire/response/refusal-frame.js'
import { decodeOpen, decodeStructure } from '../../src/wire/response/structure-frames.js'
import { decodeShore, decodeShoreFrame } from '../../src/wire/shore-frame.js'
import { decodeWants } from '../../src/wire/wants-frame.js'
import { collect, roundTrip, sha256, split } from '../mime/message-builders.js'
import { behind, prose } from '../wire/zstd-world.js'
import { recordTraffic } from './frames.js'
import { wholeTargets } from './whole-targets.js'

/** A reader of hostile bytes. It may return, or throw a PacketboatError; anything else is a fault. */
const registry = allSettings()

export interface FuzzTarget {
  readonly seeds: readonly Uint8Array[]
  /** How many inputs a sample has, where one takes a tenth of a second or more. */
  readonly sample?: number
  read(bytes: Uint8Array): unknown
}

/** What imapflow's parser could have made of it: any shape that JSON can have. */
function jsonOf(given: string): ImapNode {
  try {
    return JSON.parse(given) as ImapNode
  } catch {
    return null
  }
}

type Decode = (payload: Uint8Array) => unknown
type Decoders = ReadonlyMap<number, Decode>

/** Each kind has one: the compiler asks for it. */
function decodersOf<Kinds extends Readonly<Record<string, number>>>(
  kinds: Kinds,
  decoders: Readonly<Record<keyof Kinds, Decode>>,
): Decoders {
  return new Map(Object.entries(kinds).map(([name, kind]) => [kind, decoders[name as keyof Kinds]]))
}

const requestDecoders = decodersOf(requestKinds, {
  hello: decodeHello,
  policy: decodePolicy,
  journal: decodeJournal,
  wants: decodeWants,
  offer: decodeOffer,
  skeleton: decodeSkeletonFrame,
  chunk: decodeChunk,
  primer: decodePrimer,
  // It has no payload that anybody reads.
  end: () => undefined,
  shore: decodeShoreFrame,
  question: decodeQuestion,
  vouch: decodeShore,
})

const answerDecoders = decodersOf(responseKinds, {
  accept: decodeAccept,
  structure: decodeStructure,
  open: decodeOpen,
  changes: decodeChanges,
  list: decodeList,
  links: decodeLinks,
  skeleton: decodeSkeletonFrame,
  chunk: decodeChunk,
  primer: decodePrimer,
  end: decodeEnd,
  working: decodeWorking,
  forecast: decodeForecast,
  totals: decodeTotals,
  recipients: decodeRecipients,
  refusal: decodeRefusal,
  hits: decodeHits,
  vouched: decodeShore,
  gist: decodeGist,
})

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
const bytes = (string: string): Uint8Array => new Uint8Array(Buffer.from(string))

const mixStream = () => mixCodec.open(behind(prose(64)))

function mixedBody(payload: Uint8Array): Uint8Array {
  return mixStream().compress(payload) ?? new Uint8Array(0)
}

/** All targets by name. What they need is made once. */
export async function fuzzTargets(): Promise<Readonly<Record<string, FuzzTarget>>> {
  const codec = await loadZstd()
  const traffic = await recordTraffic()
  const made = makeMail({ seed: 3, messages: 40, attachments: { share: 0.3, scale: 0.02 } })
  const mail = [...oddMail().map((odd) => odd.bytes), ...made.map((message) => message.bytes)]
  const small = mail.filter((each) => each.length < 20_000)
  const skeletons = await Promise.all(small.map(split))
  const streams = (decoders: Decoders) => (stream: Uint8Array) => {
    // Byte by byte at first, then at once: the pieces in which a line brings them mean nothing.
    const decoder = createFrameDecoder({ codec, createHash: sha256 })
    const head = stream.subarray(0, 40)
    for (const at of head.keys()) decoder.push(head.subarray(at, at + 1))
    decoder.push(stream.subarray(40))
    for (let frame = decoder.next(); frame; frame = decoder.next())
      for (const { kind, payload } of unbundle(frame)) decoders.get(kind)?.(payload)
    decoder.torn()
  }
  const payloads = (decoders: Decoders) => (input: Uint8Array) => {
    const [kind = 0] = input
    for (const frame of unbundle({ kind, payload: input.subarray(1) }))
      decoders.get(frame.kind)?.(frame.payload)
  }
  const ofKind = ({ kind, payload }: { kind: number; payload: Uint8Array }): Uint8Array =>
    Buffer.concat([Uint8Array.of(kind), payload])
  return {
    ...wholeTargets(),
    'request-stream': { seeds: traffic.up, read: streams(requestDecoders) },
    'answer-stream': {
      seeds: traffic.down.map((each) => each.slice(0, 8000)),
      read: streams(answerDecoders),
    },
    'request-payload': {
      seeds: [
        ...traffic.requestFrames.map(ofKind),
        ofKind({ kind: requestKinds.policy, payload: encodePolicy(defaultPolicy) }),
      ],
      read: payloads(requestDecoders),
    },
    'answer-payload': {
      seeds: [
        ...traffic.answerFrames.map(ofKind),
        ofKind({
          kind: responseKinds.refusal,
          payload: encodeRefusal({ code: 'QUOTA', reason: 'Too much today.', next: 'Wait a day.' }),
        }),
      ],
      read: payloads(answerDecoders),
    },
    mime: { seeds: small, read: readMail },
    skeleton: { seeds: skeletons.map(encodeSkeleton), read: readSkeleton },
    outline: {
      seeds: skeletons.map((skeleton) => encodeOutline(outlineOf(skeleton))),
      read: (input) => {
        const outline = decodeOutline(input)
        assert.deepEqual(decodeOutline(encodeOutline(outline)), outline)
      },
    },
    envelope: {
      seeds: small.map((each) => encodeEnvelope(parseEnvelope(each))),
      read: (input) => {
        const envelope = decodeEnvelope(input)
        assert.deepEqual(decodeEnvelope(encodeEnvelope(envelope)), envelope)
      },
    },
    imap: {
      seeds: [
        bytes('INBOX.Gr&APw-&AN8-e.a&IhU-b'),
        bytes('1:3,5,4294967295'),
        bytes('1700000000/12/3/m99'),
        bytes('[2,{"value":"FLAGS"}]'),
        bytes('[{"value":"UID"},{"value":"5"},{"value":"FLAGS"},[{"value":"\\\\Seen"}]]'),
      ],
      read: (input) => {
        const given = text(input)
        for (const naming of [
          { delimiter: '.', prefix: 'INBOX.' },
          { delimiter: '/', prefix: '' },
        ]) {
          const path = pathOfServerName(given, naming)
          if (path) assert.deepEqual(pathOfServerName(serverName(path, naming), naming), path)
        }
        for (const set of UidSet.parse(given).print()) assert.deepEqual([...UidSet.parse(set).print()], [set])
        const token = parseToken(given)
        if (token) assert.deepEqual(parseToken(printToken(token)), token)
        const nodes = jsonOf(given)
        itemsOf(nodes)
        flagsOf(nodes)
        codeOf({ attributes: [nodes] })
      },
    },
    mix: {
      sample: 50,
      seeds: [60, 300, 900].map((size) =>
        Buffer.concat([Uint8Array.of(size >> 8, size & 255), mixedBody(prose(size))]),
      ),
      // Any body is some payload: whatever comes out, the coder must be able to say it again.
      read: (input) => {
        const [high = 0, low = 0] = input
        const size = 1 + (((high << 8) | low) % 2000)
        const payload = mixStream().decompress(input.subarray(2), size)
        assert.equal(payload.length, size)
        const body = mixStream().compress(payload)
        if (body) assert.deepEqual(mixStream().decompress(body, size), payload)
      },
    },
    // Both read it, and what either of them gives is the same.
    zstd: {
      seeds: [61, 301, 901].map((size) => {
        const body = codec.open(behind(shippedDictionary())).compress(prose(size))
        return Buffer.concat([Uint8Array.of((size - 1) >> 8, (size - 1) & 255), body ?? new Uint8Array(0)])
      }),
      read: (input) => {
        const [high = 0, low = 0] = input
        const size = 1 + (((high << 8) | low) % 2000)
        const read = (by: Codec): Uint8Array =>
          by.open(behind(shippedDictionary())).decompress(input.subarray(2), size)
        assert.deepEqual(read(zstdReader()), read(codec))
      },
    },
    uidlist: {
      seeds: [
        bytes(
          '3 V1700000000 N12 G0123456789abcdef0123456789abcdef X1\n3 W120 :1700000001.M1P2.host,S=118\n11 :b\n',
        ),
        bytes('1 5 9\n1 a\n'),
      ],
      read: (input) => {
        const list = parseUidList(text(input))
        if (list) assert.deepEqual(parseUidList(printUidList(list)), list)
      },
    },
    'mailbox-names': {
      seeds: [
        '.INBOX.Entw&APw-rfe',
        '.a&AC4-b',
        '.&AC8-',
        'V\t2\n\na\tb\u0001t\nINBOX\n',
        '0 $Work\n25 later\n',
        '1700000001.M1P2.host,S=118:2,FSab',
      ].map(bytes),
      read: readNames,
    },
    settings: {
      seeds: [
        bytes(
          'endpoint = "packetboat+psk://x"\nmaildir = "~/Maildir"\nattachments = "64k"\ncoldHeaders = "2k"\nmailboxes = ["*", "!Junk"]\n[mailbox."Archive/*"]\nexpunge = "synchronous"\n',
        ),
        bytes(
          'listen = "127.0.0.1:4190"\nguardShare = 0.5\ndeviceLostAfter = 30\n[accounts]\nme = "maildir:/mail/me"\n',
        ),
        bytes(exampleFile(registry).replace(/^#(?! )/gm, '')),
        bytes(
          '[accounts.me]\nmailstore = "imap"\nhost = "h"\nport = 993\ntls = "starttls"\nuser = "u"\ntokenCommand = ["t"]\nwithout = ["QRESYNC"]\n',
        ),
      ],
      read: (input) => {
        const place = { resolve: (path: string) => path }
        const file = { path: 'packetboat.toml', text: text(input), place }
        try {
          const { document, rows } = readConfig(registry, { file, env: {}, flags: {}, place })
          rows()
          const again = document?.withValues([{ key: ['maildir'], toml: '"/mail"' }]) ?? ''
          assert.equal(parseTomlDocument('packetboat.toml', again).root['maildir'], '/mail')
        } catch (error) {
          if (!(error instanceof PacketboatError)) throw error
        }
      },
    },
    pairing: {
      seeds: [
        bytes(`packetboat+psk://0123456789abcdef:${'A'.repeat(43)}@mail.example.org:4190,account=me`),
        bytes(`packetboat+tls://0123456789abcdef:${'A'.repeat(43)}@%5B::1%5D:443/a/b,pin=${'A'.repeat(43)}`),
      ],
      read: (input) => {
        const pairing = parsePairing(text(input))
        assert.deepEqual(parsePairing(printPairing(pairing)), pairing)
      },
    },
  }
}

async function readMail(message: Uint8Array): Promise<void> {
  const skeleton = await roundTrip(message, 1 + (message.length % 4096))
  const structure = await readStructure(memorySource(message), skeleton)
  const envelope = parseEnvelope(structure)
  assert.deepEqual(decodeEnvelope(encodeEnvelope(envelope)), envelope)
  await readMarker(memorySource(message), { createHash: sha256, key: new Uint8Array(32) })
}

/** A skeleton that passes its check can be rebuilt from zeros of the right sizes, or says that they are the wrong ones. */
async function readSkeleton(encoded: Uint8Array): Promise<void> {
  const skeleton = decodeSkeleton(encoded)
  checkSkeleton(skeleton)
  assert.deepEqual(decodeSkeleton(encodeSkeleton(skeleton)), skeleton)
  if (skeleton.size > 1e6) return
  const left = new Uint8Array(structureSize(withoutCold(skeleton)))
  const { cold } = skeleton
  const structure = cold ? joinCold(left, new Uint8Array(cold.sizeBytes), cold) : left
  const whole = await collect(
    rebuildMessage(skeleton, structure, async function* (index) {
      yield new Uint8Array(skeleton.parts[index]?.size ?? 0)
    }),
  )
  assert.equal(whole.length, skeleton.size)
}

function readNames(input: Uint8Array): void {
  const name = text(input)
  assert.deepEqual(bytesOfText(textOfBytes(Buffer.from(input))), Buffer.from(input))
  const all = textOfBytes(Buffer.from(input)).split('\n')
  for (const encoding of ['mutf7', 'utf8'] as const)
    for (const layout of ['maildir++', 'fs'] as const) {
      const naming = { encoding, layout }
      const path = pathOf(name, naming)
      if (path && !path.includes('')) {
        // Whatever it was called: what we would call it is one folder of the tree, and means the same, unless it had to be cut.
        const folder = folderOf(path, naming)
        assert.match(folder, layout === 'fs' ? /^[^\0]*$/ : /^(\.[^/\0]+)?$/)
        assert.ok(folder === '' || folder.split('/').every((level) => level !== '..' && level !== ''))
        if (!folder.includes('~')) assert.deepEqual(pathOf(folder, naming), folder === '' ? ['INBOX'] : path)
      }
      const folders = [...new Set(all)].filter((each) => layout === 'fs' || each.startsWith('.'))
      const paths = nameFolders(
        folders.map((folder) => ({ folder, whole: folder })),
        naming,
      )
      assert.equal(new Set([...paths.values()].map((each) => each.join('/'))).size, folders.length)
      parseSubscriptions(name, (folder) => pathOf(folder, naming))
    }
  const file = parseFileName(name)
  assert.equal(printFileName(file), printFileName(parseFileName(printFileName(file))))
  const keywords = parseKeywords(name)
  const flags = flagsOfLetters(file.letters, keywords)
  assert.deepEqual(flagsOfLetters(lettersOfFlags(flags, keywords), keywords), flags)
}

/** Runs one input. Throws what is no PacketboatError. */
export async function readHostile(target: FuzzTarget, input: Uint8Array): Promise<void> {
  try {
    await target.read(input)
  } catch (error) {
    if (!(error instanceof PacketboatError)) throw error
  }
}
