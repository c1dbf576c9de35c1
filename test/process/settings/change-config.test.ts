import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { describeRun, type RunResult, runProgram } from '../../world/process/program.js'

const text = `# mine
attachments = "20k" # small

[link.iridium] # the dear one
rate = "2400 bit/s"

[account.club]
maildir = "club"
`

function makeHome(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-set-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const file = join(home, 'config/packetboat/packetboat.toml')
  mkdirSync(join(home, 'config/packetboat'), { recursive: true })
  writeFileSync(file, text)
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<RunResult> =>
    runProgram(['config', ...args], { home, env: { VISUAL: '', EDITOR: '', ...env } })
  const ends = async (code: number, args: readonly string[], env?: Record<string, string>) => {
    const result = await run(args, env)
    assert.equal(result.code, code, describeRun(args, result))
    return result
  }
  const read = (): string => readFileSync(file, 'utf8')
  return { home, file, ends, read }
}

test('config set and unset change one setting, and leave comments, order and rights of the file alone', async (t) => {
  const { file, ends, read } = makeHome(t)
  chmodSync(file, 0o640)
  await ends(0, ['set', 'link.iridium.price', '1.20 USD/min'])
  await ends(0, ['set', 'attachments', '5k'])
  await ends(0, ['set', 'mailboxes', '*', '!Junk', '-a', 'club'])
  assert.equal(
    read(),
    text
      .replace('bit/s"\n', 'bit/s"\nprice = "1.20 USD/min"\n')
      .replace('20k', '5k')
      .concat('mailboxes = ["*", "!Junk"]\n'),
  )
  assert.equal(statSync(file).mode & 0o777, 0o640)
  const pairing = `packetboat+psk://0123456789abcdef:${'A'.repeat(43)}@127.0.0.1:1`
  const { stdout } = await ends(0, ['set', 'endpoint', pairing])
  assert.doesNotMatch(stdout, /AAAA/)
  assert.equal(statSync(file).mode & 0o777, 0o600, 'a secret is for its owner')
  for (const key of ['endpoint', 'link.iridium.price']) await ends(0, ['unset', key])
  await ends(0, ['unset', 'mailboxes', '-a', 'club'])
  assert.equal(read(), text.replace('20k', '5k'))
})

test('config set writes nothing that would be wrong', async (t) => {
  const { ends, read } = makeHome(t)
  const refused: [number, RegExp, readonly string[]][] = [
    [2, /Did you mean link\.iridium\.price/, ['set', 'link.iridium.prise', '1 USD/min']],
    [2, /price should be a price like/, ['set', 'link.iridium.price', 'cheap']],
    [3, /no link has a price in it.*Nothing was changed/, ['set', 'schedule.dawn.maxCost', '2 EUR']],
    [3, /Did you mean "iridium"/, ['set', 'defaultLink', 'irridium']],
    [2, /is a table/, ['set', 'link.iridium', '5']],
    [2, /--endpoint too/, ['set', 'listen', '127.0.0.1:1', '--data', 'elsewhere']],
    [1, /no account "nobody"/, ['set', 'attachments', '5k', '-a', 'nobody']],
    [1, /isn't set/, ['unset', 'maxTime']],
  ]
  for (const [code, words, args] of refused) {
    const { stderr } = await ends(code, args)
    assert.match(stderr.replace(/\s+/g, ' '), words, args.join(' '))
  }
  assert.equal(read(), text)
})

test('one of two mistakes can be mended by config set', async (t) => {
  const { file, ends, read } = makeHome(t)
  writeFileSync(file, 'attachments = "huge"\nguardShare = 5\n')
  await ends(0, ['set', 'guardShare', '0.5'])
  assert.equal(read(), 'attachments = "huge"\nguardShare = 0.5\n')
})

test('config edit takes what is right, and keeps what is wrong beside the file for the next time', async (t) => {
  const { home, file, ends, read } = makeHome(t)
  const editor = (script: string): Record<string, string> => {
    const path = join(home, 'my editor')
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return { EDITOR: `'${path}'` }
  }
  await ends(2, ['edit'])
  await ends(0, ['edit'], editor('true'))
  await ends(3, ['edit'], editor('echo "x = [" >> "$1"; exit 4'))
  assert.equal(read(), text)
  const wrong = await ends(3, ['edit'], editor(`sed -i 's/20k/many/; /x = /d' "$1"`))
  assert.match(wrong.stderr, /edit:2: attachments should be/)
  assert.equal(read(), text, 'nothing wrong is put in place')
  assert.equal(statSync(`${file}.edit`).mode & 0o777, 0o600)
  await ends(0, ['edit'], editor(`sed -i 's/many/7k/' "$1"`))
  assert.equal(read(), text.replace('20k', '7k'))
  assert.ok(!existsSync(`${file}.edit`))
  writeFileSync(file, 'no toml [')
  await ends(0, ['edit'], editor(`echo 'attachments = "1k"' > "$1"`))
  assert.equal(read(), 'attachments = "1k"\n')
  const race = await ends(3, ['edit'], editor(`echo '# mine' >> "$1"; echo '# theirs' >> '${file}'`))
  assert.match(race.stderr, /changed while you edited/)
  assert.match(read(), /theirs/)
})
