import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import type { TestContext } from 'node:test'
import { bundle, serveProgram, startChromium } from './chromium.js'
import type { Result } from './page/node-test.js'

interface Program {
  /** A file beside this one that ends with `answer` or `answerWithTests`. */
  readonly file: string
  /** What it gets from `argument`. */
  readonly argument?: object
  /** Answers what it asks of its own origin. */
  readonly server?: RequestListener
  /** So much may be kept, and no more. */
  readonly quotaBytes?: number
}

/** Runs a program in a dedicated worker of a page in Chromium, and gives its answer. */
export async function runProgram<T>({ file, argument = {}, server, quotaBytes }: Program): Promise<T> {
  const origin = await serveProgram(await bundle(file), server)
  const browser = await startChromium()
  try {
    const page = await browser.newPage()
    await page.goto(origin.url)
    if (quotaBytes !== undefined) {
      const devtools = await page.context().newCDPSession(page)
      await devtools.send('Storage.overrideQuotaForOrigin', { origin: origin.url, quotaSize: quotaBytes })
    }
    const said = await page.evaluate(
      (name) =>
        new Promise<{ value?: unknown; error?: string }>((resolve) => {
          const worker = new Worker('/program.js', { name })
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => resolve({ error: message })
        }),
      JSON.stringify(argument),
    )
    if (said.error !== undefined) throw new Error(said.error)
    return said.value as T
  } finally {
    await browser.close()
    await origin.close()
  }
}

/** Runs the tests that a program describes, each of them a part of this test. */
export async function runTestsOf(t: TestContext, program: Program): Promise<void> {
  const results = await runProgram<Result[]>(program)
  assert.ok(results.length > 0, `${program.file} describes no test`)
  for (const { name, error } of results)
    await t.test(name, () => {
      if (error !== undefined) assert.fail(error)
    })
}
