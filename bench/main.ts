import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Bench } from './bench.js'
import { startEmulatedLine, whyNotEmulated } from './line/emulated-line.js'
import { startRelayLine } from './line/relay-line.js'
import { layOutAccount } from './mail/account.js'
import { isText, madeCorpus, readCorpus } from './mail/corpus.js'
import { mailFiles, readMessage } from './mail/maildir.js'
import type { Raw } from './mail/message.js'
import { yardsticks } from './mail/yardsticks.js'
import { type Options, readOptions, wanted } from './options.js'
import { allPeers, findPeers, versions } from './peers/all.js'
import { isPacketboat, packetboat, packetboatSlow } from './peers/packetboat.js'
import { reader } from './reader/reader.js'
import { printReport, writePart, writeReport } from './report/report.js'
import { openResults, type Results } from './report/results.js'
import { attacks } from './works/attacks.js'
import { breaks } from './works/breaks.js'
import { codecs } from './works/codecs.js'
import { daily } from './works/daily.js'
import { forward } from './works/forward.js'
import { gists } from './works/gists.js'
import { ham } from './works/ham.js'
import { newsletters } from './works/newsletters.js'
import { replies } from './works/replies.js'
import { bigAttachment, nullLarge, scale } from './works/scale.js'
import { sending } from './works/sending.js'
import { start } from './works/start.js'
import { everyday } from './works/tasks.js'
import { window } from './works/window.js'

const works = [
  daily,
  everyday,
  replies,
  newsletters,
  forward,
  sending,
  ham,
  gists,
  scale,
  bigAttachment,
  nullLarge,
  breaks,
  codecs,
  attacks,
  start,
  reader,
  window,
]

const options = readOptions(process.argv.slice(2), resolve(import.meta.dirname, '../bin/packetboat'))

async function main(): Promise<void> {
  const results = openResults(options.keep)
  if (results.rows.length > 0)
    results.fact(
      'pieces',
      'It was measured in several runs, each on new copies of the accounts from the same seeds.',
    )
  const reason = whyNotEmulated()
  if (reason !== undefined)
    console.log(`No line can be emulated: ${reason}. A relay counts TCP payload instead.`)
  // Without namespaces a peer's traffic could not be told from anything else's.
  const { here, absent } = findPeers(reason === undefined ? options.peers : [])
  for (const [name, why] of Object.entries(absent)) results.fact(`absent ${name}`, why)
  const root = mkdtempSync(join(tmpdir(), 'packetboat-bench-'))
  // Mail servers of peers run as another user, and must get at their part of it.
  chmodSync(root, 0o755)
  // However it ends: the servers and the line end with us, what lies here goes.
  process.once('exit', () => rmSync(root, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const line = reason === undefined ? await startEmulatedLine(root) : startRelayLine()
  try {
    const bench: Bench = {
      line,
      root,
      ...mail(options, results, root),
      program: options.program,
      peers: [packetboat(options.program), packetboatSlow(options.program), ...here],
      realLines: options.lines,
      sizes: options.sizes,
      quick: options.quick,
      results,
      wants: wanted(options.only),
    }
    for (const work of works) await work(bench)
    await describeRun(results, bench, reason)
    const known = { peers: [...bench.peers.filter(isPacketboat), ...allPeers] }
    printReport(results, known)
    // A part would put holes into the whole.
    const whole = options.only === undefined && options.peers === undefined && !options.quick
    const docs = resolve(import.meta.dirname, '../docs')
    if (options.part) writePart(results, known, docs)
    else if (whole || options.write) writeReport(results, known, docs)
  } finally {
    await line.close()
  }
}

async function describeRun(results: Results, bench: Bench, reason: string | undefined): Promise<void> {
  const [, , load = 0] = loadavg()
  if (load > cpus().length + 1)
    results.fact(
      'load',
      `The machine was busy with other work (load ${load.toFixed(0)}), so times, and what follows from them, are too long; bytes are right.`,
    )
  results.fact('when', new Date().toISOString().slice(0, 10))
  results.fact(
    'line',
    reason === undefined
      ? 'Client and endpoint are in two network namespaces with an emulated line between them; bytes are those of whole IP packets, both ways, from connect to close.'
      : `No line could be emulated (${reason}): a relay on loopback counted **TCP payload only**, without headers, acknowledgements and TCP's handshake.`,
  )
  const named = versions(allPeers.filter(({ name }) => results.rows.some(({ peer }) => peer === name)))
  if (named !== '') results.fact('versions', `Versions: ${named}.`)
  if (!bench.wants('first')) return
  const { asItIs, decoded } = await yardsticks(mailFiles(bench.account).map(({ path }) => readMessage(path)))
  if (decoded.xz !== undefined) results.fact('solid xz', String(decoded.xz))
  results.fact(
    'yardsticks',
    `All its mail in one piece: ${asItIs.raw} B, xz -9e ${asItIs.xz ?? '?'} B, zstd -19 --long ${asItIs.zstd ?? '?'} B; with base64 decoded and repeated attachments once: xz ${decoded.xz ?? '?'} B, zstd ${decoded.zstd ?? '?'} B`,
  )
}

function mail(
  { corpus: directory, account, messages }: Options,
  results: Results,
  root: string,
): Pick<Bench, 'corpus' | 'ham' | 'modern' | 'account'> {
  const corpus = directory === undefined ? madeCorpus(1, Math.max(messages, 400)) : readCorpus(directory)
  const folder = (name: string): readonly Raw[] | undefined => {
    const path = join(directory ?? '', name)
    return directory !== undefined && existsSync(path) ? readCorpus(path) : undefined
  }
  const [hamOnly, modern = corpus.slice(0, 175)] = [folder('ham'), folder('modern')]
  const ham = hamOnly ?? corpus
  if (account !== undefined) {
    results.fact('account', 'an account given with --account')
    return { corpus, ham: ham.filter(isText), modern, account }
  }
  const path = join(root, 'account')
  const facts = layOutAccount(path, ham, { messages, seed: 8 })
  results.fact(
    'account',
    `${facts.messages} messages, ${(facts.bytes / 1e6).toFixed(1)} MB, in 11 mailboxes: ${facts.replies} replies and ${facts.forwards} forwards that quote earlier ones, ${facts.withAttachment} with an attachment (${facts.repeated} of them seen before), from ${directory === undefined ? 'the made mail of fixtures/' : `a corpus of ${corpus.length} messages`}`,
  )
  return { corpus, ham: ham.filter(isText), modern, account: path }
}

await main()
