import assert from 'node:assert/strict'
import { firstAnswer, lastAnswer } from '../servers/first-answer.js'
import type { OddCommand } from './odd-imap-commands.js'
import { check, oddMail } from './odd-imap-world.js'

/** Servers that refuse to look for words, or lie about what they found: the answer comes from the index, as if nobody had asked them. */

const isSearch = ({ name, text }: OddCommand): boolean => name === 'UID SEARCH' && /TEXT|SUBJECT/.test(text)

const utf8 = (text: string): string => Buffer.from(text).toString('latin1')

check('what the server names is read before all else, and it alone', async ({ server, endpoint }) => {
  for (const word of ['one', 'two', 'three', 'four']) server.add('INBOX', oddMail(word, `About ${word}.`))
  server.add('Work', oddMail('other', 'About three.'))
  assert.deepEqual(await firstAnswer(endpoint, 'about three'), { subjects: ['other', 'three'], left: 3 })
  assert.deepEqual(await firstAnswer(endpoint, 'about one'), { subjects: ['one'], left: 2 })
  const asked = server.asked.filter((text) => /TEXT/.test(text))
  assert.equal(asked[0], 'UID SEARCH 1:4 TEXT "about" TEXT "three"')
})

check('with no word in the question no server is asked', async ({ server, endpoint }) => {
  server.add('INBOX', oddMail('one'))
  assert.deepEqual((await firstAnswer(endpoint, 'after:2020')).subjects, ['one'])
  assert.deepEqual(
    server.asked.filter((text) => /SINCE/.test(text)),
    [],
  )
})

check('one that knows no UTF-8 is asked for the words without accents', async ({ server, endpoint }) => {
  server.add('INBOX', oddMail('one', utf8('Crème brûlée')))
  server.add('INBOX', oddMail('two', 'Creme brulee'))
  assert.deepEqual((await firstAnswer(endpoint, 'crème')).subjects, ['one', 'two'])
  server.add('INBOX', oddMail('three', 'Creme fraiche'))
  server.odd.command = (command) =>
    isSearch(command) && /CHARSET/.test(command.text) ? 'NO [BADCHARSET (US-ASCII)] no' : undefined
  assert.deepEqual((await firstAnswer(endpoint, 'crème fraîche')).subjects, ['three'])
  assert.deepEqual((await firstAnswer(endpoint, '東京')).subjects, [])
})

for (const said of ['NO', 'NO [SERVERBUG] oh', 'BAD what?', 'HANG-UP', 'SILENCE', 'DRIP'])
  check(
    `one that says ${said} leaves the answer to the index`,
    async ({ server, endpoint, problems }) => {
      for (const name of ['INBOX', 'Work', 'Zoo']) server.add(name, oddMail(name))
      await firstAnswer(endpoint, 'nowhere')
      const { connections } = server
      server.odd.command = (command) => (isSearch(command) ? said : undefined)
      assert.deepEqual(await firstAnswer(endpoint, 'inbox'), { subjects: [], left: 3 })
      assert.equal(server.connections, connections + 1, 'it was not called again and again')
      assert.deepEqual(await lastAnswer(endpoint, 'inbox'), ['INBOX'])
      assert.deepEqual(await problems(), [])
    },
    { findMs: 300 },
  )

check('what it had found before nobody waited any more is good', async ({ server, endpoint }) => {
  for (const name of ['INBOX', 'Work', 'Zoo']) server.add(name, oddMail(name, 'About dues.'))
  const naming = new AbortController()
  let times = 0
  server.odd.command = (command) => {
    if (!isSearch(command) || ++times <= 2) return undefined
    naming.abort()
    return 'SILENCE'
  }
  const { subjects, left } = await firstAnswer(endpoint, 'dues', { naming: naming.signal })
  assert.deepEqual([subjects.length, left], [2, 1])
})

check('what it had found before it hung up is good', async ({ server, endpoint }) => {
  for (const name of ['INBOX', 'Work', 'Zoo']) server.add(name, oddMail(name, 'About dues.'))
  let times = 0
  server.odd.command = (command) => (isSearch(command) && ++times > 2 ? 'HANG-UP' : undefined)
  assert.equal((await firstAnswer(endpoint, 'dues')).subjects.length, 2)
})

const lies: readonly (readonly [what: string, named: string])[] = [
  ['messages that are not there', '7 8 9'],
  ['no numbers', '0 x -1 99999999999'],
  ['a hundred thousand', Array.from({ length: 100_000 }, (_, at) => at + 1).join(' ')],
]
for (const [what, named] of lies)
  check(`one that names ${what} makes no hit of them`, async ({ server, endpoint, problems }) => {
    for (const word of ['one', 'two']) server.add('INBOX', oddMail(word))
    server.odd.search = (text) => (/TEXT/.test(text) ? named : undefined)
    const { subjects } = await firstAnswer(endpoint, 'two')
    assert.ok(subjects.length <= 1)
    assert.deepEqual(await lastAnswer(endpoint, 'two'), ['two'])
    assert.deepEqual(await problems(), [])
  })
