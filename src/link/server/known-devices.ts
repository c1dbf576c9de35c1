import { wordsOf } from '../../errors/words-of.js'
import type { DeviceRegistry } from './device-registry.js'
import type { Log } from './edge-log.js'

/**
 * Brings what an endpoint knows of its devices up to date, and says whether that worked: its disk may have gone while
 * it runs. What was known stays, so that devices can still be told so. Logged when it begins and when it ends.
 */
export function keepDevicesKnown(devices: Pick<DeviceRegistry, 'refresh'>, log: Log): () => Promise<boolean> {
  let isKnown = true
  return async () => {
    try {
      await devices.refresh()
      if (!isKnown) log('info', 'devices can be read again')
      isKnown = true
    } catch (error) {
      if (isKnown) log('error', `devices can't be read, and none can sync: ${wordsOf(error)}`)
      isKnown = false
    }
    return isKnown
  }
}
