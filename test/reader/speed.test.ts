import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeMail } from '../../fixtures/make-mail.js'
import { concat } from '../../src/bytes/concat.js'
import { openReaderAccount } from '../../src/reader/worker/open-account.js'
import { pathText } from '../../src/replica/model.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { Link } from '../../src/sync/link.js'
import { memoryLink } from '../world/memory-link.js'
import { seededRandom } from '../world/random.js'
import { makeSide } from '../world/side.js'
import { notInChromium } from './chromium.js'
import { syncOver } from './replayed.js'
import { runProgram } from './run-program.js'
import type { SpeedAnswer } from './speed-program.js'

const messages = 423
const runs = 5
/** How much longer a sync may take than one that writes nothing down. The aim is 1.5; the rest allows for other work on the machine. */
const mostTimes = 2

test(`${messages} messages come into a browser's database nearly as quickly as into memory`, {
  skip: notInChromium,
}, async (t) => {
  const answers = await recordAnswers()
  const { memory, browser } = await runProgram<SpeedAnswer>({
    file: 'speed-program.ts',
    argument: { runs, answers: answers.length },
    server: ({ url = '' }, response) => {
      const found = answers[Number(/^\/answers\/(\d+)$/.exec(url)?.[1])]
      response.writeHead(found ? 200 : 404)
      response.end(found)
    },
  })
  const [inMemory, inBrowser] = [median(memory), median(browser)]
  t.diagnostic(
    `${Math.round(inMemory)} ms in memory, ${Math.round(inBrowser)} ms in IndexedDB: ${(inBrowser / inMemory).toFixed(2)} times`,
  )
  assert.ok(inBrowser < mostTimes * inMemory, `${memory.map(Math.round)} and ${browser.map(Math.round)} ms`)
})

/** What an endpoint says to a browser that has nothing yet. */
async function recordAnswers(): Promise<readonly Uint8Array[]> {
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(51) })
  for (const { mailbox, flags, bytes } of makeMail({ seed: 51, messages, attachments: { share: 0 } })) {
    if (!endpoint.mail.snapshot().has(pathText(mailbox))) endpoint.mail.person.createMailbox(mailbox)
    endpoint.mail.person.deliver(mailbox, bytes, flags)
  }
  const line = memoryLink(() => endpoint.account)
  const answers: Uint8Array[] = []
  const link: Link = {
    stats: line.stats,
    close: async () => undefined,
    exchange: async (request, signal) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of await line.exchange(request, signal)) chunks.push(chunk)
      answers.push(concat(chunks))
      return (async function* () {
        yield* chunks
      })()
    },
  }
  await syncOver(link, (surroundings) => openReaderAccount(new MemoryStore(), surroundings))
  return answers
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
