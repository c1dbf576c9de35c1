import assert from 'node:assert/strict'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lastEvent } from '../../world/process/program.js'
import { until } from '../../world/until.js'
import { letterTo, makeSender } from './sender.js'

/** The run that learns what became of a mail tells the person, once. */

interface Told {
  readonly hook: string
  readonly mail: readonly { readonly state: string; readonly subject: string; readonly reason?: string }[]
}

test('a run says what was sent and what could not be, and its hooks hear of each mail once', async (t) => {
  // A slow run would hear itself what becomes of the mail that it takes up.
  let answer: () => void = () => undefined
  const firstOver = new Promise<void>((resolve) => {
    answer = resolve
  })
  const sender = await makeSender(t, {
    onRcptTo: ({ address }, _, done) =>
      void firstOver.then(() =>
        address.startsWith('no')
          ? done(Object.assign(new Error('no such user'), { responseCode: 550 }))
          : done(),
      ),
  })
  const said = (hook: string): string => join(sender.root, hook)
  const lines = ['sent', 'sendFailed'].map(
    (hook) =>
      `${hook} = ${JSON.stringify(['sh', '-c', `(printf '%s\\n' "$PB_MAIL"; cat) >> ${said(hook)}`])}`,
  )
  appendFileSync(join(sender.data, 'client.toml'), `\n[hooks]\n${lines.join('\n')}\n`)
  await sender.sync()
  const letter = (to: string, subject: string): string =>
    letterTo(to, subject).replace('Bcc: eve@example.org\n', '')
  assert.equal(await sender.sendmail(['-t'], letter('bob@example.org', 'yes')), 0)
  assert.equal(await sender.sendmail(['-t'], letter('no@example.org', 'no')), 0)
  assert.equal(await sender.sendmail(['-t', '--hold'], letter('bob@example.org', 'held')), 0)
  const first = await sender.sync()
  assert.deepEqual(first['outbox'], { sent: 0, failed: 0, onTheirWay: 3 })
  answer()
  let [sent, failed] = [0, 0]
  await until(async () => {
    const { outbox } = (await sender.sync()) as unknown as { outbox: { sent: number; failed: number } }
    sent += outbox.sent
    failed += outbox.failed
    return sent + failed === 2
  })
  assert.deepEqual([sent, failed], [1, 1])
  const { code, stdout } = await sender.run(['sync'])
  assert.equal(code, 0)
  assert.deepEqual(lastEvent({ code, stdout } as never)['outbox'], { sent: 0, failed: 0, onTheirWay: 1 })

  const [line, json, ...more] = readFileSync(said('sent'), 'utf8').trimEnd().split('\n')
  assert.equal(line, 'bob@example.org: yes')
  assert.deepEqual(more, [])
  const { hook, mail } = JSON.parse(json ?? '') as Told
  assert.deepEqual([hook, mail.map(({ state, subject }) => [state, subject])], ['sent', [['sent', 'yes']]])
  const [refusal, other] = readFileSync(said('sendFailed'), 'utf8').trimEnd().split('\n')
  assert.match(refusal ?? '', /^no@example\.org: no \(550 .*no such user.*\)$/)
  assert.equal((JSON.parse(other ?? '') as Told).mail[0]?.state, 'refused')
})
