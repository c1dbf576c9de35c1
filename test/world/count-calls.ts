import { Session } from 'node:inspector/promises'

/**
 * How often functions of a folder of the program were called while something was done, as the engine counts it: a measure of work that no busy
 * machine changes.
 */
export async function countCalls(folder: string, work: () => Promise<unknown>): Promise<number> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    await work()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    const functions = result.flatMap(({ url, functions }) => (url.includes(folder) ? functions : []))
    return functions.reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0)
  } finally {
    session.disconnect()
  }
}
