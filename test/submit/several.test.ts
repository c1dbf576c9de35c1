import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openSmtpSubmitter } from '../../src/submit/smtp.js'
import { type Script, startScripted } from './scripted-server.js'
import { textMail } from './text-mail.js'

const never = new AbortController().signal
const both = 'accepted accepted'
const patience = { connectMs: 20_000, answerMs: 20_000 }

async function threeMails(t: TestContext, script: Script, protocol: 'smtp' | 'lmtp' = 'smtp') {
  const server = await startScripted(t, script)
  const at = { host: '127.0.0.1', port: server.port }
  const submitter = openSmtpSubmitter({ protocol, at, tls: 'none' }, { patience })
  const outcomes: string[] = []
  let reads = 0
  for (const subject of ['one', 'two', 'three']) {
    const mail = textMail(`Subject: ${subject}\r\n\r\nhi\r\n`)
    const read = () => {
      reads++
      return mail.read()
    }
    const envelope = { from: 'ann@example.org', recipients: ['b@example.org', 'c@example.org'] }
    const handed = await submitter.submit(envelope, { ...mail, read }, never, true)
    outcomes.push(handed.map(({ outcome }) => outcome).join(' '))
  }
  submitter.end?.()
  if (outcomes.at(-1) === both) await server.hears(/^QUIT$/)
  const count = (line: RegExp): number => server.heard.filter((each) => line.test(each)).length
  return { outcomes, reads, connections: count(/^[EL]HLO/), subjects: count(/^Subject: /) }
}

const all = { outcomes: [both, both, both], reads: 3, subjects: 3 }

test('several mails go over one connection', async (t) => {
  for (const [protocol, dot] of [
    ['smtp', '250 taken'],
    ['lmtp', '250 taken\r\n250 taken'],
  ] as const)
    assert.deepEqual(await threeMails(t, { '.': dot }, protocol), { ...all, connections: 1 }, protocol)
})

const limits: readonly (readonly [what: string, script: Script, connections: number])[] = [
  ['takes one a connection, and says so', { MAIL: ['250 ok', '421 one is enough'] }, 3],
  ['takes two a connection', { MAIL: ['250 ok', '250 ok', '451 no more'] }, 2],
  ['hangs up before the second', { MAIL: ['250 ok', null] }, 3],
  ['takes no recipients for the second', { RCPT: ['250 ok', '250 ok', '452 too many'] }, 3],
  ['asks for no second body', { DATA: ['354 go on', '451 not now'] }, 3],
  ['answers twice', { '.': '250 taken\r\n250 taken' }, 3],
]
for (const [what, script, connections] of limits)
  test(`a server that ${what} gets another connection, and each mail once`, async (t) => {
    assert.deepEqual(await threeMails(t, script), { ...all, connections })
  })

test('another connection is tried once, and only as long as nothing of the mail has gone', async (t) => {
  const away = await threeMails(t, { MAIL: '451 later' })
  assert.deepEqual([away.outcomes[0], away.connections, away.subjects], ['later later', 3, 0])
  const mute = await threeMails(t, { '.': ['250 taken', null] })
  assert.deepEqual(mute, {
    outcomes: [both, 'uncertain uncertain', both],
    reads: 3,
    connections: 2,
    subjects: 3,
  })
  const refusing = await threeMails(t, {
    MAIL: ['250 ok', '550 not you'],
    RCPT: ['250 ok', '250 ok', '503 MAIL first'],
    DATA: ['354 go on', '503 no'],
  })
  assert.deepEqual(refusing.outcomes, [both, 'refused refused', both])
})
