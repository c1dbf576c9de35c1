import { PacketboatError } from '../../src/errors/packetboat-error.js'
import { acquireLock } from '../../src/store/sqlite/kernel-lock.js'

/** Takes a lock, says `held` or the error's code and message, and holds it until it is killed or told to stop (SIGTERM). */
const [path = '', waitMs = '0'] = process.argv.slice(2)
try {
  const lock = await acquireLock(path, { waitMs: Number(waitMs) })
  const alive = setInterval(() => undefined, 1000)
  process.on('SIGTERM', () => {
    clearInterval(alive)
    lock.release()
  })
  console.log('held')
} catch (error) {
  console.log(error instanceof PacketboatError ? `${error.code} ${error.message}` : `${error}`)
}
