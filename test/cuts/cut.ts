import assert from 'node:assert/strict'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { type Phase, prepare, run, type Scene, tree, type Way } from './session.js'

/** What a run without a cut comes to. */
export interface Clean {
  readonly bytes: { readonly up: number; readonly down: number }
  readonly tree: readonly string[]
}

export interface Cutter {
  readonly clean: Readonly<Record<Phase, Clean>>
  /**
   * Cuts the line when so many bytes have gone that way, restarts both ends, runs again, and looks at both. Returns how many bytes went
   * over the line beyond those of a clean run. Throws AssertionError.
   */
  cut(phase: Phase, way: Way, at: number): Promise<number>
}

export async function makeCutter(): Promise<Cutter> {
  const scenes = await prepare()
  const cleanOf = async (scene: Scene): Promise<Clean> => {
    await run(scene)
    assert.deepEqual(tree(scene.client), tree(scene.endpoint))
    return { bytes: { ...scene.link.stats }, tree: tree(scene.client) }
  }
  const clean = {
    'first sync': await cleanOf(await scenes['first sync']()),
    changes: await cleanOf(await scenes.changes()),
    'changes in two exchanges': await cleanOf(await scenes['changes in two exchanges']()),
  }
  return {
    clean,
    cut: async (phase, way, at) => {
      const scene = await scenes[phase]()
      const { endpoint, client, link } = scene
      const what = `${phase}, cut ${way} after byte ${at}`
      link.cutAfter({ [way]: at })
      await assert.rejects(run(scene), (error) => hasCode(error, 'LINK_FAILED'), what)
      await client.restart()
      await endpoint.restart()
      await run(scene)
      const wanted = clean[phase]
      assert.deepEqual(tree(client), wanted.tree, `${what}: the client`)
      assert.deepEqual(tree(endpoint), wanted.tree, `${what}: the endpoint`)
      const surplus = link.stats.up + link.stats.down - wanted.bytes.up - wanted.bytes.down
      const { listed, changed, found, sent, written } = await run(scene)
      assert.deepEqual([listed, changed, found, sent, written], [0, 0, 0, 0, 0], `${what}: a further run`)
      return surplus
    },
  }
}
