import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { page } from '../../../src/cli/text/pager.js'

describe('a long text on a terminal', () => {
  const long = 'a line\n'.repeat(30)
  const shown = async (text: string, env: NodeJS.ProcessEnv): Promise<string> => {
    let written = ''
    const terminal = { rows: 24, write: (more: string) => (written += more) }
    await page(text, terminal as unknown as NodeJS.WriteStream, { PATH: process.env['PATH'], ...env })
    return written
  }

  it('goes through the pager', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'packetboat-pager-'))
    t.after(() => rmSync(folder, { recursive: true }))
    assert.equal(await shown(long, { PAGER: `cat > '${folder}/shown'` }), '')
    assert.equal(readFileSync(join(folder, 'shown'), 'utf8'), long)
  })

  it('may be left before its end', async () => {
    assert.equal(await shown('x'.repeat(79).concat('\n').repeat(100_000), { PAGER: 'true' }), '')
  })

  const printed: readonly [what: string, text: string, env: NodeJS.ProcessEnv][] = [
    ['is short', 'a line\n', { PAGER: 'false' }],
    ['has no pager', long, { PAGER: '' }],
    ['has a pager that is not there', long, { PAGER: 'no-such-pager 2>/dev/null' }],
    ['has no less', long, { PATH: '/nonexistent' }],
    ['is on a terminal that can do nothing', long, { PAGER: 'false', TERM: 'dumb' }],
  ]
  for (const [what, text, env] of printed)
    it(`is printed where it ${what}`, async () => assert.equal(await shown(text, env), text))
})
