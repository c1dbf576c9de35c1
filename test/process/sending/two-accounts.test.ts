import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startServer } from '../../submit/servers.js'
import { freePort } from '../../world/free-port.js'
import { callProgram } from '../../world/process/call.js'
import { describeRun, eventsOf, type RunResult, startProgram } from '../../world/process/program.js'
import { until } from '../../world/until.js'

/** Two accounts of one person, each with an endpoint and a mail server of its own, in one file of settings. */

/** An endpoint that can go and come back, which hands mail over to a server of the test. */
async function makeEndpoint(t: TestContext, home: string, account: string, identity: string) {
  const [data, maildir] = [join(home, `endpoint-${account}`), join(home, `of-${account}`)]
  for (const folder of [data, ...['cur', 'new', 'tmp'].map((each) => join(maildir, each))])
    mkdirSync(folder, { recursive: true })
  const smtp = await startServer(t)
  writeFileSync(
    join(data, 'endpoint.toml'),
    `config_version = 1\n\n[accounts.${account}]\nmailstore = "maildir:${maildir}"\n\n[accounts.${account}.submit]\nvia = "smtp"\nhost = "127.0.0.1"\nport = ${smtp.port}\ntls = "none"\nidentities = ["${identity}"]\n`,
  )
  const start = async (listen: string) => {
    const program = startProgram(['serve', '--data', data, '--listen', listen, '--json'], { home })
    t.after(() => program.kill('SIGKILL'))
    return { program, address: String((await program.event('listening'))['address']) }
  }
  let { program, address } = await start(`127.0.0.1:${await freePort()}`)
  return {
    smtp,
    data,
    address,
    goAway: () => program.kill('SIGKILL'),
    comeBack: async () => {
      ;({ program, address } = await start(address))
    },
  }
}

async function makePerson(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-two-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const me = await makeEndpoint(t, home, 'me', 'ann@example.org')
  const work = await makeEndpoint(t, home, 'work', '*@work.example')
  const run = async (args: readonly string[], code = 0, stdin = ''): Promise<RunResult> => {
    const result = await callProgram(args, { home, stdin })
    assert.equal(result.code, code, describeRun(args, result))
    return result
  }
  for (const [name, { data, address }] of Object.entries({ me, work })) {
    const args = ['device', 'add', name, 'laptop', '--data', data, '--address', address]
    const pairing = (await run(args)).stdout.trim()
    await run(['init', ...(name === 'me' ? [] : ['-a', name]), pairing])
  }
  return {
    me,
    work,
    run,
    send: async (from: string, subject: string, args: readonly string[] = [], code = 0) =>
      run(['sendmail', ...args, 'bob@example.net'], code, `From: ${from}\nSubject: ${subject}\n\nHello.\n`),
    /** Account, state and subject of all mail on its way. */
    outbox: async (): Promise<string[]> => {
      const lists = eventsOf((await run(['outbox', '--json'])).stdout) as unknown as {
        account: string
        mail: { state: string; subject: string }[]
      }[]
      return lists
        .flatMap(({ account, mail }) => mail.map(({ state, subject }) => `${account} ${state} ${subject}`))
        .sort()
    },
    /** Subjects of what is filed in Sent. */
    sent: (maildir: string): string[] =>
      readdirSync(join(home, maildir, '.Sent/cur'))
        .map((file) => readFileSync(join(home, maildir, '.Sent/cur', file), 'utf8'))
        .map((text) => /^Subject: (.*)$/m.exec(text)?.[1] ?? '')
        .sort(),
  }
}

const subjectsOf = ({ smtp }: { readonly smtp: { readonly taken: readonly { bytes: Uint8Array }[] } }) =>
  smtp.taken.map(({ bytes }) => /^Subject: (.*)\r$/m.exec(Buffer.from(bytes).toString())?.[1]).sort()

test('mail goes by the account that may send it, or by the one that is named, and is filed there', async (t) => {
  const { me, work, run, send, outbox, sent } = await makePerson(t)
  await run(['sync'])
  await send('ann@example.org', 'private')
  await send('Ann <Ann@Work.example>', 'business')
  await send('desk@work.example', 'named', ['-a', 'work'])
  await send('stranger@example.com', 'strange', [], 77)
  const wrong = await send('ann@work.example', 'wrong', ['-a', 'default'], 77)
  assert.match(wrong.stderr.replace(/\s+/g, ' '), /can send as ann@example\.org\. .*another account with -a/)
  assert.deepEqual(await outbox(), ['default queued private', 'work queued business', 'work queued named'])
  await until(async () => {
    await run(['sync'])
    return (await outbox()).every((each) => / sent /.test(each))
  })
  await run(['sync'])
  assert.deepEqual([subjectsOf(me), subjectsOf(work)], [['private'], ['business', 'named']])
  assert.deepEqual(['Maildir', 'Maildir-work', 'of-me', 'of-work'].map(sent), [
    ['private'],
    ['business', 'named'],
    ['private'],
    ['business', 'named'],
  ])
})

test('while the endpoint of one account is away its mail waits, and the mail of the other goes', async (t) => {
  const { me, work, run, send, outbox, sent } = await makePerson(t)
  await run(['sync'])
  await work.goAway()
  await send('ann@work.example', 'later')
  const { stderr } = await send('ann@work.example', 'regretted', ['-v'])
  await send('ann@example.org', 'now')
  const syncAlone = () => run(['sync', '--give-up-after', '0'], 5)
  await until(async () => {
    await syncAlone()
    return (await outbox()).includes('default sent now')
  })
  assert.deepEqual(await outbox(), ['default sent now', 'work queued later', 'work queued regretted'])
  assert.deepEqual([subjectsOf(me), subjectsOf(work)], [['now'], []])
  // No -a: whose it is, is found.
  await run(['outbox', 'cancel', /Queued as (\w+)/.exec(stderr)?.[1] ?? ''])
  await syncAlone()
  await work.comeBack()
  await until(async () => {
    await run(['sync'])
    return (await outbox()).every((each) => !/queued|ashore|handing|cancelling/.test(each))
  })
  await run(['sync'])
  assert.deepEqual([subjectsOf(me), subjectsOf(work)], [['now'], ['later']])
  assert.deepEqual([sent('of-me'), sent('Maildir-work')], [['now'], ['later']])
})
