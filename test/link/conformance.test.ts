import { linkConformance } from '../../testing/link.js'
import { memoryLinkTo } from '../world/memory-link.js'
import { worldOf } from './world.js'

for (const via of ['psk', 'http'] as const)
  linkConformance(`HTTP (${via})`, async (t, answer) => {
    const world = await worldOf(t, { via, respond: (request, _device, signal) => answer(request, signal) })
    return world.link()
  })

linkConformance('memory', async (_t, answer) => memoryLinkTo(answer))
