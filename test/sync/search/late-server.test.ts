import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Account } from '../../../src/sync/account.js'
import type { MailStore } from '../../../src/sync/mail-store.js'
import { firstAnswer } from '../../mailstore/servers/first-answer.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'

/** A mail server that names messages for a question, and takes its time: the answer goes without it. */

const inbox = ['INBOX']

/** What the server does about naming messages, and then about giving them. */
interface Server {
  readonly name?: () => Promise<void>
  readonly give?: () => Promise<void>
}

async function accountOver({ name, give }: Server): Promise<Account> {
  const { account, mail } = await makeSide('here', { hasUpstream: false, random: seededRandom(1) })
  for (const word of ['one', 'two']) mail.person.deliver(inbox, letter(word, { text: 'Dues.' }))
  const own = account.mailStore
  let isAsked = false
  const find: MailStore['find'] = async function* () {
    isAsked = true
    await name?.()
    yield { path: inbox, locators: (mail.snapshot().get('INBOX') ?? []).map(({ locator }) => locator) }
  }
  const open: MailStore['open'] = async (...place) => {
    if (isAsked) await give?.()
    return own.open(...place)
  }
  return { ...account, mailStore: Object.assign(Object.create(own), { find, open }) }
}

const held = (): Promise<never> => new Promise(() => undefined)

describe('a question of which the mail server says where to look', () => {
  it('has what the server names at once', async () => {
    assert.deepEqual(await firstAnswer(await accountOver({}), 'dues'), { subjects: ['one', 'two'], left: 0 })
  })

  it('is answered without a server that names nothing in time', async () => {
    const reading = new AbortController()
    const account = await accountOver({
      name: () => {
        reading.abort()
        return held()
      },
    })
    const answer = await firstAnswer(account, 'dues', { reading: reading.signal })
    assert.deepEqual(answer, { subjects: [], left: 2 })
  })

  it('is answered without the messages that the server gives too late', async () => {
    const reading = new AbortController()
    const account = await accountOver({
      give: () => {
        reading.abort()
        return held()
      },
    })
    const answer = await firstAnswer(account, 'dues', { reading: reading.signal })
    assert.deepEqual(answer, { subjects: [], left: 2 })
  })

  it("has no time of its own where another question's answer has taken it", async () => {
    let asked = 0
    const account = await accountOver({
      name: async () => {
        asked++
      },
    })
    await firstAnswer(account, 'dues', { reading: AbortSignal.abort() })
    assert.equal(asked, 0)
  })
})
