import type { Page } from 'playwright-core'

/** What a page's own objects take, without those that nobody holds any more. */
export async function pageHeapBytes(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  await devtools.detach()
  return usedSize
}

interface HeapUsage {
  readonly usedSize: number
  readonly backingStorageSize?: number
}

/** Objects in the page's worker, and the bytes behind them, once what nobody needs is collected. */
export async function workerHeapBytes(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  const attached = new Promise<string>((resolve) =>
    devtools.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') resolve(sessionId)
    }),
  )
  await devtools.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  })
  const sessionId = await attached
  const ask = async <T>(id: number, method: string): Promise<T> => {
    const answered = new Promise<T>((resolve) =>
      devtools.on('Target.receivedMessageFromTarget', ({ message }) => {
        const answer = JSON.parse(message) as { readonly id?: number; readonly result: T }
        if (answer.id === id) resolve(answer.result)
      }),
    )
    await devtools.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) })
    return answered
  }
  await ask(1, 'HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize = 0 } = await ask<HeapUsage>(2, 'Runtime.getHeapUsage')
  await devtools.detach()
  return usedSize + backingStorageSize
}
